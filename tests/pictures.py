"""The pictures of the README, made from what the bot says: `python -m tests.pictures` writes them anew."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from bot.settings import Settings
from bot.telegram.demo.emulator import Shown
from index import build_index
from retrieval import ArticleQA
from tests.bot.telegram.checks import html_of
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TOKEN, TelegramServer

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
SHOWN = "Quelles bases militaires russes sont citées ?"
TALK = (
    "Combien de médailles les Français ont-ils remportées à Paris ?",
    "Et Léon Marchand ?",
    "Quelle est la capitale de l’Australie ?",
)
COLUMNS = 100
_PERSON = 1
_OF_THE_RUN = re.compile(r"index du [\d/]+")  # what differs from run to run


def words_of(svg: str) -> str:
    """Returns the words of a picture, without white space: lines are cut where they are full."""
    texts = [each for each in ElementTree.fromstring(svg).iter() if each.tag.endswith(("}text", "}title"))]  # noqa: S314  ours
    return re.sub(r"\s+", "", "".join("".join(each.itertext()) for each in texts))


def on_a_terminal(index: Path, question: str, columns: int, **environment: str) -> str:
    """Returns what `articlebot ask` prints on a terminal so wide, its colours and styles included."""
    about = {name: value for name, value in os.environ.items() if not name.startswith("ARTICLEBOT_")}
    about |= {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(columns), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot.cli", "ask", "--index", str(index), "--", question]
    done = subprocess.run(command, env=about | environment, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def terminal(index: Path) -> str:
    """Returns a picture of `make ask` and what it prints."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), (f'make ask Q="{SHOWN}"', "bold")))
    console.print(Text.from_ansi(on_a_terminal(index, SHOWN, COLUMNS)))
    svg = console.export_svg(title="articlebot", unique_id="terminal")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL) + "\n"  # fonts of other people's servers


# --- the chat -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A message in the chat: of the bot, with its buttons row by row, or of the person."""

    html: str
    rows: tuple[tuple[str, ...], ...] = ()
    is_mine: bool = False


@contextmanager
def talking(index: Path) -> Iterator[tuple[TelegramServer, Person]]:
    """Runs the bot on an emulated Telegram; yields that, and an admin who talks to it."""
    from tests.bot.telegram.conftest import RunningBot

    server = TelegramServer()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            telegram_token=SecretStr(TOKEN), index=index, state=Path(folder) / "bot.sqlite", telegram_api=server.api,
            telegram_timeout=45.0, admins=(_PERSON,),
        )  # fmt: skip
        bot = RunningBot(settings, lambda: ArticleQA.open(index))
        try:
            yield server, Person(server, _PERSON)
        finally:
            bot.stop()
            server.close()


def talk(index: Path) -> list[Message]:
    """Asks the bot the questions of `TALK`; returns the messages, oldest first."""
    messages = []
    with talking(index) as (server, person):
        for question in TALK:
            shown = _answer(server, person, person.say(question))
            edits = [each.fields for each in server.named("editMessageText")]
            last = [each for each in edits if int(each["message_id"]) == shown.message_id][-1]
            rows = json.loads(last["reply_markup"])["inline_keyboard"]
            buttons = tuple(tuple(button["text"] for button in row) for row in rows)
            html = _OF_THE_RUN.sub("index du 01/03/2025", html_of(shown))
            messages += [Message(escape(question), is_mine=True), Message(html, buttons)]
    return messages


def _answer(server: TelegramServer, person: Person, question: int) -> Shown:
    """Waits until the answer to a question is whole, which its buttons tell."""
    return server.until(lambda: next((m for m in person.shown() if m.reply_to == question and m.keyboard), None))


@dataclass(frozen=True)
class Run:
    """Text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    link: bool = False


@dataclass
class Paragraph:
    """A line of a message before it is cut."""

    is_quote: bool
    runs: list[Run] = field(default_factory=list)


class _Paragraphs(HTMLParser):
    """Telegram's HTML to paragraphs."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs = [Paragraph(is_quote=False)]
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ANN401, ARG002  as the class has it
        if tag == "blockquote":
            self._begin(is_quote=True)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._open.remove(tag)
        if tag == "blockquote":
            self._begin(is_quote=False)

    def handle_data(self, data: str) -> None:
        for number, line in enumerate(data.split("\n")):
            if number:
                self._begin(is_quote="blockquote" in self._open)
            if line:
                run = Run(line, "b" in self._open, "i" in self._open, "a" in self._open)
                self.paragraphs[-1].runs.append(run)

    def _begin(self, *, is_quote: bool) -> None:
        self.paragraphs.append(Paragraph(is_quote))


# --- how it is drawn ----------------------------------------------------------------------------------------------

WIDTH, MARGIN, PADDING = 460, 14, 11
SIZE, LINE, BUTTON = 14, 19, 32
_WIDEST = WIDTH - 2 * MARGIN - 44  # of a bubble
# Helvetica's widths in thousandths of its size, of the characters that are not as wide as a figure
_WIDTHS = {
    character: width
    for width, characters in {
        222: "'ijl’", 278: " \u00a0!,./:;[]\\ftI", 333: "-()r`«»“”", 500: "ckсvxyzJs·",
        667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 944: "W", 1000: "—…@%", 1300: "📄🔁👍👎🔎",
    }.items()
    for character in characters
}  # fmt: skip


