"""What kind of thing a question asks for, and where a text holds such a thing: the patterns of all languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from index.text import function_words
from index.text.by_language import ByLanguage, read_tables
from index.text.folding import fold, in_ascii_digits


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
NUMBER_WORDS = _OF_ALL["number_words"]
_DEFINITION = re.compile(_WORDS["definition"])
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_NUMBER_WORD = re.compile(f"(?:{NUMBER_WORDS})s?")
_PIECES = re.compile(r"[^\W\d_]+|[^\w\s]")
NAME_LETTERS = 5  # that two forms of a name share: Syrie, Syria
_MONEY = re.compile(f"[$€£¥]|(?<![a-z])(?:{PATTERNS['found']['money']})(?![a-z])")
_FREE = re.compile(PATTERNS["told"]["free"])
_COUNTED_NOUN = re.compile(PATTERNS["told"]["counted_noun"])
_PRICE_ASKED = re.compile(PATTERNS["told"]["price"])
_HOW_LONG, _TAKES_TIME = re.compile(_WORDS["how_long"]), re.compile(_WORDS["takes_time"])
_NAME, _FULL_NAME = re.compile(_WORDS["name"]), re.compile(_WORDS["full_name"])
CASELESS = re.compile(r"[\u0600-\u06ff\u4e00-\u9fff\u3040-\u30ff\u0590-\u05ff\u0e00-\u0e7f]")


def kind_asked(folded: str) -> Kind:
    """Returns the kind of thing a folded question asks for, by its question words in any language; else OTHER."""
    if _DEFINITION.search(folded):
        return Kind.OTHER
    return next((Kind(kind) for kind in PATTERNS["asked"] if pattern_of("asked", kind).search(folded)), Kind.OTHER)


def holds(kind: Kind, folded: str, asked: str) -> bool:
    """Whether a folded text holds a thing of this kind that is not in the folded question already.

    True for the kinds that have no pattern. Of things that are counted a number with a unit, or of a day, tells none.
    A price has a currency, or is free. "How long" may ask for metres, where nothing in the question says that it
    takes time.
    """
    if kind not in PATTERNS["found"]:
        return True
    if kind is Kind.NUMBER and _PRICE_ASKED.search(asked):
        is_free = _FREE.search(folded) is not None
        if is_free or not _MONEY.search(folded):
            return is_free
    counts = kind is Kind.NUMBER and _counts_things(asked)
    things = _things("counts" if counts else "found", kind, folded)
    if kind is Kind.DURATION and _HOW_LONG.search(asked) and not _TAKES_TIME.search(asked):
        things += _things("found", Kind.LENGTH, folded)
    return any(thing not in asked for thing in things)


def counts_nothing(folded: str, asked: str) -> bool:
    """Whether a question counts things and a text holds figures of none: a day, a time, a sum of money."""
    return _counts_things(asked) and bool(_DIGITS.search(folded)) and not _things("counts", Kind.NUMBER, folded)


@cache
def pattern_of(table: str, kind: str) -> re.Pattern[str]:
    """Returns a pattern made ready, at its first use: all of them take 150 ms, and a question needs few."""
    return re.compile(PATTERNS[table][kind])


@lru_cache(maxsize=4_096)  # sentences, on which many questions meet
def _things(table: str, kind: Kind, folded: str) -> tuple[str, ...]:
    return tuple(match.group().strip() for match in pattern_of(table, kind).finditer(folded))


@lru_cache(maxsize=64)  # is asked about every sentence
def _counts_things(asked: str) -> bool:
    """Whether it asks for a number of things and speaks of no unit: of days, of tonnes, of per cent, of millions."""
    noun = counted_noun(asked)
    is_of_things = bool(noun) and not _NUMBER_WORD.fullmatch(noun)
    return is_of_things and not any(map(pattern_of("counts", "unit").match, _PIECES.findall(asked)))


def counted_noun(asked: str) -> str:
    """Returns the word for what a folded question counts: "combien d'eleves" -> "eleves"; "" for none."""
    found = _COUNTED_NOUN.search(asked)
    return next(filter(None, found.groups())) if found else ""


def numbers(text: str) -> frozenset[str]:
    """Returns the runs of digits, those of other scripts as ours: "٢٠٢٥" is 2025."""
    return frozenset(_DIGITS.findall(in_ascii_digits(text)))


def capitalised(text: str) -> list[str]:
    """Returns the words with a capital inside a text, and names of several words at its start."""
    return [match.group() for match in _NAME.finditer(text)]


def full_names(text: str) -> Iterator[str]:
    """Yields the last word, folded, of each name of several words, or after a title, that a text holds."""
    for match in _FULL_NAME.finditer(text.replace("\u00a0", " ")):
        words = [word for word in _LETTERS.findall(fold(match.group())) if word not in function_words.ALL]
        if len(words) > 1 or (words and match["title"]):
            yield words[-1]


def beginnings(folded: str) -> frozenset[str]:
    """Returns what two forms of a name share of each word of a folded text."""
    return frozenset(word[:NAME_LETTERS] for word in _LETTERS.findall(folded))
