from __future__ import annotations

import os

from hypothesis import settings

# How long an example takes is the machine's business: on a busy one a deadline fails tests that are right.
# CI tries the same examples each time, so that it speaks of the change; a developer's run goes on searching.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")
