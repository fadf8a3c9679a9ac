"""What the readers of exports share: entries with keys of their own, days within a line, text of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import combinations
from typing import Any

from index.reading.content import ArticleError, Content, FileEntry, clean_line, clean_text
from index.reading.html import block_lines, parse_html
from index.text.dates import declared_date

MOST_ARTICLES = 20_000  # of one file
KEY_CHARACTERS = 200
_MOST_PIECES = 12  # of a line, among which a day is looked for
_TAG = re.compile(r"</?(?:p|br|div|a|h\d|ul|ol|li|span|strong|em|b|i|blockquote|figure)\b[^<>]*>", re.IGNORECASE)


def entries_of(found: Iterable[tuple[str, Content | ArticleError]]) -> list[FileEntry]:
    """Returns articles under keys of their own: the given ones, the second of a name with a number after it.

    Raises:
        ArticleError: more than `MOST_ARTICLES`.
    """
    entries: list[FileEntry] = []
    times: dict[str, int] = {}
    for number, (given, content) in enumerate(found, 1):
        if number > MOST_ARTICLES:
            raise ArticleError(f"more than {MOST_ARTICLES:,} articles in a file, at most that wanted; split it")
        key = clean_line(given)[:KEY_CHARACTERS] or str(number)
        times[key] = times.get(key, 0) + 1
        entries.append(FileEntry(key if times[key] == 1 else f"{key}-{times[key]}", content))
    return entries


def day_within(line: str) -> date | None:
    """Returns the day that a line names among other things, apart by commas: "Région, lundi 3 février 2025, p. 4"."""
    pieces = [piece.strip() for piece in re.split(r"[,;|]", clean_line(line)[:500])][:_MOST_PIECES]
    spans = sorted(combinations(range(len(pieces) + 1), 2), key=lambda span: span[0] - span[1])
    parts = (", ".join(pieces[first:last]) for first, last in spans if last - first <= 3)
    # "March 12, 2025 Wednesday"
    days = (declared_date(part) or declared_date(part.rpartition(" ")[0]) for part in parts)
    return next(filter(None, days), None)


def excerpt(text: str) -> str:
    """Returns the beginning of a text as an error may show it."""
    return "".join(filter(str.isprintable, clean_line(text)))[:80]


def lines_of(root: Any) -> str:  # noqa: ANN401  lxml has no types
    """Returns the words of an element, a block a line."""
    return clean_text("\n".join(block_lines(root)))


def unmarked(written: str) -> str:
    """Returns a text, of which HTML is made words, a block a line."""
    if not _TAG.search(written):
        return clean_text(written)
    try:
        return lines_of(parse_html(f"<body>{written}</body>"))
    except ArticleError:
        return clean_text(written)
