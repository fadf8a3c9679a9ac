"""The time that a question speaks of: "la semaine dernière", "in March 2024" as first and last day."""

# Own rules: the search of dateparser takes "May I" and "49 ans" for dates and misses "la semaine dernière" and spans.

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from index.text.folding import fold_with_places
from index.text.languages import detect_language
from retrieval.understanding.time_words import AGO, COUNTS, FEW, ORDER, TIME_UNITS, TIMES, time_words


@dataclass(frozen=True, slots=True)
class Window:
    """The days that a phrase of a question means, both ends included; the phrase is `question[start:end]`."""

    first: date
    last: date
    start: int
    end: int
    recent: bool  # counted from today ("hier", "depuis lundi", "last month"), not a date of the calendar


class _Span(NamedTuple):
    first: date
    last: date
    recent: bool = False


_Said: TypeAlias = defaultdict[str, str]  # the named groups of a match; "" for one that is not there
_MONTHS_IN = {"month": 1, "trimester": 3, "year": 12}
_DAYS_IN = {"day": 1, "week": 7, "weekend": 2}  # two days before a Sunday is in the weekend before it


def _month(number: int) -> date:
    """The first day of a month, months counted from the year 0."""
    return date(number // 12, number % 12 + 1, 1)


def _period(unit: str, day: date) -> tuple[date, date]:
    """The day, week, month, quarter or year that `day` is in, or the weekend that has begun last."""
    if unit in _MONTHS_IN:
        start = day.year * 12 + day.month - 1
        start -= start % _MONTHS_IN[unit]
        return _month(start), _month(start + _MONTHS_IN[unit]) - timedelta(1)
    first = day - timedelta({"week": day.weekday(), "weekend": (day.weekday() + 2) % 7}.get(unit, 0))
    return first, first + timedelta(_DAYS_IN.get(unit, 1) - 1)


def _back(day: date, count: int, unit: str) -> date:
    if unit not in _MONTHS_IN:
        return day - timedelta(-(-count // 24) if unit == "hour" else count * _DAYS_IN[unit])
    first, last = _period("month", _month(day.year * 12 + day.month - 1 - count * _MONTHS_IN[unit]))
    return min(first + timedelta(day.day - 1), last)


def _near(said: _Said, today: date) -> _Span:
    first, last = next(days for name, days in AGO.items() if said[name])
    return _Span(today - timedelta(first), today - timedelta(last), recent=True)


def _counted(said: _Said, today: date) -> _Span:
    """A unit: this one, the one before, the one that was some ago, or the last few up to today."""
    unit = next(unit for unit, words in TIME_UNITS.items() if re.fullmatch(words, said["unit"]))
    word = said["count"] or said["later"]
    count = int(word) if word.isdecimal() else COUNTS.get(word, 1 if said["one"] else 0)
    if said["ago"] and unit == "day" and count in (8, 15):  # "huit jours", "quinze jours"
        unit, count = "week", count // 7
    if said["this"] or said["previous"] or (said["ago"] and count and unit != "hour"):
        first, last = _period(unit, _back(today, 0 if said["this"] else count or 1, unit))
        return _Span(first, min(last, today), recent=True)
    return _Span(_back(today, count or FEW[unit], unit), today, recent=True)


def _in_year(said: _Said, year: int) -> tuple[date, date]:
    """What the words mean in that year: a day, a month, a season, a quarter, a half, a third of one, all of it."""
    start, months = year * 12, 12
    if said["month"]:
        start, months = start + (ORDER.get(said["month"]) or int(said["month"])) - 1, 1
    elif said["season"]:
        start, months = start + 3 * ORDER[said["season"]] - 4, 3  # winter begins in the December before
    elif said["ordinal"]:
        months = 6 if said["half"] else 3
        start += min(ORDER[said["ordinal"]] * months, 12) - months
    first, last = _month(start), _month(start + months) - timedelta(1)
    if said["day"]:
        day = int(said["day"].replace("premier", "1"))
        first, last = first.replace(day=day), first.replace(day=int(said["to_day"] or day))
    elif said["part"] and months == 1:
        days = {1: (1, 10), 2: (11, 20), 3: (21, last.day)}[ORDER[said["part"]]]
        first, last = first.replace(day=days[0]), first.replace(day=days[1])
    elif said["part"]:
        start += 4 * ORDER[said["part"]] - 4
        first, last = _month(start), _month(start + 4) - timedelta(1)
    return first, last


def _yearly(said: _Said, today: date) -> _Span:
    """In the year that is written, else the latest that has begun ("dernier": that is over)."""
    if said["to"]:  # "2019-2020", "2019-20"
        end = int(said["year"][: -len(said["to"])] + said["to"])
        return _Span(date(int(said["year"]), 1, 1), date(end, 12, 31))
    if said["last_year"] or said["this_year"]:
        first, last = _in_year(said, today.year - bool(said["last_year"]))
        return _Span(first, min(last, today), recent=True)
    if said["year"]:
        return _Span(*_in_year(said, int(said["year"])))
    for year in range(today.year + 1, today.year - 9, -1):  # a 29 February may be eight years ago
        try:
            first, last = _in_year(said, year)
        except ValueError:
            continue
        if last < today if said["previous"] else first <= today:
            if said["this"] and (today - first).days > 270:  # "cet été" in spring is the one to come
                break
            return _Span(first, min(last, today), bool(said["previous"] or said["this"]))
    raise ValueError(said)


def _weekday(said: _Said, today: date) -> _Span:
    ago = (today.weekday() + 1 - ORDER[said["weekday"]]) % 7
    day = today - timedelta(ago or (7 if said["previous"] else 0))
    return _Span(day, day, recent=True)


_Reader: TypeAlias = Callable[[_Said, date], _Span]
_READERS: dict[str, _Reader] = {"yearly": _yearly, "near": _near, "counted": _counted, "weekday": _weekday}


_TOGETHER = ("fr", "en")  # few words do not tell which of the two they are
_HIER_IS_A_PLACE = ("de", "nl")
_LONGEST = 4_000  # characters of a question; a longer one tells a story, and Telegram sends no longer one
_BOUNDS = frozenset({"since", "after", "before", "until"})


class _Phrase(NamedTuple):
    match: re.Match[str]
    reader: _Reader
    bare: bool

    def span(self, today: date) -> _Span:
        return self.reader(defaultdict(str, self.match.groupdict("")), today)


_PLAIN = {**dict.fromkeys(map(ord, "‐‑‒–—"), "-"), **dict.fromkeys(map(ord, "‘`´"), "'")}  # as people type them


def _read(question: str, no_time: re.Pattern[str]) -> tuple[str, list[int]]:
    """The folded question with single spaces, and where each of its characters comes from; the end comes last."""
    plain = no_time.sub(lambda match: "_" * len(match[0]), question).translate(_PLAIN)
    folded, places = fold_with_places(plain, squeezed=True)
    return folded, [*places, len(question)]


def _second(phrase: _Phrase, phrases: list[_Phrase], kind: str, range_to: re.Pattern[str]) -> _Phrase | None:
    """The other end of a range: "janvier" -> "mars 2024" in "entre janvier et mars 2024"."""
    match, to = phrase.match, range_to.match(phrase.match.string, phrase.match.end())
    if not to or (kind not in ("between", "of") and match[0][:3] not in ("en ", "in ")):
        return None
    if kind == "of" and phrase.reader is _weekday:  # "du lundi au vendredi" is every week
        return None
    return next((p for p in phrases if match.end() < p.match.start() <= to.end()), None)


def _meaning(phrase: _Phrase, second: _Phrase | None, kind: str, today: date) -> _Span:
    """What a phrase means with "depuis", "après", "avant" or "jusqu’à" before it, or with the other end of a range."""
    if second:  # read from its end: "du 28 décembre au 3 janvier" is one winter
        end = second.span(today)
        return _Span(phrase.span(today if phrase.reader in (_near, _counted) else end.last).first, end.last, end.recent)
    span, dated = phrase.span(today), re.search(r"\d{4}", phrase.match[0]) is not None
    if kind in ("since", "after"):
        first = span.first if kind == "since" else span.last + timedelta(1)
        if first > today and not dated:
            raise ValueError(first)
        return _Span(first, today if first <= today else date.max, span.recent)
    if kind in ("until", "before"):
        last = span.last if kind == "until" else span.first - timedelta(1)
        if last >= today or not (dated or span.recent or span.first.year == today.year):
            raise ValueError(last)  # until now is no limit; "avant décembre", asked in January, is to come
        return _Span(date.min, last, span.recent)
    return span


@lru_cache(maxsize=64)  # a question is looked at for its time wherever a step needs it
def find_window(question: str, today: date) -> Window | None:
    """Returns the first phrase of time in a question as days; None where there is none.

    What no language file tells is read as French and English.

    Weeks begin on Monday, seasons with a month. A phrase without a year means the latest such time that has begun;
    what is not over ends today. "Il y a deux mois" is all of that month. A date that does not exist is None.

    Args:
        question: as typed; accents, apostrophes and capitals do not matter.
        today: the day from which "hier" is counted.
    """
    question = question[:_LONGEST]
    language = detect_language(question, _TOGETHER)
    if language in _HIER_IS_A_PLACE:
        return None
    words = time_words(_TOGETHER if language in _TOGETHER or language not in TIMES else (language,))
    text, places = _read(question, words.no_time)
    matches = [_Phrase(match, _READERS[kind], bare) for p, kind, bare in words.lines for match in p.finditer(text)]
    phrases = sorted(matches, key=lambda phrase: (phrase.match.start(), -phrase.match.end()))
    read = 0
    for phrase in phrases:
        start, end = phrase.match.span()
        if start < read:
            continue
        opener = words.opener.search(text, max(read, start - 40), start)
        start = opener.start() if opener else start
        kind = (opener and opener.lastgroup) or ""
        if second := _second(phrase, phrases, kind, words.range_to):
            end = second.match.end()
        elif kind == "of" and (onwards := words.onwards.match(text, end)):
            kind, end = "since", onwards.end()
        if phrase.bare and not second and kind not in _BOUNDS:
            continue
        with suppress(ValueError, OverflowError):  # no such day
            first, last, recent = _meaning(phrase, second, kind, today)
            if first <= last:
                return Window(first, last, places[start], max(places[end - 1] + 1, places[end]), recent)
        read = end
    return None
