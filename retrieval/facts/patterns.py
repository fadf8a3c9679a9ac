"""The patterns by which the words of a quote are found that answer: dates, numbers, durations, people, places."""

from __future__ import annotations

import re

from retrieval.facts.kinds import (
    CAPITAL,
    HAN_NUMBER,
    MONTHS,
    NUMBER_WORDS,
    PARTICLE,
    RELATIVE,
    TITLE,
    UNITS,
    WEEKDAYS,
    YEAR,
)

# Patterns of folded text. No letter or digit stands beside, unless it is Han: there, words have no borders.
HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_LEFT = rf"(?<![^\W{HAN}])(?<!\d[.,:])"
_RIGHT = rf"(?![^\W{HAN}]|[.,:]\d)"
_TO = r"(?: ?[-–—] ?| (?:a|au|et|to|and|until|bis|und|y|al|hasta|и|по|до|الى) )"
_DAY = r"\d{1,2}(?:er|st|nd|rd|th|\.)?"
_MONTH = rf"(?:{MONTHS})(?!\w)"
_ITS_YEAR = r"(?:,? (?:de |del |an )?\d{4}(?!\d)(?: (?:год[ау]?|г\.))?)"

# Compiled at their first use: the three together cost 70 ms, and many questions ask for none of them.
DATE = (
    rf"{_LEFT}(?:"
    rf"(?:(?:{WEEKDAYS}),? (?:(?:le|den|dem|the|el) )?)?(?:{_DAY}{_TO})?{_DAY} (?:de |of )?{_MONTH}(?:/{_MONTH})?"
    rf"{_ITS_YEAR}?"
    rf"|(?:(?:{WEEKDAYS}),? )?{_MONTH} {_DAY}(?!\w)(?:,? \d{{4}}(?!\d))?"
    rf"|{_MONTH}{_ITS_YEAR}|{_MONTH}{_TO}{_MONTH}{_ITS_YEAR}?"
    rf"|(?:(?<=\ben )|(?<=\bin )|(?<=\bim )|(?<=\bmois de )|(?<=\bв )){_MONTH}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d\d-\d\d"
    r"|(?:[ivx]+|\d{1,2})(?:e|er|eme|th|st|nd|rd|\.)? (?:siecle|century|jahrhunderts?|век\w*)|siglo [ivx]+"
    r"|(?:annees|anos) \d\d(?:\d0)?|\d{2,3}0s|\d{2,3}0er(?: jahren?)?"
    r"|\d{1,4} (?:(?:av|apr?)\. ?j\.-?c\.|bce?|v\. ?chr\.)"
    rf"|{HAN_NUMBER}年(?:{HAN_NUMBER}月)?(?:{HAN_NUMBER}[日号])?|{HAN_NUMBER}月{HAN_NUMBER}[日号]"
    rf"|{YEAR}{_TO}\d\d(?:\d\d)?|(?P<year>{YEAR})(?: (?:год[ау]?|г\.))?|(?:(?<=\ben )|(?<=\bin ))\d{{3}}(?=[,.;:)]|$)"
    rf"|(?P<weak>{WEEKDAYS}|{RELATIVE})){_RIGHT}"
)
_WORD = rf"(?:{NUMBER_WORDS})(?:(?:[- ]|-?et-| et )(?:{NUMBER_WORDS}|une?|one)(?!\w))*"
_DIGITS = r"\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMERAL = rf"(?:(?:{_DIGITS})(?:[ -](?:{NUMBER_WORDS}|mi?o|mrd|bn|млн|млрд)(?!\w)| ?[千百万亿]+)?|{_WORD})"
PER_CENT = r"%|pour ?cent\w*|per ?cent\w*|prozent\w*|por ?cent\w*|процент\w*"
MONEY = r"(?:d'|de |of )?(?:euros?|dollars?|dolares)|francs?|livres|pounds?|рубл\w*|долл\w*|евро|usd|eur|[€$£]"
MONEY += r"|美元|欧元|دولار"
_MEASURES = (
    r"(?:kilo|centi|milli)?met(?:re|er)s?|(?:kilo)?metros?|километр\w*|km2?|cm|mm|m2?|miles?|feet|kg|kilos?|ton(?:ne)?s?"
    r"|tonnen|тонн\w*|degres?|degrees|°(?: ?c)?|hectares?|litres?|[个名次人种岁家座艘]|公里"
)
A_NUMBER = (
    rf"(?:[$€£¥] ?)?{_LEFT}(?<![^\W\d_]-)(?:{_NUMERAL}{_TO})?{_NUMERAL}"
    rf"(?: ?-?(?:{PER_CENT}|{MONEY}|{_MEASURES})|[ -](?:{UNITS}))?{_RIGHT}(?!\w*(?:ieme|th)\b)"
)
DURATION = (
    rf"{_LEFT}(?:(?:(?:{_NUMERAL}{_TO})?(?:{_NUMERAL}|une?|one|eine[nrm]?|una?|several|plusieurs|quelques)"
    rf"[ -](?:\w+ )?(?:{UNITS})"
    rf"|an? (?:few |full |whole )?(?:minutes?|hours?|days?|weeks?|months?|years?|decade|century))(?!\w)"
    rf"(?:(?:,| et| and| und| y| и)? (?:{_NUMERAL} (?:{UNITS})|{_NUMERAL}|demie?|a half|media)(?!\w))*"
    rf"|\d+ ?h(?: ?\d+)?|{HAN_NUMBER}多?个?半?(?:年|天|小时|分钟|月|周|秒)"
    rf"|(?:de|du|depuis|from|von|entre|between|zwischen|с|desde) (?:{YEAR}){_TO}(?:{YEAR})"
    rf"|(?:{YEAR})[-–](?:{YEAR})){_RIGHT}"
)

