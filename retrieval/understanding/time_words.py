"""The words and patterns by which French and English name a time; all folded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain


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


# Patterns read folded text with single spaces; <TERM> stands for a line of this table.
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
    "PART": "(?:a la |au |en |at the )?" + _group("part", _PARTS) + "[ -](?:d'|de |du |of |in )?<OF>?",
    "UNIT": _group("unit", TIME_UNITS.values()),
    "CALENDAR": r"(?P<unit>week[- ]?end|semaine|mois|trimestre|annee|an|week|month|quarter|year)\b",
    "COUNT": "(?:a )?" + _group("count", [r"\d{1,3}", "quelques", "plusieurs", "few", "several"], COUNTS) + "(?: of)?",
    "SEP": "[/.-]",
    "DAY": r"(?<![\d.,/-])(?P<day>\d\d?|premier)(?: ?(?:er|st|nd|rd|th|°)(?!\w)|\.)?",
    "DAYS": r"<DAY>(?:<TO>(?:le |the )?(?P<to_day>\d\d?)(?:st|nd|rd|th)?)?",
    "YEAR": r"(?P<year>(?:1\d|20|21)\d\d)(?!\w|'s\b|[.,/-]\d| ?[%€$£°]| <THING>)",
    "WHEN": r"(?:,? (?:de |of )?(?:<OF>?<YEAR>|(?P<last_year>l'an(?:nee)? (?:derniere?|passee?)|last year)\b"
    r"|(?P<this_year>cette annee|this year)\b))",
    "IN": "(?:(?:(?:en|in|during|durant|pendant|courant|throughout) |<OF>)+)",
    "OF": "(?:(?:(?:au |le |du |the )?(?:mois d(?:e |')|month of )|(?:l')?an(?:nee)? |the year ))",
    "TO": "(?: ?- ?| (?:au|a|et|ou|to|and|or|until|till|through|jusqu'(?:a|au|en)) )",
    "LAST": "<NOT_OWN>(?P<previous>last)",
    "DERNIER": r"(?P<previous>derni(?:er|ere)|passee?)\b",
    "SINCE": "(?:(?<=depuis )|(?<=since ))",
    "NOT_NEXT": r"(?! ?'?\d| prochain)",  # "mai 68" is not the last May
    "NOT_OF": r"(?! (?:of|de|du|des)\b| d'|-la\b)",  # "the last week of the war", "cette année-là"
    "NOT_OWN": r"(?<!\bhis )(?<!\b(?:her|its|our|the|une|son) )(?<!\b(?:my|sa|un) )(?<!\b(?:your|leur) )(?<!\btheir )",
    "NOT_EACH": r"(?<!\b(?:le|du|un|au|de|et|ou) )(?<!\b(?:les|des|the|est) )(?<!\ba )(?<!\bchaque )",
    "THING": r"(?:ans|annees?|mois|semaines|jours|heures|minutes|secondes|fois|personnes|habitants|hommes|femmes|morts"
    r"|enfants|blesses|soldats|emplois|salaries|postes|euros|dollars|francs|km|kilometres|metres|m|tonnes|degres|points"
    r"|exemplaires|mots|pages|years?|months|weeks|days|hours|seconds|times|people|men|women|children|deaths|soldiers"
    r"|jobs|employees|pounds|miles|met(?:er|re)s|tons|degrees|copies|words|milliards?|millions?|bce?|av|avant j)\b",
}


def expanded(pattern: str) -> str:
    """Returns a pattern with every <TERM> in it replaced by what the term stands for."""
    return re.sub("<([A-Z_]+)>", lambda term: expanded(_TERMS[term[1]]), pattern)


_THE = "(?:(?:a|au|en|in|on|le|la|les|the|du|de) |[ld]')*"
OPENER = re.compile(  # what stands before a phrase and belongs to it
    rf"\b(?:(?P<since>depuis|since|a (?:partir|compter)|starting) {_THE}|(?P<after>apres|after) {_THE}"
    rf"|(?P<before>(?<!en )avant|before|prior to) {_THE}|(?P<until>jusqu'|(?:until|till|up to) ){_THE}"
    rf"|(?P<between>entre|between|nuit d[eu]) {_THE}|(?P<of>(?:from|du|de) |d')(?:la |le |the |l')?"
    "|(?:(?:en|in|au|at|of|over|during|within|for|durant|pendant|au cours|lors|du|des?|les|le|la|the) |[dl]'){1,4})$"
)
RANGE_TO = re.compile(expanded(rf"<TO>{_THE}"))
ONWARDS = re.compile(r" on(?:wards?\b|(?= ?(?:[?.,!;]|$)))")
# The planet has its capital, the verb another verb after it, the street a date for its name.
NO_TIME = re.compile(
    r"(?<!\b[Ee]n )(?<!ois de )(?<!\d )(?<!\der )(?<!mier )(?<!but )(?<!\b[Ff]in )(?<![Mm]i[- ])\bMars\b"
    r"(?! dernier| (?!2020)\d{4})|(?<=\b[Ii]n )[Mm]ars\b|\b[Mm]ay(?= (?:be|have|not|also|had|was|said|resigned)\b)"
    r"|\b(?i:rue|avenue|place|boulevard|quai|pont|stade) (?:du|de la|des?) \d\S* \w+(?: \d{4})?"
)
FEW = {"day": 7, "hour": 24, "weekend": 1, "week": 4, "month": 3, "quarter": 2, "year": 5}  # "ces dernières années"
AGO = {"today": (0, 0), "yesterday": (1, 1), "eve": (2, 2), "week": (7, 0), "lately": (30, 0)}
