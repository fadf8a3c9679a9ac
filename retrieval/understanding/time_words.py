"""The words and patterns by which French and English name a time; all folded. Patterns are in `times.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from index.text.by_language import read_tables

TABLES = read_tables(Path(__file__).with_name("times.toml"))
_WORDS = TABLES[""]


def _numbered(*rows: str) -> dict[str, int]:
    return {word: number for row in rows for number, word in enumerate(row.split(), 1) if word != "-"}


_FR_MONTHS = _numbered("janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre")
_EN_MONTHS = _numbered("january february march april may june july august september october november december")
_SHORT = _numbered("jan fev mar avr - jun jul aug sept oct nov dec", "janv fevr - apr - - juil - sep", "- feb")
_FR_DAYS = _numbered("lundi mardi mercredi jeudi vendredi samedi dimanche")
_EN_DAYS = _numbered("monday tuesday wednesday thursday friday saturday sunday")
_FR_SEASONS = _numbered("hiver printemps ete automne")
_EN_SEASONS = _numbered("winter spring summer autumn", "- - - fall")
_PARTS = _numbered("debut mi fin", "early mid late", "beginning middle end", "start milieu")
_ORDINALS = _numbered(
    "premier deuxieme troisieme quatrieme", "1er 2eme 3eme 4eme", "- second - dernier", "- 2e 3e 4e",
    "first second third fourth", "1st 2nd 3rd 4th", "- - - last", "q1 q2 q3 q4", "t1 t2 t3 t4",
)  # fmt: skip
ORDER = _SHORT | _FR_MONTHS | _EN_MONTHS | _FR_DAYS | _EN_DAYS | _FR_SEASONS | _EN_SEASONS | _PARTS | _ORDINALS
COUNTS = _numbered(
    "une deux trois quatre cinq six sept huit neuf dix onze douze - - quinze", "un couple", "an", "a",
    "one two three four five six seven eight nine ten eleven twelve",
)  # fmt: skip
TIME_UNITS = {
    "day": "jours?|days?", "hour": "heures?|hours?", "weekend": "week[- ]?end", "week": "semaines?|weeks?",
    "month": "mois|months?", "quarter": "trimestre|quarter", "year": "annees?|ans?|years?",
}  # fmt: skip


def _group(name: str, *tables: Iterable[str]) -> str:
    return rf"(?P<{name}>{'|'.join(chain(*tables))})\b"


# What <TERM> stands for in a pattern, beside what times.toml tells of itself.
_TERMS = {
    "MONTH": _group("month", _FR_MONTHS, _EN_MONTHS),
    "SHORT": _group("month", _FR_MONTHS, _EN_MONTHS, _SHORT) + r"\.?",
    "EN_MONTH": _group("month", _EN_MONTHS, _SHORT) + r"\.?",
    "WEEKDAY": _group("weekday", _FR_DAYS, _EN_DAYS),
    "FR_DAY": _group("weekday", _FR_DAYS),
    "EN_DAY": _group("weekday", _EN_DAYS),
    "SEASON": _group("season", _FR_SEASONS, _EN_SEASONS),
    "EN_SEASON": _group("season", _EN_SEASONS),
    "ORDINAL": _group("ordinal", _ORDINALS),
    "PART": f"(?:a la |au |en |at the )?{_group('part', _PARTS)}[ -](?:d'|de |du |of |in )?{_WORDS['OF']}?",
    "UNIT": _group("unit", TIME_UNITS.values()),
    "COUNT": "(?:a )?" + _group("count", [r"\d{1,3}", "quelques", "plusieurs", "few", "several"], COUNTS) + "(?: of)?",
}


def expanded(pattern: str) -> str:
    """Returns a pattern with every <TERM> in it replaced by what it stands for."""
    return re.sub("<([A-Z_]+)>", lambda term: _TERMS[term[1]], pattern)


OPENER, RANGE_TO = re.compile(_WORDS["opener"]), re.compile(_WORDS["range_to"])
ONWARDS, NO_TIME = re.compile(_WORDS["onwards"]), re.compile(_WORDS["no_time"])
FEW = {"day": 7, "hour": 24, "weekend": 1, "week": 4, "month": 3, "quarter": 2, "year": 5}  # "ces dernières années"
AGO = {"today": (0, 0), "yesterday": (1, 1), "eve": (2, 2), "week": (7, 0), "lately": (30, 0)}
