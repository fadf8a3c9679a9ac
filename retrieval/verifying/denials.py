"""Whether a sentence and its quote deny the same."""

from __future__ import annotations

import re

from index.text.function_words import has_trait
from retrieval.facts import FACT_WORDS
from retrieval.facts.denial import denial_in, denies
from retrieval.facts.facts import Facts

_CLAUSE = re.compile(r"[.,;:!?…]")
_GOES_WITH_ANOTHER = FACT_WORDS.all_words("also_denies")


def deny_alike(sentence: Facts, quote: Facts) -> bool:
    """Whether both deny something, or neither; what stands under a condition is compared apart, where both name one.

    A language that is not known here is like any other.
    """
    (mine, my_condition), (theirs, their_condition) = _with_condition(sentence), _with_condition(quote)
    pairs = [(mine, theirs), (my_condition, their_condition)] if my_condition else [(mine, theirs)]
    answers = ((denies(one, sentence.language), denies(other, quote.language)) for one, other in pairs)
    return all(None in (one, other) or one == other for one, other in answers)


def _with_condition(facts: Facts) -> tuple[str, str]:
    pattern = FACT_WORDS.get(facts.language, {}).get("condition")
    if not pattern:
        return facts.folded, ""
    return re.sub(pattern, " ", facts.folded), " ".join(re.findall(pattern, facts.folded))


def undoes_denial(facts: Facts) -> bool:
    """Whether a clause denies a denial: "has not no base"; never in languages that deny twice to deny once."""
    pattern = denial_in(facts.language)
    if pattern is None or has_trait(facts.language, "denies_twice"):
        return False
    found = ([match[0] for match in pattern.finditer(clause)] for clause in _CLAUSE.split(facts.folded))
    return any(len([word for word in clause if word not in _GOES_WITH_ANOTHER]) > 1 for clause in found)
