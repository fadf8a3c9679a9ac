"""Whether a text denies something: "ne … pas", "not", "nicht", "не", "لا", "不" and the verbs that say so."""

from __future__ import annotations

import re
from functools import lru_cache

from index.text.folding import fold
from retrieval.facts import FACT_WORDS

_CLAUSE = re.compile(r"[.,;:!?…]")
_GOES_WITH_ANOTHER = frozenset({"nor", "weder", "neither"})
# where two denials of a clause are one; in English and German they undo each other
_DENIES_TWICE_AS_ONCE = frozenset({"fr", "es", "it", "pt", "ro", "ru"})


@lru_cache(maxsize=64)
def denial_in(language: str) -> re.Pattern[str] | None:
    """Returns the pattern of what denies in a language; None where that is not known."""
    denial = FACT_WORDS.get(language, {}).get("denial")
    return re.compile(denial) if denial else None


def denies(text: str, language: str) -> bool | None:
    """Whether a text denies anything; None where its language is not known here."""
    pattern = denial_in(language)
    return pattern.search(fold(text)) is not None if pattern else None


def is_denial(text: str, language: str) -> bool:
    """Whether a sentence denies or leaves something out: "sauf les TGV", "Only three …"; answers "Which … not …?"."""
    excludes = FACT_WORDS.get(language, {}).get("excludes")
    return bool(denies(text, language) or (excludes and re.search(excludes, fold(text))))


def deny_alike(sentence: str, language: str, quote: str, quote_language: str) -> bool:
    """Whether both deny something, or neither; what stands under a condition is compared apart, where both name one.

    A language that is not known here is like any other.
    """
    mine, my_condition = _with_condition(sentence, language)
    theirs, their_condition = _with_condition(quote, quote_language)
    pairs = [(mine, theirs), (my_condition, their_condition)] if my_condition else [(mine, theirs)]
    answers = ((denies(one, language), denies(other, quote_language)) for one, other in pairs)
    return all(None in (one, other) or one == other for one, other in answers)


def _with_condition(text: str, language: str) -> tuple[str, str]:
    folded = fold(text)
    pattern = FACT_WORDS.get(language, {}).get("condition")
    return (re.sub(pattern, " ", folded), " ".join(re.findall(pattern, folded))) if pattern else (folded, "")


def undoes_denial(text: str, language: str) -> bool:
    """Whether a clause denies a denial: "has not no base"; never in languages that deny twice to deny once."""
    pattern = denial_in(language)
    if pattern is None or language in _DENIES_TWICE_AS_ONCE:
        return False
    found = ([m[0] for m in pattern.finditer(clause)] for clause in _CLAUSE.split(fold(text)))
    return any(len([word for word in clause if word not in _GOES_WITH_ANOTHER]) > 1 for clause in found)


NEGATIONS = FACT_WORDS.all_words("negations")
