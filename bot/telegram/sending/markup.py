"""Formatted text, cut into messages within all of Telegram's limits at once; no tag is ever cut, no word lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Self

from telegram.constants import MessageLimit

from bot.telegram.state.memory import Page

MOST_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)  # of UTF-16, after parsing
MOST_BYTES = 32_768  # of the text with its tags
MOST_ENTITIES = int(MessageLimit.MESSAGE_ENTITIES)
LONGEST_LINK = 2_000  # characters
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# where a text may be cut, the best first; each with the share of the room that must be used before the cut
_BORDERS = (
    (re.compile(r"\n\s*"), 0.5),
    (re.compile(r"[.!?…。！？][»”\"’')\]]*(?: ?\[\d+\])*\s+|[。！？]"), 0.5),
    (re.compile(r"\s+"), 0.2),
)
_JOINER = "\u200d"
# it, the sign for an emoji, and skin colours belong to what stands before them
_JOINED = frozenset((_JOINER, "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))))
_QUOTE = ("<blockquote expandable>", "</blockquote>")


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that look alike."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""  # an address that is not one of the web is left out

    def html(self) -> str:
        """Returns the text in Telegram's HTML."""
        html = escape(self.text, quote=False)
        if self.is_linked():
            html = f'<a href="{escape(self.link)}">{html}</a>'
        if self.bold:
            html = f"<b>{html}</b>"
        return f"<i>{html}</i>" if self.italic else html

    def entities(self) -> int:
        """Returns how many of the message's entities it takes."""
        return self.bold + self.italic + self.is_linked()

    def is_linked(self) -> bool:
        """Whether it is shown as a link."""
        return len(self.link) <= LONGEST_LINK and bool(_LINK.fullmatch(self.link))


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a quote that can be unfolded."""

    runs: tuple[Run, ...]
    is_quote: bool = False
    gap: str = "\n\n"  # between it and the block before

    @classmethod
    def of(cls, *parts: Run | str, is_quote: bool = False, gap: str = "\n\n") -> Self:
        """Returns a block of runs and plain texts, without the empty ones."""
        runs = (part if isinstance(part, Run) else Run(part) for part in parts)
        return cls(tuple(run for run in runs if run.text), is_quote, gap)

    @property
    def text(self) -> str:
        """The characters of the block."""
        return "".join(run.text for run in self.runs)

    def html(self) -> str:
        """Returns the block in Telegram's HTML."""
        html = "".join(run.html() for run in self.runs)
        return f"{_QUOTE[0]}{html}{_QUOTE[1]}" if self.is_quote else html

    def cut(self, at: int) -> tuple[Block, Block]:
        """Returns what stands before and after a character."""
        head, tail, seen = [], [], 0
        for run in self.runs:
            here = min(max(at - seen, 0), len(run.text))
            seen += len(run.text)
            if here:
                head.append(replace(run, text=run.text[:here]))
            if here < len(run.text):
                tail.append(replace(run, text=run.text[here:]))
        return replace(self, runs=tuple(head)), replace(self, runs=tuple(tail))


@dataclass(frozen=True, slots=True)
class _Size:
    units: int = 0
    bytes: int = 0
    entities: int = 0

    @classmethod
    def of(cls, block: Block) -> Self:
        entities = sum(run.entities() for run in block.runs) + block.is_quote
        gap = len(block.gap)
        return cls(units(block.text) + gap, len(block.html().encode()) + gap, entities)

    def __add__(self, other: _Size) -> _Size:
        return _Size(self.units + other.units, self.bytes + other.bytes, self.entities + other.entities)

    def fits(self) -> bool:
        return self.units <= MOST_UNITS and self.bytes <= MOST_BYTES and self.entities <= MOST_ENTITIES


def units(text: str) -> int:
    """Returns the length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def paginate(blocks: Iterable[Block]) -> list[Page]:
    """Returns the messages that together show the blocks: each within the limits, none of white space alone.

    A block that fits into a message stays in one piece where that leaves no message half empty; a longer one is cut
    after a line, a sentence, or a word.
    """
    pages: list[Page] = []
    sheet: list[Block] = []
    size = _Size()
    for block in blocks:
        rest = _clean(block)
        while rest.text.strip():
            head, tail = _fitting(rest, size)
            if head is None:
                pages.append(_page(sheet))
                sheet, size = [], _Size()
                continue
            sheet.append(head)
            size += _Size.of(head)
            rest = tail
    if sheet:
        pages.append(_page(sheet))
    return pages


def plain_page(text: str) -> Page:
    """Returns a short message of our own without any formatting."""
    return _page([Block.of(text)])


def _page(sheet: Sequence[Block]) -> Page:
    html = plain = ""
    for number, block in enumerate(sheet):
        gap = block.gap if number else ""
        html += gap + block.html()
        plain += gap + block.text
    return Page(html, plain)


def _fitting(block: Block, used: _Size) -> tuple[Block | None, Block]:
    """Returns what of a block goes onto a sheet, and what is left; None where a new sheet is to be begun."""
    if (used + _Size.of(block)).fits():
        return block, replace(block, runs=())
    is_begun = bool(used.units)
    if is_begun and (_Size.of(block).fits() or used.units > MOST_UNITS // 2):
        return None, block
    most = _most(block, used)
    if not most:
        if is_begun:
            return None, block
        raise ValueError("a character that is larger than a message")  # no link is: see LONGEST_LINK
    head, tail = block.cut(_border(block.text, most))
    if not head.text.strip():  # white space alone is no message
        return (None, block) if is_begun else (replace(head, runs=()), tail)
    return head, tail


def _most(block: Block, used: _Size) -> int:
    """Returns how many characters of a block fit, by halving: the size grows with the characters."""
    low, high = 0, min(len(block.text), MOST_UNITS)
    while low < high:
        middle = (low + high + 1) // 2
        if (used + _Size.of(block.cut(middle)[0])).fits():
            low = middle
        else:
            high = middle - 1
    return low


def _border(text: str, most: int) -> int:
    """Returns where to cut: at most so many characters, at least one."""
    room = text[:most]
    for pattern, share in _BORDERS:
        ends = [match.end() for match in pattern.finditer(room) if match.end() < len(text)]
        if ends and ends[-1] >= most * share:
            return ends[-1]
    at = most
    while at > most // 2 and (unicodedata.combining(text[at]) or text[at] in _JOINED or text[at - 1] == _JOINER):
        at -= 1
    return max(at, 1)


def _clean(block: Block) -> Block:
    """Returns the block without what no UTF-8 holds."""
    if block.text.isascii():
        return block
    return replace(
        block, runs=tuple(replace(run, text=run.text.encode("utf-8", "replace").decode()) for run in block.runs)
    )
