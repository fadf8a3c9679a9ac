"""Messages of a chat as they are drawn: bubbles, buttons and notes, in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from html.parser import HTMLParser
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message in the chat: of the bot, with its buttons row by row, of the person, or a note on what happened."""

    html: str
    rows: tuple[tuple[str, ...], ...] = ()
    is_mine: bool = False
    is_note: bool = False


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


COLUMNS = 3
WIDTH, MARGIN, PADDING = 430, 14, 11  # of a column
SIZE, LINE, BUTTON = 14, 19, 32
TOP, GAP = 72.0, 10  # where the first message begins, between two
_WIDEST = WIDTH - 2 * MARGIN - 44  # of a bubble
# Helvetica's widths in thousandths of its size, of the characters that are not as wide as a figure
_WIDTHS = {
    character: width
    for width, characters in {
        222: "'ijl’", 278: " \u00a0!,./:;[]\\ftI", 333: "-()r`«»“”", 500: "ckсvxyzJs·",
        667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "mM", 944: "W", 1000: "—…@%", 1300: "📄🔁👍👎🔎🔔🗞❓",
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


def _note(message: Message, top: float) -> tuple[list[str], float]:
    """Returns what happened beside the chat, as it is drawn, and where it ends."""
    wide = width_of(message.html) + 2 * PADDING
    x, high = (WIDTH - wide) / 2, LINE + 5
    return [
        _box(x, top, wide, high, "#a9bfce", 12),
        *_line([Run(message.html)], x + PADDING, top + SIZE + 3),
    ], top + high


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
    while not lines[0][0]:
        lines.pop(0)
    widest = max(sum(width_of(run.text, bold=run.bold) for run in line) + 2 * indent[quote] for line, quote in lines)
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


def _message(message: Message, top: float) -> tuple[list[str], float]:
    if message.is_note:
        return _note(message, top)
    parts, top = _bubble(message, top)
    buttons, top = _buttons(message, top)
    return [*parts, *buttons], top


def _in_columns(messages: Sequence[Message]) -> list[list[Message]]:
    """Returns the messages in columns, read one after the other, the highest as low as can be."""
    heights = [_message(each, 0.0)[1] + GAP for each in messages]
    most = max(sum(heights) / COLUMNS, *heights)
    while True:
        columns: list[list[Message]] = [[]]
        at = 0.0
        for message, high in zip(messages, heights, strict=True):
            if at + high > most and columns[-1]:
                columns.append([])
                at = 0.0
            columns[-1].append(message)
            at += high
        if len(columns) <= COLUMNS:
            return columns
        most += LINE


def drawn(messages: Sequence[Message]) -> str:
    """Returns a picture of a talk with the bot, an SVG."""
    parts: list[str] = []
    columns, lowest = _in_columns(messages), 0.0
    for number, column in enumerate(columns):
        top = TOP
        parts.append(f'<g transform="translate({number * WIDTH} 0)">')
        for message in column:
            shown, top = _message(message, top)
            parts += shown
            top += GAP
        parts.append("</g>")
        lowest = max(lowest, top)
    wide, high = WIDTH * len(columns), round(lowest + 8)
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="{SIZE}" fill="#111111" xml:space="preserve">',
        f'<clipPath id="phone"><rect width="{wide}" height="{high}" rx="22"/></clipPath>',
        '<g clip-path="url(#phone)">',
        _box(0, 0, wide, high, "#cddce6"),
        _box(0, 0, wide, 58, "#f7f9fb"),
        *(_box(number * WIDTH, 58, 1, high - 58, "#b9cbd8") for number in range(1, len(columns))),
        '<circle cx="38" cy="29" r="19" fill="#3390ec"/>',
        '<text x="31" y="35" font-size="18" font-weight="bold" fill="#ffffff">A</text>',
        '<text x="68" y="26" font-weight="bold" font-size="15">articlebot</text>',
        '<text x="68" y="44" font-size="12" fill="#7c8b97">bot</text>',
    ]
    return "\n".join([*head, *parts, "</g>", "</svg>", ""])
