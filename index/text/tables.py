"""Rows of tables and items of lists, told as a sentence: "Senior — Entrée : 4,60 € — Carte de 10 : 41 €"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, takewhile

from index.text.function_words import KNOWN

_BAR = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"[\s|:+=-]*-[\s|:+=-]*")  # between head and rows
_SIGN = re.compile(r"(?:[-*+•·◦▪‣–—]|\d{1,3}[.)])[ \t]+(?=\S)")  # that an item begins with
_SURELY_ITEM = re.compile(r"[-*+•·◦▪‣–—][ \t]+[^\W\d]")  # "- 3 % en un an" may be a figure, "1. FC Köln" a name
_EMPHASIS = re.compile(r"(\*{1,3}|_{1,3})(.+)\1")
_BETWEEN = " — "  # cells
_DIGIT = re.compile(r"\d")


def written_out(text: str, start: int, end: int, language: str) -> str:
    """Returns what stands there as a sentence tells it: a row by the heads of its table, an item without its sign.

    Args:
        text: of an article, or of a passage of it; a head that is not in it is not told.
        start: of the row, the item, or any other sentence.
        end: of it.
        language: of the article.
    """
    table = _Table.around(text, start, end)
    if table is None:
        return _without_sign(text, start, end)
    names, parts = table.names(), list[str]()
    for column, (opens, closes) in enumerate(_cells(table.row)):
        words = text[max(start, table.offset + opens) : min(end, table.offset + closes)].strip()
        name = names[column] if 0 < column < len(names) else ""  # what the rows are is seen by the first cell
        if words:
            parts.append(_named(name, _plain(words), language))
    if not names and len(parts) == 2:
        return _named(parts[0], parts[1], language)
    return _BETWEEN.join(parts)


def is_head(text: str, start: int, end: int) -> bool:
    """Whether these offsets are the head of a table or the rule below it, which say nothing by themselves."""
    table = _Table.around(text, start, end)
    return table is not None and (table.at == table.head() or _RULE.fullmatch(table.row) is not None)


def rows_begin(text: str, start: int, end: int) -> int | None:
    """Returns where the table or the list begins in which these offsets are a row or an item; None where in none."""
    table = _Table.around(text, start, end)
    if table is not None:
        return table.offset - sum(len(row) + 1 for row in table.rows[: table.at])
    offset, line = _line(text, start, end)
    if not _SIGN.match(line):
        return None
    above = takewhile(_SIGN.match, reversed(text[:offset].split("\n")[:-1]))
    return offset - sum(len(item) + 1 for item in above)


def tells(sentence: str, quote: str) -> bool:
    """Whether a sentence is its quote, at most written out: who reads it need not read the quote as well."""
    sign = _SIGN.match(quote)
    if sentence in (quote, quote[sign.end() :] if sign else quote):
        return True
    cells = [words for opens, closes in _cells(quote) if (words := _plain(quote[opens:closes].strip()))]
    between = rf"(?:{_BETWEEN}(?:[^—:：]*[^—:：\s]\s?[:：] ?)?|\s?[:：] ?)"
    return len(cells) > 1 and re.fullmatch(between.join(map(re.escape, cells)), sentence) is not None


@dataclass(frozen=True, slots=True)
class _Table:
    """The lines of a table, and the one that is asked about."""

    rows: list[str]
    at: int
    offset: int  # of that line in the text

    @property
    def row(self) -> str:
        return self.rows[self.at]

    @classmethod
    def around(cls, text: str, start: int, end: int) -> _Table | None:
        """Returns the table that these offsets of one line are in, None where they are in none."""
        offset, line = _line(text, start, end)
        if "\n" in line or not _BAR.search(line):
            return None
        above = list(takewhile(_BAR.search, reversed(text[:offset].split("\n")[:-1])))
        below = list(takewhile(_BAR.search, text[end:].split("\n")[1:]))
        rows = [*reversed(above), line, *below]
        widths = [len(_cells(row)) for row in rows]
        is_table = line.lstrip().startswith("|") or len(set(widths)) < len(widths)  # "Le Courrier | Le pont rouvre"
        return cls(rows, len(above), offset) if is_table else None

    def head(self) -> int | None:
        """Returns the number of the line that names the columns: above a rule, else the first where it alone is words.

        None where no line does.
        """
        rule = next((number for number, row in enumerate(self.rows) if _RULE.fullmatch(row)), None)
        if rule is not None:
            return rule - 1 if rule else None
        first, *others = self.rows
        is_words = bool(others) and not _DIGIT.search(first) and all(map(_DIGIT.search, others))
        return 0 if is_words else None

    def names(self) -> list[str]:
        """Returns the names of the columns; none where the row has not as many cells."""
        head = self.head()
        if head is None or head >= self.at:
            return []
        row = self.rows[head]
        names = [_plain(row[opens:closes].strip()) for opens, closes in _cells(row)]
        return names if len(names) == len(_cells(self.row)) else []


def _line(text: str, start: int, end: int) -> tuple[int, str]:
    """Returns where the line of these offsets begins, and the line; several where they are."""
    offset, close = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    return offset, text[offset : close if close >= 0 else len(text)]


def _cells(row: str) -> list[tuple[int, int]]:
    """Returns the offsets of the cells of a row, which has bars at its ends or has not."""
    edges = [-1, *(bar.start() for bar in _BAR.finditer(row)), len(row)]
    spans = [(before + 1, after) for before, after in pairwise(edges)]
    opened, closed = row.lstrip().startswith("|"), len(spans) > 1 and not row[slice(*spans[-1])].strip()
    return spans[opened : len(spans) - closed]


def _plain(cell: str) -> str:
    """Returns the words of a cell that is emphasized as a whole."""
    return found[2] if (found := _EMPHASIS.fullmatch(cell)) else cell


def _named(name: str, words: str, language: str) -> str:
    colon = KNOWN.get(language, {}).get("colon", ": ")
    return f"{name.rstrip(' :')}{colon}{words}" if name else words


def _without_sign(text: str, start: int, end: int) -> str:
    """Returns an item of a list without what it begins with, any other sentence as it is."""
    sentence, (offset, line) = text[start:end], _line(text, start, end)
    sign = _SIGN.match(sentence)
    if not sign or text[offset:start].strip():
        return sentence
    around = [
        text[:offset].rstrip("\n").rpartition("\n")[2],
        text[offset + len(line) :].lstrip("\n").partition("\n")[0],
    ]
    same = re.compile(r"\s*(?:\d{1,3}[.)]|" + re.escape(sign[0].strip()) + r")[ \t]")
    is_item = _SURELY_ITEM.match(sentence) or any(map(same.match, around))
    return sentence[sign.end() :] if is_item else sentence
