"""From the lines of printed pages to paragraphs: running heads removed, lines joined, words made whole again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import median

from index.text.dates import head_date
from index.text.function_words import KNOWN

EDGE_LINES = 3  # at the top and at the bottom of a page, where running heads are looked for
PAGES_FOR_A_HEAD = 3  # on which a line must be repeated; two may be chance
HEADLINE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; lengths in points, from the lower left corner of the page."""

    text: str
    x: float  # where it begins
    y: float  # its base line
    size: float  # height of most of its letters


def headline(pages: list[list[Line]]) -> str:
    """Returns the largest line of the first page with those that go on in its size; "" where none stands out."""
    lines = [line for line in pages[0] if any(map(str.isalpha, line.text))] if pages else []
    if len(lines) < 2:
        return ""
    usual, largest = median(line.size for line in lines), max(line.size for line in lines)
    if largest < usual * 1.15:
        return ""
    first = next(i for i, line in enumerate(lines) if line.size == largest)
    title = lines[first].text
    for line in lines[first + 1 :]:
        if line.size != largest:
            break
        title = _joined(title, line.text, frozenset())
    return title if len(title) <= HEADLINE_CHARACTERS else ""


def paragraphs(pages: list[list[Line]]) -> list[str]:
    """Returns the paragraphs of all pages in order, without running heads and page numbers, words whole."""
    kept = without_running_heads(pages)
    whole_words = frozenset(word[0].casefold() for page in kept for line in page for word in _WORD.finditer(line.text))
    gap = _usual_gap(kept)
    made: list[str] = []
    before: Line | None = None
    longest = 0
    for page in kept:
        for number, line in enumerate(page):
            if before is not None and _goes_on(before, line, gap, new_page=number == 0, longest=longest):
                made[-1] = _joined(made[-1], line.text, whole_words)
                longest = max(longest, len(line.text))
            else:
                made.append(line.text)
                longest = len(line.text)
            before = line
    return made


# Running heads ----------------------------------------------------------------------------------------------


def without_running_heads(pages: list[list[Line]]) -> list[list[Line]]:
    """Returns the pages without the lines at their edges that repeat in place, and without their numbers."""
    tops = [sorted(page, key=lambda line: -line.y)[:EDGE_LINES] for page in pages]
    bottoms = [sorted(page, key=lambda line: line.y)[:EDGE_LINES] for page in pages]
    edges = [top + bottom for top, bottom in zip(tops, bottoms, strict=True)]
    repeated = Counter(mark for edge in edges for mark in {_mark(line) for line in edge})
    wanted = max(PAGES_FOR_A_HEAD, len(pages) // 4)  # left and right pages, and chapters, have heads of their own
    first, title = _first_number(edges), headline(pages)
    kept = []
    for number, page in enumerate(pages):
        printed = _printed(tops[number], bottoms[number], title)

        def is_head(line: Line, number: int = number, printed: frozenset[Line] = printed) -> bool:
            return line in printed or repeated[_mark(line)] >= wanted or _number(line) == number + first

        # from the edge inwards: within the text, what repeats is text
        gone = {*printed, *takewhile(is_head, tops[number]), *takewhile(is_head, bottoms[number])}
        kept.append([line for line in page if line not in gone])
    return kept


# "https://journal.example/crue 1/2", "12/03/2025 18:42 Crue à Lorbec | Le Journal"
_PRINTED_FOOT = re.compile(r"(?:https?://|file:///)\S*(?: \d{1,4}/\d{1,4})?")
_PRINTED_HEAD = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},? \d{1,2}:\d\d(?: ?[AP]M)?(?: .*)?")


def _printed(top: list[Line], bottom: list[Line], title: str) -> frozenset[Line]:
    """Returns the lines that a browser prints at the head and foot of a sheet: time and title, address and number."""
    foot = [line for line in bottom[:2] if _PRINTED_FOOT.fullmatch(line.text)]
    heads = [line for line in top if _PRINTED_HEAD.fullmatch(line.text)]
    if not (foot and heads):
        return frozenset()
    titles = [line for line in top if title and line.text != title and line.text.startswith(title)]
    return frozenset([*foot, *heads, *titles])