# What the question says of what it asks for.
COUNTED = re.compile(
    r"(?:\bcombien|\bhow (?:many|much)|\bcuant[oa]s?|\bwie ?viele?|\bсколько|كم(?: عدد)?|(?:多少|几)[个名次人种]?"
    r"|\b(?:nombre|number|numero|anzahl|количество|число|عدد))"
    r"\W*(?:(?:de|des|of|von|der|den|the|en|la|les) |d'|l')*(?P<noun>\w+)"
    r"(?: d'(?P<elided>\w+)| (?:de |of |en |von )?(?:la |les |the |los )?(?P<more>\w+))?"
)
YEAR_ASKED = re.compile(r"\b(?:annees?|year|anos?|jahr|год\w*)\b|عام|سنة|年")
UNIT_ASKED = (
    (re.compile(r"pourcentage|taux|percent|prozent|porcentaje|процент|نسبة|百分"), re.compile(PER_CENT)),
    (
        re.compile(r"\b(?:prix|cout\w*|montant|price|cost\w*|kostet\w*|cuesta|costo|стои\w+)\b"),
        re.compile(f"[$€£¥]|{MONEY}"),
    ),
)
LIFE = tuple(
    re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
    for pattern in (
        r"nee?s?|naissance|born|birth|geboren|nacio|nacid[oa]|родил\w+|ولد\w*|出生",
        r"mort\w*|dece\w+|meurt|died?|death|starb|gestorben|muri\w+|умер\w*|توفي\w*|去世",
    )
)
BESIDE = (  # who is asked for, and the word that stands before the name
    (re.compile(r"\b(?:avec qui|with whom|mit wem|con quien|с кем)\b|\bwho\b.*\bwith\W*$"), r"avec|with|mit|con|с"),
    (re.compile(r"\b(?:par qui|by whom|von wem|por quien)\b|^\W*(?:qui|who|wer|quien) "), r"par|by|por"),
)
A_YEAR = re.compile(rf"{YEAR} \w+")  # "2005 года"
ONLY_SPANISH = frozenset({"dos", "tres", "once"})  # numbers there; French "dos" and "très", English "once" are none

# Patterns of folded text that has its capitals.
WITHOUT_CAPITALS = frozenset({"ar", "he", "ja", "ko", "zh"})  # a name in Latin letters there is a gloss
TITLED = re.compile(rf"(?<!\w){TITLE} $")
TAIL = re.compile(r"(?:'s?|-)+$")
WORD_LIKE = re.compile(r"\S+")
NO_PERSON_BEGINS = re.compile(r"(?i:[cdjlmnst]|qu)'|[A-Z]{2}")  # "L'Europe", "FK Sarajevo"
JOINED = re.compile(r"(?:,| et| and| und| y| и| ou| or)+ (?:(?:a|aux?|en|dans|in|at|avec|в) )?(?:(?:la|les?|the) |l')?")
NAME = re.compile(rf"(?<![\w'-])(?:[A-Z]\. ?)*{CAPITAL}(?: (?:(?!du ){PARTICLE}|[A-Z]\. ?)*{CAPITAL})*")
NO_PERSON = re.compile(r"(?<!\w)(?i:(?:les?|la|l|des|du|aux?|the|der|die|das|den|dem|el|los|las|en|in|im)['’ ])$")
NO_NAME = re.compile(rf"(?:(?i:{WEEKDAYS}|{MONTHS}|{RELATIVE})|[IVXLC]+e?|{TITLE})(?!\w)|[A-Z]{{4}}")
_COMPASS = r"(?i:(?:nord|sud|north|south)?-?(?:est|ouest|east|west|nord|sud|north|south|centre)(?:ern)?)"
PLACE = re.compile(
    r"(?<![\w'-])(?:[Aa]|[Aa]ux?|[Ee]n|[Dd]ans|[Vv]ers|[Pp]res d[eu]|[Ii]n|[Aa]t|[Nn]ear|[Вв]|[Вв]о)"
    rf" ?(?:(?<= )(?:la|les?|the|el|los|las) |(?<= )l')?(?<=[ '])"
    rf"(?P<place>(?:{_COMPASS} (?:d[eu] |de la |de l'|d'|of )?)?(?P<name>{CAPITAL}(?: (?:{PARTICLE}|du )?{CAPITAL})*)"
    rf"(?:, {CAPITAL}(?: {CAPITAL})*(?=[.,;)]|$))?)"
)
