"""Days of publication as files declare and people write them; never a time of saving."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from index.text.by_language import ByLanguage

HEAD_LINES = 12  # where "Publié le 12 mars 2025" is looked for
DATE_LINES = 5  # where a line that is nothing but a date is the article's
HEAD_LINE_CHARACTERS = 120  # a longer line is prose, and its dates are the events'


def read_date(written: str) -> date | None:
    """Returns the day an ISO 8601 date or date and time begins with, as written, in its own time zone."""
    match = re.match(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", written)
    return _day(match[1], match[2], match[3]) if match else None


def declared_date(written: str) -> date | None:
    """Returns the day of a value that is a date: ISO 8601, else as in mail or as people write it."""
    if day := read_date(written):
        return day
    match = _LINE.fullmatch(_folded(written)) if len(written) <= HEAD_LINE_CHARACTERS else None
    return _first_day(match) if match else None


def head_date(lines: Iterable[str]) -> date | None:
    """Returns the day of publication that the first lines of an article name, "Publié le …" before a bare date."""
    bare = None
    for number, line in enumerate(_head(lines)):
        if not _YEAR.search(line):
            continue
        folded = _folded(line)
        if (match := _LABELLED.search(folded)) and (day := _first_day(match)):
            return day
        if number < DATE_LINES and bare is None and (match := _LINE.fullmatch(folded)):
            bare = _first_day(match)
    return bare


def _head(lines: Iterable[str]) -> Iterable[str]:
    left = HEAD_LINES
    for line in lines:
        if not line.strip():
            continue
        if len(line) <= HEAD_LINE_CHARACTERS and not line.rstrip().endswith("."):
            yield line
        else:
            yield ""
        left -= 1
        if not left:
            return


def _folded(line: str) -> str:
    """Returns a line in lower case without accents: "Publié le 1er août" as "publie le 1er aout"."""
    parts = unicodedata.normalize("NFKD", line.casefold())
    return " ".join("".join(c for c in parts if not unicodedata.combining(c)).split())


_SAID = ByLanguage("published").alternatives()
_MONTHS = {
    name: number for key in ("months", "short_months") for name, number in ByLanguage("times").places(key).items()
}
_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})(?![a-z])\.?"
_WEEKDAY = rf"(?:(?:{_SAID['weekdays']})\.?,?\s+)?"
_OF = rf"\s+(?:(?:{_SAID['of']})\s+)?"
_WRITTEN = (
    rf"(?P<d1>\d{{1,2}})(?:{_SAID['day_ends']})?{_OF}(?P<m1>{_MONTH}),?{_OF}(?P<y1>\d{{4}})"
    rf"|(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:{_SAID['day_ends']})?,?\s+(?P<y2>\d{{4}})"
    r"|(?P<y3>\d{4})-(?P<m3>\d\d)-(?P<d3>\d\d)"
)
_SLASHED = rf"(?:{_SAID['day_first']})\s+(?P<d4>\d{{1,2}})[/.](?P<m4>\d{{1,2}})[/.](?P<y4>\d{{4}})"
_CLOCK = rf"(?: |{_SAID['at']})*"
_CLOCK += r"\d{1,2}\s?[:h](?:\s?\d\d)?(?::\d\d(?:\.\d+)?)?\s?(?:[ap]\.?m\.?)?"
_ZONE = r"\(?(?:[a-z]{1,4}|[+-]\d\d:?\d\d)?\)?"
_TIME = rf"(?:[\s,|·–—t-]{{1,4}}{_CLOCK}\s?{_ZONE})?"
_NAME = r"[^.!?\d]{2,60}?"
_LINE = re.compile(
    rf"\s*(?:(?:{_SAID['by']})\s{_NAME}[\s,|·•–—-]+)?(?:[^\W\d]{{2,30}},\s+(?=(?:{_SAID['day_first']})\s))?"
    rf"(?:(?:{_SAID['the_day']})\s+)?"
    rf"{_WEEKDAY}(?:{_WRITTEN}){_TIME}\s*"
)
_BEFORE = rf"(?:^|[|·•(–—]|^(?:article|(?:{_SAID['by']})\s{_NAME})[\s,])"
_LABELLED = re.compile(
    rf"{_BEFORE}\s*(?:{_SAID['labels']})\s*"
    rf"(?:{_SLASHED}|(?:(?:{_SAID['the_day']})\s+)?{_WEEKDAY}(?:{_WRITTEN}))(?!\d)"
)


def _first_day(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    for form in "1234":
        if year := groups.get(f"y{form}"):
            month = groups[f"m{form}"].rstrip(".")
            return _day(year, str(_MONTHS.get(month, month)), groups[f"d{form}"])
    return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        # Calibre writes the year 101 where it does not know
        return None if int(year) < 1000 else date(int(year), int(month), int(day))
    except ValueError:
        return None
