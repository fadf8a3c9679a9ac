"""What the README says is so. `python -m tests.test_readme` writes the outputs it shows anew."""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import app
from bot.settings import Settings
from bot.terminal import display
from index import build_index
from retrieval import ArticleQA

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
INDEX = Path(".articlebot/index")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ASK = re.compile(r'^\$ make ask Q="(.*)"$')
_PROMPT = re.compile(r"^(?:>>>|\.\.\.) ?(.*)$")


def with_real_outputs(readme: str) -> str:
    """Returns the README with what its console and Python sessions really print; the current folder holds `seeds`."""
    build_index(["seeds/articles"], INDEX)
    names: dict[str, object] = {}

    def block(match: re.Match[str]) -> str:
        lines = match[2].splitlines()
        asked = _ASK.match(lines[0]) if match[1] == "console" else None
        if asked:
            lines = [lines[0], *asked_on_a_terminal(asked[1])]
        if match[1] == "pycon":
            lines = list(typed_in_python(lines, names))
        return "\n".join([f"```{match[1]}", *lines, "```"])

    try:
        return _BLOCK.sub(block, readme)
    finally:
        opened = names.get("qa")
        if isinstance(opened, ArticleQA):
            opened.close()


def asked_on_a_terminal(question: str) -> list[str]:
    """Returns the lines of `articlebot ask` on a terminal of 100 columns without colours."""
    screen = io.StringIO()
    before, display.out = display.out, display._Console(
        highlight=False, markup=False, emoji=False, force_terminal=True, color_system=None, width=100, file=screen
    )  # fmt: skip
    try:
        with contextlib.closing(ArticleQA.open(INDEX)) as qa:
            display.show_answer(qa.ask(question))
    finally:
        display.out = before
    return screen.getvalue().splitlines()


def typed_in_python(lines: list[str], names: dict[str, object]) -> Iterator[str]:
    """Yields the lines of a session, each statement followed by what it prints."""
    typed = [line for line in lines if _PROMPT.match(line)]
    for number, line in enumerate(typed):
        yield line
        following = typed[number + 1] if number + 1 < len(typed) else ""
        if following.startswith("..."):
            continue
        first = max(n for n in range(number + 1) if typed[n].startswith(">>>"))
        statement = "\n".join(_PROMPT.sub(r"\1", each) for each in typed[first : number + 1]) + "\n"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(statement, "README.md", "single"), names)  # noqa: S102  the README is ours
        yield from printed.getvalue().splitlines()


def loosely(text: str) -> list[str]:
    """Returns the lines without what may differ from machine to machine: decimals, and white space at the end."""
    return [re.sub(r"\d+\.\d+", "0.0", line.rstrip()) for line in text.splitlines()]


def code(readme: str) -> list[str]:
    """Returns every line of the blocks, and every code span elsewhere."""
    lines = [line for _, body in _BLOCK.findall(readme) for line in body.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", _BLOCK.sub("", readme))


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


def test_outputs_in_the_readme_are_real(readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    assert loosely(readme) == loosely(with_real_outputs(readme)), "`python -m tests.test_readme` writes them anew"


def test_each_setting_is_in_the_table_and_the_other_way_round(readme: str) -> None:
    table = dict(re.findall(r"^\| `(ARTICLEBOT_\w+)` \| (.*?) \|", readme, re.MULTILINE))
    assert set(table) == {f"ARTICLEBOT_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.default is not None:
            assert table[f"ARTICLEBOT_{name.upper()}"] == f"`{field.default}`"


def options_of(command: object) -> set[str]:
    """The options of a command, and of those below it; typer brings a click of its own."""
    below = command.commands.values() if isinstance(command, TyperGroup) else ()
    own = {option for each in command.params for option in each.opts}  # type: ignore[attr-defined]  # a command
    return own.union(*map(options_of, below))


def test_each_command_and_option_named_is_there(readme: str) -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    named = set()
    by_command = {name: options_of(command) for name, command in group.commands.items()}
    everything = set().union(*by_command.values())
    for line in code(readme):
        options = set(re.findall(r"(?<![\w-])--[a-z]+", line))
        called = re.match(r"(?:\$ )?(?:articlebot )(\w+)", line)
        if called:
            named.add(called[1])
            options -= by_command[called[1]]
        assert options <= (set() if called else everything), line
    assert named == set(group.commands)


def test_each_metric_is_explained(readme: str) -> None:
    from retrieval.learning.report import Report

    explained = set(re.findall(r"`([\w@]+)`", readme[readme.index("| metric |") :]))
    assert set(Report("").metrics()) - explained == {"questions", "answerable"}


def test_make_targets_named_are_there(readme: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {match[1] for line in code(readme) if (match := re.match(r"(?:\$ )?make ([a-z-]+)", line))}
    assert {"ask", "test"} <= named <= targets


def test_files_linked_are_there(readme: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if not link.startswith("https://")]
    assert links
    assert all((ROOT / link).exists() for link in links)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("seeds").symlink_to(ROOT / "seeds")
        README.write_text(with_real_outputs(README.read_text(encoding="utf-8")), encoding="utf-8")
