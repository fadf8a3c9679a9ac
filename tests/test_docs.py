"""What README and docs say is so. `python -m tests.test_docs` writes what they show of commands and figures anew."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from rich.text import Text
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli import app
from bot.settings import Settings
from index import build_index
from index.reading import SUFFIXES
from retrieval import ArticleQA
from retrieval.answering.words import OUR_WORDS
from retrieval.learning.report import Report
from tests.pictures.__main__ import DRAWN, FOLDER, words_of
from tests.pictures.talk import talking
from tests.pictures.terminal import on_a_terminal

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
INDEX = Path(".articlebot/index")
BENCHMARKS = "tests/benchmarks/figures"

_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
# a table of figures: the file that a command wrote it to, and which of its parts between empty lines; none: all
_FIGURES = re.compile(
    rf"^<!-- {BENCHMARKS}/(\w+\.txt)(?: (\d+)(?:-(\d+))?)? -->\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
# a table in Markdown, which a command wrote as one
_TABLE = re.compile(rf"(?<=^<!-- {BENCHMARKS}/)(\w+\.md)( -->\n).*?(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL)
_ASK = re.compile(r'^\$ make ask Q="(.*)"$')
_PROMPT = re.compile(r"^(?:>>>|\.\.\.) ?(.*)$")
_ROW = re.compile(r"^\| ([^|]+) \|([^|]+\|[^|]+)\| `", re.MULTILINE)
# the figures of the README's table, from left to right: file, section, row, column
_ROWS = {
    "the right passage": (
        ("evaluation.txt", "", "hit@4000", "frdoc2bot"), ("bench.txt", "hit@4000", "frdoc2bot", "tutorial"),
    ),
    "the same, questions": (
        ("evaluation.txt", "", "hit@4000", "xquad"), ("bench.txt", "hit@4000", "xquad", "tutorial"),
    ),
    "FrDoc2Bot": (("evaluation.txt", "", "answered", "frdoc2bot"), ("evaluation.txt", "", "refused", "frdoc2bot")),
    "quotes": (("starter.txt", "", "valid", "seeds"),),
    "false sentences": tuple(("liar.txt", "", "all", column) for column in ("told", "dropped", "shown")),
    "a question over": (
        ("bench.txt", "1,000 articles", "search, p50 ms", "articlebot"),
        ("bench.txt", "1,000 articles", "ask, p50 ms", "articlebot"),
        ("bench.txt", "1,000 articles", "search, p50 ms", "tutorial"),
    ),
    "indexing": tuple(
        ("bench.txt", "1,000 articles", "indexed, articles a second", column) for column in ("articlebot", "tutorial")
    ),
    "`articlebot ask`": (
        ("bench.txt", "18 starter articles", "cold `articlebot ask`, s", "articlebot"),
        ("bench.txt", "18 starter articles", "its memory at most, MB", "articlebot"),
    ),
    "search over": (("search_speed.txt", "", "1,000,000", "p50 ms"),),
}  # fmt: skip
_LINK = re.compile(r"\]\(([^)]+)\)|src=\"([^\"]+)\"")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w,]*\d)")
# what other programs take in a block or span is theirs
_OTHERS = re.compile(r"(?:\$ )?(?:git|sudo|pip|ray|\.venv/bin/(?!articlebot)|python -m)")


def with_real_outputs(page: str) -> str:
    """Returns a page with what its console and Python sessions really print; the current folder holds `seeds`."""
    names: dict[str, object] = {}

    def block(match: re.Match[str]) -> str:
        indent, kind, body = match.groups()
        lines = body.splitlines()
        asked = _ASK.match(lines[0]) if kind == "console" and lines else None
        if asked:
            lines = [lines[0], *asked_on_a_terminal(asked[1])]
        if kind == "pycon":
            lines = list(typed_in_python(lines, names))
        return "\n".join([f"{indent}```{kind}", *lines, f"{indent}```"])

    try:
        return _ROW.sub(_with_own_figures, with_figures(_BLOCK.sub(block, page)))
    finally:
        opened = names.get("qa")
        if isinstance(opened, ArticleQA):
            opened.close()


def asked_on_a_terminal(question: str) -> list[str]:
    """Returns the lines of `articlebot ask` on a terminal of 100 columns, without its colours."""
    return Text.from_ansi(on_a_terminal(INDEX, question, 100)).plain.rstrip("\n").splitlines()


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
            exec(compile(statement, "docs", "single"), names)  # noqa: S102  the docs are ours
        yield from printed.getvalue().splitlines()


def with_figures(page: str) -> str:
    """Returns a page with the tables that commands wrote."""
    return _TABLE.sub(_with_table, _FIGURES.sub(_with_figures, page))


def _with_table(match: re.Match[str]) -> str:
    name, end = match.groups()
    return f"{name}{end}{(ROOT / BENCHMARKS / name).read_text(encoding='utf-8')}"


def _with_figures(match: re.Match[str]) -> str:
    name, first, last, _ = match.groups()
    parts = (ROOT / BENCHMARKS / name).read_text(encoding="utf-8").strip("\n").split("\n\n")
    wanted = parts[int(first) - 1 : int(last or first)] if first else parts
    lines = (line.rstrip() for line in "\n\n".join(wanted).splitlines())
    return "\n".join([match[0].split("\n", 1)[0], "```text", *lines, "```"])


def figure(name: str, section: str, row: str, column: str) -> str:
    """Returns a figure of a file of figures: the first in this row and column, after the line `section`."""
    columns: list[str] = []
    is_there = not section
    for line in (ROOT / BENCHMARKS / name).read_text(encoding="utf-8").splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        is_there |= line.strip() == section
        if column in cells:
            columns = cells
        elif columns and is_there and cells[0] == row:
            return cells[-len(columns) :][columns.index(column)].split()[0]
    raise LookupError((name, section, row, column))


def _with_own_figures(match: re.Match[str]) -> str:
    name, figures = match.groups()
    places = next((places for row, places in _ROWS.items() if name.startswith(row)), ())
    numbers = iter(places)
    return f"| {name} |" + (_NUMBER.sub(lambda _: figure(*next(numbers)), figures) if places else figures) + "| `"


def loosely(text: str) -> list[str]:
    """Returns the lines without what may differ from machine to machine: decimals, and white space at the end."""
    return [re.sub(r"\d+\.\d+", "0.0", line.rstrip()) for line in text.splitlines()]


def code(text: str) -> list[str]:
    """Returns every line of the blocks, and every code span elsewhere."""
    lines = [line.strip() for _, _, body in _BLOCK.findall(text) for line in body.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", _BLOCK.sub("", text))


def prose(text: str) -> str:
    """Returns what is in no block."""
    return _BLOCK.sub("", text)


def anchors(page: str) -> set[str]:
    """Returns the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def figures() -> set[str]:
    """Returns the numbers in the files that commands wrote."""
    files = [path for kind in ("*.txt", "*.md") for path in (ROOT / BENCHMARKS).glob(kind)]
    return {number for path in files for number in _NUMBER.findall(path.read_text("utf-8"))}


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def everything() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `seeds` and the index of its articles."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "seeds").symlink_to(ROOT / "seeds")
    build_index([folder / "seeds/articles"], folder / INDEX)
    return folder


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_outputs_are_real(page: Path, starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(starter)
    shown = page.read_text(encoding="utf-8")
    assert loosely(shown) == loosely(with_real_outputs(shown)), "`make docs` writes them anew"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_of_figures_are_those_that_commands_wrote(page: Path) -> None:
    shown = page.read_text(encoding="utf-8")
    assert shown == with_figures(shown), "`make docs` writes them anew"
    if page.name in ("quality.md", "speed.md"):
        assert len(_FIGURES.findall(shown)) == shown.count("```text") > 5


@pytest.mark.parametrize("name", ["README.md", "docs/quality.md", "docs/speed.md"])
def test_each_figure_in_a_sentence_is_one_that_a_command_wrote(name: str) -> None:
    written = prose((ROOT / name).read_text(encoding="utf-8"))
    told = re.sub(r"`[^`\n]*`|Python \d\.\d+|\]\([^)]*\)|\d+-\d+-\d+", "", written)
    assert {number for number in _NUMBER.findall(told) if "." in number} <= figures()


def test_the_table_of_the_readme_tells_what_commands_wrote(readme: str) -> None:
    told = _ROW.findall(readme[readme.index("## Figures") : readme.index("## Limits")])
    assert sorted(row for row in _ROWS for name, _ in told if name.startswith(row)) == sorted(_ROWS)
    assert len(told) == len(_ROWS)
    assert readme == _ROW.sub(_with_own_figures, readme), "`make docs` writes them anew"


def test_each_setting_is_in_the_table_and_the_other_way_round() -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(ARTICLEBOT_\w+)` \| (.*?) \|", reference, re.MULTILINE))
    assert set(table) == {f"ARTICLEBOT_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.default is not None:
            assert table[f"ARTICLEBOT_{name.upper()}"] == f"`{field.default}`"


def test_each_setting_named_is_there(everything: str) -> None:
    known = {f"ARTICLEBOT_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"\bARTICLEBOT_\w*[A-Z]\b", everything)) <= known


def options_of(command: object) -> set[str]:
    """The options of a command, and of those below it; typer brings a click of its own."""
    below = command.commands.values() if isinstance(command, TyperGroup) else ()
    own = {option for each in command.params for option in each.opts}  # type: ignore[attr-defined]  # a command
    return own.union(*map(options_of, below))


def test_each_command_and_option_named_is_there(everything: str) -> None:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    named = set()
    by_command = {name: options_of(command) for name, command in group.commands.items()}
    any_of_ours = {"--help"}.union(*by_command.values())
    for line in code(everything):
        options = set(re.findall(r"(?<![\w-])--[a-z]+", line))
        called = re.match(r"(?:\$ )?(?:\.venv/bin/)?articlebot (?!--)(\w+)", line)
        if called and called[1] != "COMMAND":
            named.add(called[1])
            options -= by_command[called[1]]
            assert not options, line
        assert options <= any_of_ours or _OTHERS.match(line), line
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert named == set(group.commands)
    assert set(re.findall(r"^\$ articlebot (\w+)", reference, re.MULTILINE)) == named


def test_each_command_line_shown_is_understood(everything: str) -> None:
    lines = re.findall(r"^ *\$ articlebot (.+)$", everything, re.MULTILINE)
    assert len(lines) > 30
    for line in lines:
        command, arguments = get_command(app), shlex.split(line, comments=True)
        while isinstance(command, TyperGroup):
            name, *arguments = arguments
            command = command.commands[name]
        command.make_context(name, arguments)  # raises where an argument is missing, or too many


def test_each_metric_is_explained() -> None:
    evaluating = (DOCS / "evaluating.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([\w@ ]+)`", evaluating[evaluating.index("| metric |") :]))
    assert set(Report("").metrics()) - explained == {"questions", "answerable"}


def test_each_kind_of_file_is_told() -> None:
    articles = (DOCS / "your-articles.md").read_text(encoding="utf-8")
    assert set(SUFFIXES) <= set(re.findall(r"`(\.\w+)`", articles))


def test_each_language_of_our_own_words_is_told() -> None:
    names = sorted(str(Locale("en").languages[code]) for code in OUR_WORDS)
    quality = (DOCS / "quality.md").read_text(encoding="utf-8")
    assert f"Our own words exist in {', '.join(names[:-1])} and {names[-1]};" in quality


def test_make_targets_named_are_there(everything: str, readme: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = re.compile(r"^(?:\$ )?make ([a-z-]+)", re.MULTILINE)
    assert {"ask", "test"} <= set(wanted.findall("\n".join(code(readme))))
    assert set(wanted.findall("\n".join(code(everything)))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link or source for link, source in _LINK.findall(prose(text))]
    for link in links:
        if link.startswith("https://"):
            continue
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not heading or heading in anchors(target.read_text(encoding="utf-8")), link


def test_readme_is_short_and_leads_to_every_page(readme: str) -> None:
    lines = readme.splitlines()
    assert len(lines) <= 200
    assert [line for line in prose(readme).splitlines() if len(line) > 120 and line[0] not in "|<"] == []
    linked = {link for link, _ in _LINK.findall(readme)}
    assert {page.relative_to(ROOT).as_posix() for page in PAGES[1:]} <= {link.partition("#")[0] for link in linked}


def test_tests_named_are_there(everything: str) -> None:
    named = set(re.findall(r"`(test_\w+)`", everything))
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 5
    assert [name for name in sorted(named) if f"def {name}(" not in written] == []


def test_modules_that_commands_name_are_there(everything: str) -> None:
    named = set(re.findall(r"python -m (tests[\w.]*)", "\n".join(code(everything))))
    assert named
    places = [ROOT / name.replace(".", "/") for name in named]
    assert all(place.with_suffix(".py").is_file() or (place / "__main__.py").is_file() for place in places), named


# Until the modules have moved into their rooms, in another change of the same step; then this line goes.
def test_the_tree_tells_each_folder_that_holds_code_and_no_other() -> None:
    tree = (DOCS / "how-it-works.md").read_text(encoding="utf-8").split("```")[1]
    above: list[str] = []
    told = set()
    for indent, name in re.findall(r"^((?:  )*)([\w-]+)/ ", tree, re.MULTILINE):
        above = [*above[: len(indent) // 2], name]
        told.add("/".join(above))
    packages = ("bot", "index", "retrieval")
    there = {path.parent.relative_to(ROOT).as_posix() for of in packages for path in (ROOT / of).rglob("*.py")}
    assert {folder for folder in told if folder.startswith(packages)} == there
    assert all((ROOT / folder).is_dir() for folder in told)


def test_paths_named_are_there() -> None:
    packages = r"(?:bot|index|retrieval|seeds|tests|docs|requirements)/"
    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "backup.md")  # paths in a tar
    named = {match[0] for span in code(told) if (match := re.fullmatch(rf"{packages}[\w./-]+", span))}
    new = {
        "bot/telegram/commands/registry.py",
        "index/reading/office/fb2.py",
        "tests/index/reading/office/test_fb2.py",
    }  # that a recipe writes
    assert len(named) > 20
    assert [name for name in sorted(named - new) if not (ROOT / name).exists()] == []


def test_each_chat_command_is_told(starter: Path) -> None:
    telegram = (DOCS / "telegram.md").read_text(encoding="utf-8")
    table = re.findall(r"`/(\w+)`", "".join(re.findall(r"^\| .*$", telegram, re.MULTILINE)))
    with talking(starter / INDEX) as (_, person):
        person.say("/help")
        shown = person.wait("/deny — ")
    assert sorted(table) == sorted(re.findall(r"^/(\w+) — ", shown.text, re.MULTILINE))


@pytest.mark.parametrize("name", DRAWN)
def test_pictures_hold_what_the_bot_says_today(name: str, starter: Path) -> None:
    shown = (FOLDER / name).read_text(encoding="utf-8")
    assert words_of(shown) == words_of(DRAWN[name](starter / INDEX)), "`make docs` draws them anew"
    assert not re.search(r"<script|<foreignObject|@font-face|url\((?!#)|href", shown)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("seeds").symlink_to(ROOT / "seeds")
        build_index(["seeds/articles"], INDEX)
        for page in PAGES:
            page.write_text(with_real_outputs(page.read_text(encoding="utf-8")), encoding="utf-8")
