"""What kind of thing a question asks for, and where a text holds such a thing."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from index.text import function_words
from index.text.by_language import ByLanguage, read_tables
from index.text.folding import fold


class Kind(StrEnum):
    """What an answer must hold; OTHER may be anything."""

    DATE = "date"
    DURATION = "duration"
    LENGTH = "length"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


PATTERNS = read_tables(Path(__file__).with_name("patterns.toml"), joined="kinds")
_WORDS = PATTERNS[""]
_OF_ALL = ByLanguage("kinds").alternatives()  # what languages say, as one pattern
MONTHS, WEEKDAYS, RELATIVE = _OF_ALL["months"], _OF_ALL["weekdays"], _OF_ALL["relative"]
NUMBER_WORDS, HAN_NUMBER = _OF_ALL["number_words"], _OF_ALL["han_number"]
_TAKES_TIME = re.compile(_WORDS["takes_time"])
_HOW_LONG = re.compile(_WORDS["how_long"])
_DEFINITION = re.compile(_WORDS["definition"])
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NUMBER_WORD = re.compile(f"(?:{NUMBER_WORDS})s?")
_PIECES = re.compile(r"[^\W\d_]+|[^\w\s]")
LONGEST = 2_000  # characters of a sentence that are looked at; some patterns take time with the square of its length
NAME_LETTERS = 5  # that two forms of a name share: Syrie, Syria
_PRICE_ASKED = re.compile(PATTERNS["told"]["price"])
_MONEY = re.compile(f"[$€£¥]|(?<![a-z])(?:{PATTERNS['found']['money']})(?![a-z])")
_FREE = re.compile(PATTERNS["told"]["free"])
_COUNTED_NOUN = re.compile(PATTERNS["told"]["counted_noun"])
_NAME, _FULL_NAME = re.compile(_WORDS["name"]), re.compile(_WORDS["full_name"])
_CASELESS = re.compile(r"[\u0600-\u06ff\u4e00-\u9fff\u3040-\u30ff\u0590-\u05ff\u0e00-\u0e7f]")


def kind_asked(question: str) -> Kind:
    """Returns the kind of thing the question asks for, by its question words in any language; else OTHER."""
    folded = fold(question[:LONGEST]).strip()
    if _DEFINITION.search(folded):
        return Kind.OTHER
    return next((Kind(kind) for kind in PATTERNS["asked"] if _pattern("asked", kind).search(folded)), Kind.OTHER)


def holds(kind: Kind, text: str, question: str = "") -> bool:
    """Whether `text` holds a thing of this kind that is not in the question already.

    True for the kinds that cannot be told by looking. A person is a capitalised word inside the text; scripts
    without capitals pass. Of things that are counted a number with a unit, or of a day, tells none. A price has a
    currency, or is free. "How long" may ask for metres, where nothing in the question says that it takes time.
    """
    if kind is Kind.PERSON:
        return _CASELESS.search(text) is not None or _new_name(text[:LONGEST], question)
    if kind not in PATTERNS["held"]:
        return True
    asked, text = _folded_question(question), text[:LONGEST]
    if kind is Kind.NUMBER and _PRICE_ASKED.search(asked):
        folded = fold(text)
        if _FREE.search(folded) or not _MONEY.search(folded):
            return _FREE.search(folded) is not None
    counts = kind is Kind.NUMBER and _counts_things(question)
    things = _things("counts" if counts else "held", kind, text)
    if kind is Kind.DURATION and _HOW_LONG.search(asked) and not _TAKES_TIME.search(asked):
        things += _things("held", Kind.LENGTH, text)
    return any(thing not in asked for thing in things)


def counts_nothing(words: str, question: str) -> bool:
    """Whether a question counts things and these words are figures of none: a day, a time, a sum of money."""
    return _counts_things(question) and bool(_DIGITS.search(words)) and not _things("counts", Kind.NUMBER, words)


@lru_cache(maxsize=64)  # is asked about every sentence
def _folded_question(question: str) -> str:
    return fold(question)


@lru_cache(maxsize=64)
def _beginnings(question: str) -> frozenset[str]:
    """Returns what two forms of a name share of each word of a question."""
    return frozenset(word[:NAME_LETTERS] for word in _LETTERS.findall(fold(question)))


@cache
def _pattern(table: str, kind: str) -> re.Pattern[str]:
    """Returns a pattern made ready, at its first use: all of them take 80 ms, and a question needs few."""
    return re.compile(PATTERNS[table][kind])


@lru_cache(maxsize=4_096)  # sentences, on which many questions meet
def _things(table: str, kind: Kind, text: str) -> tuple[str, ...]:
    return tuple(match.group().strip() for match in _pattern(table, kind).finditer(fold(text)))


@lru_cache(maxsize=64)
def _counts_things(question: str) -> bool:
    """Whether it asks for a number of things and speaks of no unit: of days, of tonnes, of per cent, of millions."""
    folded = fold(question[:LONGEST])
    unit = _pattern("counts", "unit")
    noun = _counted(folded)
    is_of_things = bool(noun) and not _NUMBER_WORD.fullmatch(noun)
    return is_of_things and not any(map(unit.match, _PIECES.findall(folded)))


@lru_cache(maxsize=64)  # is asked for every sentence
def counted_noun(question: str) -> str:
    """Returns the beginning of the word for what a question counts: "combien d'élèves" -> "eleve"; "" for none."""
    return _counted(fold(question[:LONGEST]))[:NAME_LETTERS]


def _counted(folded: str) -> str:
    """Returns the word for what a folded question counts, "" for none."""
    found = _COUNTED_NOUN.search(folded)
    return next(filter(None, found.groups())) if found else ""


def numbers(text: str) -> frozenset[str]:
    """Returns the runs of digits, those of other scripts as ours: "٢٠٢٥" is 2025."""
    return frozenset("".join(str(int(digit)) for digit in run) for run in _DIGITS.findall(text))


def names_person(text: str, question: str) -> bool:
    """Whether `text` holds a name of several words, or one after a title, whose last word is not in the question."""
    asked = _beginnings(question)
    for match in _FULL_NAME.finditer(text[:LONGEST].replace("\u00a0", " ")):
        words = [word for word in _LETTERS.findall(fold(match.group())) if word not in function_words.ALL]
        if (len(words) > 1 or match["title"]) and words[-1][:NAME_LETTERS] not in asked:
            return True
    return False


def _new_name(text: str, question: str) -> bool:
    asked = _beginnings(question)
    return any(name[:NAME_LETTERS] not in asked for name in _names(text))


@lru_cache(maxsize=4_096)
def _names(text: str) -> tuple[str, ...]:
    return tuple(fold(word) for match in _NAME.finditer(text) for word in _LETTERS.findall(match.group()))
