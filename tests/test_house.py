"""The house: folders that read as the pipeline, modules and functions of a size that one reads in one go."""

from __future__ import annotations

import ast
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "index", "retrieval")
MOST_ENTRIES = 13  # of a folder
DATA = ("articles", "figures", "languages")  # names of folders of data, no places where one looks for something
MOST_LINES = 300  # of a module
MOST_OF_A_FUNCTION = 40  # lines, its docstring not counted
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def entries() -> Counter[Path]:
    """Counts what lies in each folder of the project that is not ignored."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    paths = [Path(name) for name in found] or [path.relative_to(ROOT) for path in MODULES]  # a copy without git
    inside = {place for path in paths if (ROOT / path).exists() for place in (path, *path.parents[:-1])}
    return Counter(place.parent for place in inside)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yields each function's name and its lines without docstring."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            first = node.body[0]
            is_documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.end_lineno
            documented = first.end_lineno - first.lineno + 1 if is_documented and first.end_lineno else 0
            yield node.name, node.end_lineno - node.lineno + 1 - documented


def test_no_folder_has_more_entries_than_one_takes_in_at_a_glance() -> None:
    assert {
        str(folder): count for folder, count in entries().items() if count > MOST_ENTRIES and folder.name not in DATA
    } == {}


def test_each_package_is_made_of_rooms() -> None:
    for package in PACKAGES:
        rooms = [folder for folder in (ROOT / package).iterdir() if (folder / "__init__.py").exists()]
        for room in rooms:
            said = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
            assert said, f"{room.name} does not say what it is"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_read_in_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES
    assert [name for name, lines in functions(path) if lines > MOST_OF_A_FUNCTION] == []


def test_a_public_name_means_one_thing() -> None:
    homes: dict[str, set[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for name in names(node):
                home = path.relative_to(ROOT).as_posix()
                if not name.startswith("_") and name not in EVERYWHERE and not home.startswith(COMMANDS):
                    homes.setdefault(name, set()).add(home)
    assert {name: sorted(places) for name, places in homes.items() if len(places) > 1} == {}


EVERYWHERE = frozenset({"log", "main"})  # a module's own log, a program's own entry
COMMANDS = ("bot/commands", "bot/telegram/commands")  # whose functions are named as what a person types


def names(node: ast.stmt) -> Iterator[str]:
    """Yields the names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def test_docstrings_speak_one_dialect() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                first = (ast.get_docstring(node) or "").partition(" ")[0]
                assert first not in ("Return", "Yield", "Raise"), f"{path.relative_to(ROOT)}: {node.name}"
