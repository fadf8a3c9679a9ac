"""Formatted text, cut into messages within Telegram's limits; each entity lies in one message, no word is lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from telegram import MessageEntity
from telegram.constants import MessageLimit

from bot.telegram.state.answers import FormattedText, units

MOST_UNITS = int(MessageLimit.MAX_TEXT_LENGTH)  # of UTF-16
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


@dataclass(frozen=True, slots=True)
class TextRun:
    """Characters that look alike."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""  # an address that is not one of the web is left out

    def kinds(self) -> list[str]:
        """Returns the kinds of its entities, the outermost first."""
        is_linked = len(self.link) <= LONGEST_LINK and _LINK.fullmatch(self.link)
        shown = {MessageEntity.ITALIC: self.italic, MessageEntity.BOLD: self.bold, MessageEntity.TEXT_LINK: is_linked}
        return [kind for kind, is_shown in shown.items() if is_shown]

    def entities(self, start: int) -> list[MessageEntity]:
        """Returns its entities where it begins at `start`."""
        length, linked = units(self.text), MessageEntity.TEXT_LINK
        return [MessageEntity(kind, start, length, url=self.link if kind == linked else None) for kind in self.kinds()]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a quote that can be unfolded."""

    runs: tuple[TextRun, ...]
    is_quote: bool = False
    gap: str = "\n\n"  # between it and the block before

    @classmethod
    def of(cls, *parts: TextRun | str, is_quote: bool = False, gap: str = "\n\n") -> Self:
        """Returns a block of runs and plain texts, without the empty ones and what no UTF-8 holds."""
        runs = (part if isinstance(part, TextRun) else TextRun(part) for part in parts)
        whole = (replace(run, text=run.text.encode("utf-8", "replace").decode()) for run in runs if run.text)
        return cls(tuple(whole), is_quote, gap)

    @property
    def text(self) -> str:
        """The characters of the block."""
        return "".join(run.text for run in self.runs)

    def entities(self, start: int) -> list[MessageEntity]:
        """Returns its entities where it begins at `start`, the outermost first."""
        kind = MessageEntity.EXPANDABLE_BLOCKQUOTE
        entities = [MessageEntity(kind, start, units(self.text))] if self.is_quote else []
        for run in self.runs:
            entities += run.entities(start)
            start += units(run.text)
        return entities

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


def clipped(text: str, most: int) -> str:
    """Returns at most so many characters of a text, whole words of it where it has any."""
    if len(text) <= most:
        return text
    return (text[:most].rpartition(" ")[0] or text[: most - 1]).rstrip(" ,;:–—-") + "…"


def paginate(blocks: Iterable[Block]) -> list[FormattedText]:
    """Returns the messages that together show the blocks: each within the limits, none of white space alone.

    A block that fits into a message stays in one piece where that leaves no message half empty; a longer one is cut
    after a line, a sentence, or a word.
    """
    pages: list[FormattedText] = []
    sheet: list[Block] = []
    for rest in blocks:
        while rest.text.strip():
            head, tail = _fitting(rest, sheet)
            if head is None:
                pages.append(_page(sheet))
                sheet = []
                continue
            if head.runs:
                sheet.append(head)
            rest = tail
    if sheet:
        pages.append(_page(sheet))
    return pages


def _page(sheet: Sequence[Block]) -> FormattedText:
    text, entities = "", []
    for block in sheet:
        text += block.gap if text else ""
        entities += block.entities(units(text))
        text += block.text
    return FormattedText(text, tuple(entities))


def _units(blocks: Iterable[Block]) -> int:
    return sum(units(block.gap + block.text) for block in blocks)


def _fits(blocks: Sequence[Block]) -> bool:
    entities = sum(block.is_quote + sum(len(run.kinds()) for run in block.runs) for block in blocks)
    return entities <= MOST_ENTITIES and _units(blocks) <= MOST_UNITS


def _fitting(block: Block, sheet: list[Block]) -> tuple[Block | None, Block]:
    """Returns what of a block goes onto a sheet, and what is left; None where a new sheet is to be begun."""
    if _fits([*sheet, block]):
        return block, replace(block, runs=())
    if sheet and (_fits([block]) or _units(sheet) > MOST_UNITS // 2):
        return None, block
    most = _most(block, sheet)
    head, tail = block.cut(_border(block.text, most) if most else 0)
    if head.text.strip():
        return head, tail
    # white space alone is no message
    return (None, block) if sheet else (replace(head, runs=()), tail)


def _most(block: Block, sheet: list[Block]) -> int:
    """Returns how many characters of a block fit, by halving: the size grows with the characters."""
    low, high = 0, min(len(block.text), MOST_UNITS)
    while low < high:
        middle = (low + high + 1) // 2
        if _fits([*sheet, block.cut(middle)[0]]):
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