def width_of(text: str, *, bold: bool = False) -> float:
    """Returns about how wide a text is, in pixels; each is drawn as wide as this says, whatever the font."""
    return sum(_WIDTHS.get(character, 556) for character in text) * SIZE / 1000 * (1.06 if bold else 1.0)


def wrapped(runs: list[Run], widest: float) -> list[list[Run]]:
    """Returns the runs in lines that are no wider."""
    lines: list[list[Run]] = [[]]
    at = 0.0
    for run in runs:
        for word in re.findall(r"\s+|\S+", run.text):
            wide = width_of(word, bold=run.bold)
            if at + wide > widest and lines[-1]:
                lines.append([])
                at = 0.0
            if word.strip() or lines[-1]:
                lines[-1].append(replace(run, text=word))
                at += wide
    return [_joined(line) for line in lines]


def _joined(line: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in line:
        if joined and replace(run, text="") == replace(joined[-1], text=""):
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    return joined


def _line(runs: list[Run], x: float, y: float) -> Iterator[str]:
    for run in runs:
        wide = width_of(run.text, bold=run.bold)
        style = ' font-weight="bold"' * run.bold + ' font-style="italic"' * run.italic
        style += ' fill="#2b7bc4"' * run.link
        yield f'<text x="{x:.1f}" y="{y:.1f}" textLength="{wide:.1f}"{style}>{escape(run.text)}</text>'
        x += wide


def _box(x: float, y: float, wide: float, high: float, fill: str, rounding: int = 0) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" rx="{rounding}" fill="{fill}"/>'


def _bubble(message: Message, top: float) -> tuple[list[str], float]:
    """Returns a message as it is drawn, and where it ends."""
    indent = {True: 10, False: 0}  # of a quote
    lines = [
        (line, paragraph.is_quote)
        for paragraph in _Paragraphs(message.html).paragraphs
        for line in wrapped(paragraph.runs, _WIDEST - 2 * PADDING - 2 * indent[paragraph.is_quote])
    ]
    while not lines[-1][0]:
        lines.pop()
    widest = max(sum(width_of(run.text, bold=run.bold) for run in line) for line, _ in lines)
    wide = _WIDEST if message.rows else widest + 2 * PADDING
    x = WIDTH - MARGIN - wide if message.is_mine else MARGIN
    high = len(lines) * LINE + 2 * PADDING - 4
    parts = [_box(x, top, wide, high, "#e3fbd0" if message.is_mine else "#ffffff", 12)]
    for number, (line, is_quote) in enumerate(lines):
        y = top + PADDING + number * LINE
        if is_quote:
            parts.append(_box(x + PADDING, y - 2, wide - 2 * PADDING, LINE, "#e8f2fb"))
            parts.append(_box(x + PADDING, y - 2, 3, LINE, "#2b7bc4"))
        parts += _line(line, x + PADDING + indent[is_quote], y + SIZE - 2)
    return parts, top + high


def _buttons(message: Message, top: float) -> tuple[list[str], float]:
    parts = []
    for row in message.rows:
        wide = (_WIDEST - 4 * (len(row) - 1)) / len(row)
        for number, words in enumerate(row):
            x = MARGIN + number * (wide + 4)
            parts.append(_box(x, top + 4, wide, BUTTON, "#f7fbff", 8))
            middle = x + (wide - width_of(words)) / 2
            parts += _line([Run(words, link=True)], middle, top + 4 + BUTTON / 2 + 5)
        top += BUTTON + 4
    return parts, top


def telegram(index: Path) -> str:
    """Returns a picture of a talk with the bot."""
    parts: list[str] = []
    top = 72.0
    for message in talk(index):
        for draw in (_bubble, _buttons):
            drawn, top = draw(message, top)
            parts += drawn
        top += 10
    high = round(top + 8)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high}" viewBox="0 0 {WIDTH} {high}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="{SIZE}" fill="#111111" xml:space="preserve">',
        f'<clipPath id="phone"><rect width="{WIDTH}" height="{high}" rx="22"/></clipPath>',
        '<g clip-path="url(#phone)">',
        _box(0, 0, WIDTH, high, "#cddce6"),
        _box(0, 0, WIDTH, 58, "#f7f9fb"),
        '<circle cx="38" cy="29" r="19" fill="#3390ec"/>',
        '<text x="31" y="35" font-size="18" font-weight="bold" fill="#ffffff">A</text>',
        '<text x="68" y="26" font-weight="bold" font-size="15">articlebot</text>',
        '<text x="68" y="44" font-size="12" fill="#7c8b97">bot</text>',
    ]
    return "\n".join([*head, *parts, "</g>", "</svg>", ""])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        build_index([ROOT / "seeds" / "articles"], Path(folder))
        for draw in (terminal, telegram):
            (FOLDER / f"{draw.__name__}.svg").write_text(draw(Path(folder)), encoding="utf-8")
