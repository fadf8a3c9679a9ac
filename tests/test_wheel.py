"""What a person installs: the wheel, by pip, outside the clone, with nothing but what it declares."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from tests.index.conftest import FileMaker

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "index", "retrieval")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LIGHTHOUSE = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"


def built(folder: Path) -> Path:
    """Builds the wheel from a copy, which has no leftovers of earlier builds and gets none; returns its path."""
    copy = folder / "clone"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info"))
    options = ["--quiet", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(copy)], check=True)
    shutil.rmtree(copy)
    (wheel,) = folder.glob("*.whl")
    return wheel


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def requirements(lines: list[str], extras: set[str]) -> Iterator[Requirement]:
    """Yields those that count here with these extras."""
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def needed(wheel: Path) -> list[Distribution]:
    """Returns the installed distributions that pip installs with a wheel, as the pip of Python 3.11 finds them.

    It looks for an extra under exactly the name asked for: justext's lxml[html_clean] finds no html-clean of lxml.
    """
    installed = {canonicalize_name(each.metadata["Name"]): each for each in distributions()}
    found: dict[NormalizedName, set[str]] = {}
    waiting = [(each, True) for each in requirements(metadata(wheel).get_all("Requires-Dist") or [], set())]
    while waiting:
        requirement, is_wanted = waiting.pop()
        name = canonicalize_name(requirement.name)
        if not is_wanted and name not in installed:
            continue
        assert name in installed, f"{requirement} is not installed"
        library = installed[name]
        assert requirement.specifier.contains(library.version, prereleases=True), (
            f"{requirement}, not {library.version}"
        )
        extras = requirement.extras & set(library.metadata.get_all("Provides-Extra") or [])
        if name not in found or not extras <= found[name]:
            found[name] = found.get(name, set()) | extras
            # of torch only what CPUs need is installed, see "Locks" in docs/contributing.md
            waiting += [(each, name != "torch") for each in requirements(library.requires or [], found[name])]
    return [installed[name] for name in found]


@dataclass(frozen=True)
class Installed:
    """The wheel in an environment of its own, which sees of the tests' packages those that come with it."""

    folder: Path

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs the command line in the folder, which is nowhere near the clone."""
        ours = ("ARTICLEBOT_", "PYTHON")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        command = [self.folder / "venv/bin/articlebot", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Installed:
    folder = wheel.parent
    venv, packages = folder / "venv", folder / "packages"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    packages.mkdir()
    for distribution in needed(wheel):
        for name in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            if not (packages / name).exists():  # google, say, is shared
                (packages / name).symlink_to(Path(str(distribution.locate_file(name))))
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "packages.pth").write_text(f"{packages}\n")
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin/python"), "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    return Installed(folder)


def test_the_wheel_holds_the_three_packages_whole_and_nothing_else(wheel: Path) -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in names if ".dist-info/" not in name} == there
    assert {f"{package}/py.typed" for package in PACKAGES} | {"bot/telegram/operating/articlebot.service"} <= there


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    about = metadata(wheel)
    assert (about["Name"], about["Version"], about["License-Expression"]) == ("articlebot", PROJECT["version"], "MIT")
    assert about["Author"] in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert about["Keywords"]
    assert "Typing :: Typed" in (about.get_all("Classifier") or [])


def test_each_library_imported_is_declared(wheel: Path) -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in metadata(wheel).get_all("Requires-Dist") or []}
    homes = packages_distributions()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for module in {module.partition(".")[0] for module in modules} - {*sys.stdlib_module_names, *PACKAGES}:
                assert declared & set(map(canonicalize_name, homes[module])), f"{path} imports {module}"


def test_the_wheel_reads_every_kind_and_answers(installed: Installed, tmp_path: Path) -> None:
    FileMaker.one_of_each_kind(tmp_path / "files")
    version = installed.run("--version")
    assert (version.returncode, version.stdout) == (0, f"articlebot {PROJECT['version']}\n")
    indexed = installed.run("index", tmp_path / "files")
    assert (indexed.returncode, indexed.stderr) == (0, "")
    assert indexed.stdout.startswith("16 added;")
    asked = installed.run("ask", LIGHTHOUSE)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.startswith("1987\nLe phare de Kerbrat fut automatisé en 1987. [1]\n")


def test_a_library_that_is_missing_is_told_by_its_name(installed: Installed, tmp_path: Path) -> None:
    FileMaker.one_of_each_kind(tmp_path / "files")
    library = installed.folder / "packages/lxml_html_clean"
    target = library.readlink()
    library.unlink()
    try:
        indexed = installed.run("index", tmp_path / "files/phare.html", "--index", tmp_path / "index")
    finally:
        library.symlink_to(target)
    why = "exit status 1: Install lxml[html-clean] or lxml_html_clean directly."
    assert f"the reader of .html files ended at its start ({why}), a working one wanted" in indexed.stderr
