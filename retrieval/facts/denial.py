"""Whether a text denies something: "ne … pas", "not", "nicht", "не", "لا", "不" and the verbs that say so."""

from __future__ import annotations

import re
from functools import lru_cache

from index.text.folding import fold
from retrieval.facts import FACT_WORDS

NEGATIONS = FACT_WORDS.all_words("negations")


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
