from __future__ import annotations

from hypothesis import settings

# How long an example takes is the machine's business: on a busy one a deadline fails tests that are right.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
