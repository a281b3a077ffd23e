"""`%load_ext dockkernel`: the magics and their completion in any IPython."""

from __future__ import annotations

from typing import Any

_ATTRIBUTE = "_dockkernel_magics"


def load_ipython_extension(shell: Any) -> None:
    """Adds `%docker`, `%dockerfile`, both cell magics and their completion to a shell. Harmless when done twice."""
    if getattr(shell, _ATTRIBUTE, None) is not None:
        return
    from dockkernel.frontends.ipython.completer import make_matcher
    from dockkernel.frontends.ipython.magics import DockerMagics

    magics = DockerMagics(shell)
    shell.register_magics(magics)
    matcher = make_matcher(magics)
    if shell.Completer is not None:
        shell.Completer.custom_matchers.append(matcher)
    setattr(shell, _ATTRIBUTE, (magics, matcher))


def unload_ipython_extension(shell: Any) -> None:
    """Takes away what `load_ipython_extension` added. In the Docker kernel, whose cells need it, nothing is done."""
    found = getattr(shell, _ATTRIBUTE, None)
    if found is None or getattr(getattr(shell, "kernel", None), "implementation", "") == "dockkernel":
        return
    magics, matcher = found
    for kind, names in (("line", ("docker", "dockerfile", "why")), ("cell", ("docker", "dockerfile"))):
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    shell.magics_manager.registry.pop(type(magics).__name__, None)
    if shell.Completer is not None and matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(matcher)
    setattr(shell, _ATTRIBUTE, None)