def _mark(line: Line) -> tuple[str, int]:
    """Returns what running heads have in common: their words, whatever the page's number, and their height."""
    return re.sub(r"\d+", "#", line.text).casefold(), round(line.y / 3)


_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p\.|seite|página)?\s*(\d{1,4})\s*(?:(?:/|sur|of|de|von)\s*\d{1,4})?\W*", re.IGNORECASE
)


def _number(line: Line) -> int:
    match = _PAGE_NUMBER.fullmatch(line.text)
    return int(match[1]) if match else -1


def _first_number(edges: list[list[Line]]) -> int:
    """Returns the number of the first page, as most pages have it; of a single page only 1 is sure."""
    firsts = Counter(_number(line) - number for number, edge in enumerate(edges) for line in edge if _number(line) >= 0)
    first, times = firsts.most_common(1)[0] if firsts else (1, 0)
    return first if times > 1 else 1


# Paragraphs -------------------------------------------------------------------------------------------------

_ENDS = re.compile(r"[.!?…:;»”\"'’)\]]\s*$")
_ITEM = re.compile(r"(?:[•·▪‣◦–—*-]|\d{1,2}[.)]|[a-z]\))\s")


def _usual_gap(pages: list[list[Line]]) -> float:
    """Returns how far the lines of a paragraph are apart, as a share of their size."""
    shares = Counter(
        round((one.y - two.y) / two.size, 1)
        for page in pages
        for one, two in pairwise(page)
        if two.size and 0.8 <= (one.y - two.y) / two.size <= 2.5
    )
    if not shares:
        return 1.2
    # where paragraphs are short, the space between them may be as frequent: the smaller of the frequent ones
    most = max(shares.values())
    return min(share for share, times in shares.items() if times * 2 >= most)


def _goes_on(before: Line, line: Line, gap: float, *, new_page: bool, longest: int) -> bool:
    """Whether a line belongs to the paragraph of the one before it."""
    size = line.size or 1.0
    if _ITEM.match(line.text) or abs(before.size - line.size) > size * 0.1:
        return False
    if head_date([before.text]):  # "Publié le 12 mars 2025" is a line of its own
        return False
    down = (before.y - line.y) / size
    if new_page or down < 0:  # another page or column
        return not _ENDS.search(before.text) or _HYPHEN.search(before.text) is not None
    if abs(down) < 0.3:  # beside it: a cell of a table, or the file tells no place
        return not _ENDS.search(before.text)
    if down > gap * 1.3 + 0.05:
        return False
    indented = line.x - before.x > size * 0.7
    short = len(before.text) < longest * 0.6
    return not (_ENDS.search(before.text) and (indented or short))


# Words ------------------------------------------------------------------------------------------------------

_HYPHEN = re.compile(r"(?<=[^\W_])[-\u2010\u00ad]$")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
# "vice-\nprésident", "est-\nil", "celui-\nci": such a hyphen is the word's own
_FIRST, _LAST = KNOWN.all_words("compound_first"), KNOWN.all_words("compound_last")


def _joined(text: str, more: str, whole_words: frozenset[str]) -> str:
    """Returns two lines as one; a word that was cut at the end of the first is whole again."""
    if not _HYPHEN.search(text):
        return f"{text} {more}"
    stem, mark = text[:-1], text[-1]
    head = re.search(rf"{_WORD.pattern}$", stem)
    tail = _WORD.match(more)
    if mark == "\u00ad":
        return stem + more
    if head is None or tail is None or not tail[0][0].islower():
        return text + more  # "Saint-Denis", "2024-2025"
    together, apart = (head[0] + tail[0]).casefold(), f"{head[0]}-{tail[0]}".casefold()
    own = tail[0].partition("-")[0].casefold() in _LAST or head[0].rpartition("-")[2].casefold() in _FIRST
    keep = apart in whole_words or (own and together not in whole_words)
    return text + more if keep else stem + more
