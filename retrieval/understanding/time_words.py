"""The words and patterns by which languages name a time; all folded. `times.toml` puts them together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from index.text.by_language import ByLanguage, expanded, read_with

TIMES, _FIGURES = ByLanguage("times"), ByLanguage("figures")
_FRAME = Path(__file__).with_name("times.toml")
FEW = {"day": 7, "hour": 24, "weekend": 1, "week": 4, "month": 3, "trimester": 2, "year": 5}  # "ces dernières années"
AGO = {"today": (0, 0), "yesterday": (1, 1), "eve": (2, 2), "week": (7, 0), "lately": (30, 0)}
_NOTHING = r"(?!)"  # where a language lacks a list
_LISTS = ("months", "short_months", "weekdays", "seasons", "parts", "ordinals")
ORDER = {word: number for key in _LISTS for word, number in TIMES.places(key).items()}
COUNTS = TIMES.places("counts")
TIME_UNITS = {unit: words for unit, words in _FIGURES.alternatives().items() if unit in FEW}


class TimeWords(NamedTuple):
    """How some languages name a time."""

    lines: list[tuple[re.Pattern[str], str, bool]]  # with what reads it; whether it needs "depuis" or "entre" before it
    opener: re.Pattern[str]
    range_to: re.Pattern[str]
    onwards: re.Pattern[str]
    no_time: re.Pattern[str]
    inside: re.Pattern[str]  # before a month or a year


@cache
def time_words(languages: tuple[str, ...]) -> TimeWords:
    """Returns how languages name a time, each understood with the words of the others."""
    tables = read_with(_FRAME, _terms(languages))
    rows = [(kind, row, table == "bare") for table in ("clear", "bare") for kind, row in _rows(tables[table])]
    for language in languages:
        alone = (language,)
        known = {**_terms(alone), **read_with(_FRAME, _terms(alone))[""]}
        rows += [(kind, expanded(row, known), False) for kind, row in _rows(TIMES.within(language, "clear"))]
    patterns = (re.compile(tables[""][key]) for key in ("opener", "range_to", "onwards", "no_time", "IN"))
    return TimeWords([(re.compile(rf"(?<!\w){row}(?!\w)"), kind, bare) for kind, row, bare in rows], *patterns)


def _rows(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((kind, row) for kind, rows in table.items() for row in rows.strip().split("\n"))


def _terms(languages: tuple[str, ...]) -> dict[str, str]:
    """Returns what <KEY> and <key> stand for in a pattern, beside what times.toml tells of itself."""
    told = _FIGURES.alternatives(languages) | TIMES.alternatives(languages)
    months, short = TIMES.places("months", languages), TIMES.places("short_months", languages)
    return told | {
        "MONTH": _group("month", months),
        "SHORT": _group("month", months, short) + r"\.?",
        "WEEKDAY": _group("weekday", TIMES.places("weekdays", languages)),
        "SEASON": _group("season", TIMES.places("seasons", languages)),
        "ORDINAL": _group("ordinal", TIMES.places("ordinals", languages)),
        "PARTS": _group("part", TIMES.places("parts", languages)),
        "UNIT": _group("unit", (told[unit] for unit in FEW if unit in told)),
        "COUNTS": _group("count", [r"\d{1,3}", told.get("few", _NOTHING)], TIMES.places("counts", languages)),
        "NOT_OWN": "".join(TIMES[language].get("NOT_OWN", "") for language in languages),
    }


def _group(name: str, *tables: Iterable[str]) -> str:
    return rf"(?P<{name}>{'|'.join(chain(*tables)) or _NOTHING})\b"
