"""The shape of the house, checked on the sources: who reads the process, who prints, what is public."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dockkernel

ROOT = Path(dockkernel.__file__).parent
FRONTENDS = ROOT / "frontends"
PROCESS = {"os.environ", "os.getenv", "os.getcwd", "time.time", "time.time_ns", "datetime.now", "Path.cwd", "sys.exit"}
EXCEPTIONS = {
    "exec/virtual/executor.py": {"time.time", "time.time_ns"},  # a limit in seconds is one of the host's clock
    "exec/virtual/machine.py": {"time.time", "time.time_ns"},
    "store/layout.py": {"time.time", "time.time_ns"},  # the age of a file is one of the host's clock
    "__main__.py": {"sys.exit"},
    "dockerfile/dump.py": {"sys.exit"},  # a developer's program of its own
    "registry/relock.py": {"sys.exit"},  # another
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_only_front_ends_read_the_process() -> None:
    found = [
        f"{name}:{node.lineno} {dotted(node)}"
        for name, tree in modules()
        if not name.startswith("frontends/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and dotted(node) in PROCESS - EXCEPTIONS.get(name, set())
    ]
    assert not found


OUTSIDE = {"socket", "subprocess", "ssl", "http", "urllib.request", "requests", "httpx", "urllib3"}
FETCHING = "engine/fetch/"


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def test_only_fetching_opens_sockets_and_runs_programs() -> None:
    found = [
        f"{name} imports {module}"
        for name, tree in modules()
        if not name.startswith(("frontends/", FETCHING))
        for module in imported(tree)
        if module in OUTSIDE or module.partition(".")[0] in OUTSIDE
    ]
    assert not found


def test_nothing_prints() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "print"
    ]
    assert not found


def test_packages_only_describe_themselves() -> None:
    for name, tree in modules():
        if name.endswith("__init__.py") and name not in ("__init__.py", "registry/catalog_data/__init__.py"):
            kinds = {type(node).__name__ for node in tree.body}
            assert kinds <= {"Expr", "Import", "ImportFrom", "Assign", "AnnAssign"}, f"{name} does something"


def test_public_names_are_few_and_load() -> None:
    assert len(dockkernel.__all__) <= 12
    for name in dockkernel.__all__:
        assert getattr(dockkernel, name) is not None


def test_pictures_do_not_load_the_engine() -> None:
    code = "import sys, dockkernel_visual; print([m for m in sys.modules if m.startswith('dockkernel.engine')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_is_left_for_later() -> None:
    for path in sorted((*ROOT.rglob("*.py"), *(ROOT.parent / "visual").rglob("*.py"))):
        text = path.read_text(encoding="utf-8")
        assert "TO" + "DO" not in text, path
        assert "NotImplemented" + "Error" not in text, path
