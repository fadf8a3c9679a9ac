"""The patterns by which the words of a quote are found that answer: dates, numbers, durations, people, places."""

from __future__ import annotations

import re

from retrieval.facts.kinds import PATTERNS

_FOUND, _TOLD, _NAMES = PATTERNS["found"], PATTERNS["told"], PATTERNS["names"]
HAN_SIGNS = _FOUND["han"]
# Compiled at their first use: the three together cost 70 ms, and many questions ask for none of them.
DATE, A_NUMBER, DURATION = _FOUND["date"], _FOUND["number"], _FOUND["duration"]
PER_CENT = _FOUND["per_cent"]
A_YEAR = re.compile(_FOUND["a_year"])

COUNTED, YEAR_ASKED = re.compile(_TOLD["counted"]), re.compile(_TOLD["year"])
UNIT_ASKED = (
    (re.compile(_TOLD["percentage"]), re.compile(PER_CENT)),
    (re.compile(_TOLD["price"]), re.compile(f"[$€£¥]|{_FOUND['money']}")),
)
LIFE = tuple(re.compile(rf"(?<!\w)(?:{_TOLD[event]})(?!\w)") for event in ("birth", "death"))
BESIDE = tuple((re.compile(_TOLD[who]), _TOLD[f"before_{who}"]) for who in ("company", "doer"))
ONLY_SPANISH = frozenset({"dos", "tres", "once"})  # numbers there; French "dos" and "très", English "once" are none

WITHOUT_CAPITALS = frozenset({"ar", "he", "ja", "ko", "zh"})  # a name in Latin letters there is a gloss
TITLED, NAME, PLACE = re.compile(_NAMES["titled"]), re.compile(_NAMES["name"]), re.compile(_NAMES["place"])
NO_PERSON, NO_NAME = re.compile(_NAMES["no_person"]), re.compile(_NAMES["no_name"])
NO_PERSON_BEGINS = re.compile(_NAMES["no_person_begins"])  # "L'Europe", "FK Sarajevo"
JOINED = re.compile(_NAMES["joined"])
TAIL = re.compile(r"(?:'s?|-)+$")
WORD_LIKE = re.compile(r"\S+")
