"""Days of publication as files declare and people write them; never a time of saving."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from index.text.by_language import ByLanguage
from index.text.languages import detect_language

_HEAD_CHARACTERS = 4_000  # hold the lines that may name the day
HEAD_LINES = 12  # where "Publié le 12 mars 2025" is looked for
OPENED_LINES = 2  # where a line that begins with a date in digits, a section or an author behind it, has the article's
DATE_LINES = 5  # where a line that is nothing but a date is the article's
HEAD_LINE_CHARACTERS = 120  # a longer line is prose, and its dates are the events'


def read_date(written: str) -> date | None:
    """Returns the day an ISO 8601 date or date and time begins with, as written, in its own time zone."""
    match = re.match(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", written)
    return _day(match[1], match[2], match[3]) if match else None


def declared_date(written: str, language: str = "") -> date | None:
    """Returns the day of a value that is a date: ISO 8601, else as in mail or as people write it.

    Args:
        written: the value.
        language: of the text; in digits English may put the month first, others put the day ("12/03/2025").
    """
    if day := read_date(written):
        return day
    if len(written) > HEAD_LINE_CHARACTERS:
        return None
    days = {_day_of(_LINE.fullmatch(part), language) for part in _parts(_folded(written))}
    return days.pop() if len(days) == 1 else None


def article_date(declared: Iterable[str], body: str, language: str) -> date | None:
    """Returns the day of an article: the first of these values that is a date, else what its first lines name.

    Args:
        declared: values, the surest first.
        body: of the article, from its headline on.
        language: that is declared, "" where its beginning is to tell it; it decides which of 12/03/2025 is the day.
    """
    head = body[:_HEAD_CHARACTERS]
    language = language or detect_language(head)
    days = (declared_date(written, language) for written in declared)
    return next(filter(None, days), None) or head_date(head.split("\n"), language)


def head_date(lines: Iterable[str], language: str = "") -> date | None:
    """Returns the day of publication that the first lines of an article name, "Publié le …" before a bare date.

    Args:
        lines: of the article, from its headline on.
        language: as of `declared_date`.
    """
    bare = None
    for number, line in enumerate(_head(lines)):
        if not _DIGITS.search(line):
            continue
        folded = _folded(line)
        if _is_prose(line):
            found = _DATELINE.match(folded) if number < DATE_LINES else None
            bare = bare or _day_of(found, language)
            continue
        parts = _parts(folded)
        for part in parts:
            if day := _day_of(_LABELLED.search(part), language):
                return day
        if number < OPENED_LINES:
            bare = bare or _day_of(_OPENED.match(folded), language)
        if number < DATE_LINES:
            days = {day for part in parts if (day := _day_of(_LINE.fullmatch(part), language))}
            bare = bare or (days.pop() if len(days) == 1 else None)  # two are an event's first and last
    return bare


def labelled_date(lines: Iterable[str], language: str = "") -> date | None:
    """Returns the one day that is said to be of publication, wherever that stands; None where lines say several."""
    parts = (part for line in lines if not _is_prose(line) and _DIGITS.search(line) for part in _parts(_folded(line)))
    days = {day for part in parts if (day := _day_of(_LABELLED.search(part), language))}
    return days.pop() if len(days) == 1 else None


def address_date(address: str) -> date | None:
    """Returns the day that an address holds: "/2025/03/12/", "-20250312-"; a month alone is none."""
    found = _IN_ADDRESS.search(address)
    month = found and (found[3] or found[5])
    return _day(found[1], str(_MONTHS.get(month, month)), found[4] or found[6]) if found and month else None


def _head(lines: Iterable[str]) -> Iterator[str]:
    filled = (line.strip(_EMPHASIS) for line in lines if line.strip(_EMPHASIS))
    return islice(filled, HEAD_LINES)


def _is_prose(line: str) -> bool:
    return len(line) > HEAD_LINE_CHARACTERS or line.endswith(".")


def _parts(folded: str) -> list[str]:
    """Returns what stands between the bars and dashes of a line, and what all of it is where a name has a dash."""
    return list(dict.fromkeys([folded, *_BETWEEN.split(folded)]))


def _folded(line: str) -> str:
    """Returns a line in lower case without accents: "Publié le 1er août" as "publie le 1er aout"."""
    parts = unicodedata.normalize("NFKD", line.casefold())
    return " ".join("".join(c for c in parts if not unicodedata.combining(c)).split())


_SAID = ByLanguage("published").alternatives()
_MONTHS = {
    name: number
    for table in ("times", "published")
    for key in ("months", "short_months")
    for name, number in ByLanguage(table).places(key).items()
}
_EMPHASIS = " \t*_#>"  # Markdown's, around a line
_BETWEEN = re.compile(rf"\s*[|·•–—]\s*|\s-\s|\s*[,;(]\s*(?=(?:{_SAID['updated']})\b)")
_IN_ADDRESS = re.compile(
    r"(?<!\d)((?:199|20[0-4])\d)(?:([/_-])(\d{1,2}|[a-z]{3})\2(\d{1,2})|(?<=[/_-]\d{4})(\d\d)(\d\d)(?=[/_.-]|$))(?!\d)"
)
_DIGITS = re.compile(r"\d{4}|\d[/.-]\d\d?[/.-]\d\d")
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![a-z])\.?"
_WEEKDAY = rf"(?:(?:{_SAID['weekdays']})\.?,?\s+)?"
_OF = rf"\s+(?:(?:{_SAID['of']})\s+)?"
_DIGITS_ONLY = r"(?P<d4>\d{1,2})(?P<sign>[/.-])\s?(?P<m4>\d{1,2})(?P=sign)\s?(?P<y4>\d{4}|\d\d(?!\d))"
_WRITTEN = (
    rf"(?P<d1>\d{{1,2}})(?:{_SAID['day_ends']})?{_OF}(?P<m1>{_MONTH}),?{_OF}(?P<y1>\d{{4}})"
    rf"|(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:{_SAID['day_ends']})?,?\s+(?P<y2>\d{{4}})"
    r"|(?P<y3>\d{4})(?:-|[年/.]\s?)(?P<m3>\d\d?)(?:-|[月/.]\s?)(?P<d3>\d\d?)日?"
    rf"|{_DIGITS_ONLY}"
)
_OCLOCK = rf"(?:{_SAID['clock']})"
_CLOCK = (
    rf"(?: |{_SAID['at']})*\d{{1,2}}"
    rf"(?:\s?[.:h](?:\s?\d\d)?(?::\d\d(?:\.\d+)?)?|(?= {_OCLOCK}))\s?(?:[ap]\.?m\.?)?(?:\s{_OCLOCK})?"
)
_ZONE = r"\(?(?:[a-z]{1,4}|[+-]\d\d:?\d\d)?\)?"
_TIME = rf"(?:[\s,|·–—t-]{{1,4}}{_CLOCK}\s?{_ZONE})?"
_NAME = r"[^.!?\d]{2,60}?"
_LINE = re.compile(
    rf"\s*(?:(?:{_SAID['by']})\s{_NAME}[\s,|·•–—-]+)?(?:[^\W\d]{{2,30}},\s+(?=(?:{_SAID['day_first']})\s))?"
    rf"(?:(?:{_SAID['the_day']})\s+)?"
    rf"{_WEEKDAY}(?:{_WRITTEN}){_TIME}\s*"
)
_LABELLED = re.compile(
    rf"(?:^|\(|^(?:article|(?:{_SAID['by']})\s{_NAME})[\s,])\s*(?:{_SAID['labels']})\s*"
    rf"(?:{_CLOCK}\s?{_ZONE}[\s,]+)?(?:(?:{_SAID['the_day']})\s+)?{_WEEKDAY}(?:{_WRITTEN})(?!\d)"
)
# "Lorbec, 12 mars 2025 (AFP) — La rivière …"
_DATELINE = re.compile(
    rf"[^\W\d][^.!?:;\d]{{1,40}}?,?\s\(?(?:(?:{_SAID['the_day']})\s+)?{_WEEKDAY}(?:{_WRITTEN})"
    r"(?:\)[.:]?|(?:\s?\([^()]{2,30}\))?\s?[–—-]{1,2})\s"
)
_OPENED = re.compile(rf"(?:{_DIGITS_ONLY})(?![\d.:/-])")


def _day_of(match: re.Match[str] | None, language: str) -> date | None:
    groups = match.groupdict() if match else {}
    for form in "123":
        if year := groups.get(f"y{form}"):
            month = groups[f"m{form}"].rstrip(".")
            return _day(year, str(_MONTHS.get(month, month)), groups[f"d{form}"])
    if not groups.get("y4"):
        return None
    day, month, year = groups["d4"], groups["m4"], groups["y4"].rjust(4, "0").replace("00", "20", 1)
    if groups["sign"] == "." or (language and language != "en") or _says_the_day(match):
        return _day(year, month, day)
    # English writes both, and what language it is may not be known
    return None if int(day) <= 12 and int(month) <= 12 else _day(year, month, day) or _day(year, day, month)


def _says_the_day(match: re.Match[str] | None) -> bool:
    """Whether a word before digits tells that the day comes first: "le 12/03/2025"."""
    return match is not None and _DAY_FIRST.search(match.string[: match.start("d4")]) is not None


_DAY_FIRST = re.compile(rf"\b(?:{_SAID['day_first']})\s+{_WEEKDAY}$")


def _day(year: str, month: str, day: str) -> date | None:
    try:
        # Calibre writes the year 101 where it does not know
        return None if int(year) < 1000 else date(int(year), int(month), int(day))
    except ValueError:
        return None
