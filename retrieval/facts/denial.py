"""Whether a text denies something: "ne … pas", "not", "nicht", "не", "لا", "不" and the verbs that say so."""

from __future__ import annotations

import re
from functools import lru_cache

from retrieval.facts import FACT_WORDS

NEGATIONS = FACT_WORDS.all_words("negations")


@lru_cache(maxsize=64)
def denial_in(language: str) -> re.Pattern[str] | None:
    """Returns the pattern of what denies in a language; None where that is not known."""
    denial = FACT_WORDS.get(language, {}).get("denial")
    return re.compile(denial) if denial else None


def denies(folded: str, language: str) -> bool | None:
    """Whether a folded text denies anything; None where its language is not known here."""
    pattern = denial_in(language)
    return pattern.search(folded) is not None if pattern else None


def excludes(folded: str, language: str) -> bool:
    """Whether a folded text leaves something out: "sauf les TGV", "Only three …"."""
    pattern = FACT_WORDS.get(language, {}).get("excludes")
    return bool(pattern and re.search(pattern, folded))
