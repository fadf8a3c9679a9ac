"""Whether the quote of a sentence supports what the sentence says, as far as code can tell."""

from __future__ import annotations

import re
from collections.abc import Collection

from index.text.folding import terms
from index.text.sentences import split_sentences
from retrieval.facts import FACT_WORDS
from retrieval.facts.denial import denial_in
from retrieval.facts.facts import Facts
from retrieval.facts.figures import currencies
from retrieval.verifying.denials import deny_alike, undoes_denial
from retrieval.verifying.names import missing_names
from retrieval.verifying.placement import denied_elsewhere, misplaced

_CLAUSES = re.compile(r"(?<=[:;])\s")
_LONGEST = 4_000  # characters of a sentence or quote; a passage has a third of that


def objection(sentence: Facts, quote: Facts, known: Collection[str] = ()) -> str:
    """Returns why a quote cannot support a sentence, "" where nothing speaks against it.

    All figures and names of the sentence must stand in the quote, and either both deny something or neither
    does. In one language figures, names and denials must also stand among the same words. Across languages figures
    are compared in normal form, and names by their sound after transliteration.

    Args:
        sentence: what is said.
        quote: what it rests on.
        known: names, folded, that need not stand in the quote.
    """
    if max(len(sentence.text), len(quote.text)) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    if missing := sentence.figures - quote.perhaps_figures:
        return f"figure not in the quote: {', '.join(sorted(missing))}"
    for what, is_otherwise in _OTHERWISE.items():
        if other := is_otherwise(sentence, quote):
            return f"figure {what} in the quote: {other}"
    if names := [name for name in missing_names(sentence, quote) if name not in known]:
        return f"name not in the quote: {', '.join(names)}"
    about = _what_it_is_about(sentence, quote) if sentence.language == quote.language else quote
    if (undoes_denial(sentence) and not undoes_denial(about)) or not deny_alike(sentence, about):
        return "a negation on one side only"
    if sentence.language == quote.language:
        return _said_otherwise(sentence, quote, about)
    return "figures in another order in the quote" if _counts_in_another_order(sentence, quote) else ""


def _said_otherwise(sentence: Facts, quote: Facts, about: Facts) -> str:
    """Returns what stands at another place in the quote, a figure or a name, or in what is about the same, a denial."""
    if other := _counts_otherwise(sentence, quote):
        return f"figure of something else in the quote: {other}"
    if other := misplaced(sentence, quote):
        return f"at another place in the quote: {other}"
    denial = denial_in(sentence.language)
    return "a negation of something else in the quote" if denial and denied_elsewhere(sentence, about, denial) else ""


def _what_it_is_about(sentence: Facts, quote: Facts) -> Facts:
    """Returns the parts of a quote that share the most words with this sentence: others may deny what they like.

    A part is a sentence; of one with a colon or semicolon, what holds a figure of this sentence, unless it denies.
    """
    language = quote.language
    parts = [quote.text[start:end] for start, end in split_sentences(quote.text, language)]
    said = sentence.terms
    shared = [len(said & Facts.of(part, language).terms) for part in parts]
    kept = [part for part, count in zip(parts, shared, strict=True) if 2 * count >= max(shared)]
    about = " ".join(_with_figures(part, sentence) for part in kept)
    return Facts.of(about or quote.text, language)


def _with_figures(part: str, sentence: Facts) -> str:
    """Returns the clauses of a sentence that hold a figure of another one; all of it where none does."""
    clauses = _CLAUSES.split(part)
    kept = [clause for clause in clauses if Facts.of(clause, sentence.language).figures & sentence.figures]
    return part if sentence.denies else " ".join(kept) or part


def needs_sentence_before(quote: Facts) -> bool:
    """Whether a quote speaks of somebody by a pronoun, so that the sentence before it says who."""
    pronoun = FACT_WORDS.get(quote.language, {}).get("pronoun")
    return bool(pronoun and re.search(pronoun, quote.folded))


def _counts_otherwise(sentence: Facts, quote: Facts) -> str:
    """Returns "12 soldats" where the quote counts other numbers of soldats only."""
    there: dict[str, set[str]] = {}
    for word, numbers in quote.counted.items():
        there.setdefault(_stem(word, quote.language), set()).update(numbers)
    for word, numbers in sentence.counted.items():
        others = there.get(_stem(word, sentence.language))
        if others and not numbers <= others:
            return f"{', '.join(sorted(numbers - others))} {word}"
    return ""


def _stem(word: str, language: str) -> str:
    return next(iter(terms(word, language)), word)


def _measures_otherwise(sentence: Facts, quote: Facts) -> str:
    """Returns "49 day" where the quote has 49 of other units, or other numbers of days only."""
    there = quote.measured
    units_there = {unit for units in there.values() for unit in units}
    for number, units in sentence.measured.items():
        if not units & there.get(number, set()) and (number in there or units <= units_there):
            return f"{number} {', '.join(sorted(units))}"
    return ""


def _lies_across(sentence: Facts, quote: Facts) -> str:
    """Returns a length that is a width in the quote, or that is not said to be one of the lengths in it."""
    there = quote.dimensions
    lengths_there = {dimension for dimensions in there.values() for dimension in dimensions}
    for number, mine in sentence.dimensions.items():
        if not mine & there.get(number, set()) and (number in there or mine & lengths_there):
            return number
    return ""


def _dates_otherwise(sentence: Facts, quote: Facts) -> str:
    """Returns "49 of month 1" where the quote has other days and years beside January only."""
    for month, numbers in sentence.dates.items():
        if month in quote.dates and not numbers <= quote.dates[month]:
            return f"{', '.join(sorted(numbers - quote.dates[month]))} of month {month}"
    return ""


_OTHERWISE = {
    "in another unit": _measures_otherwise,
    "of something else": _lies_across,
    "of another date": _dates_otherwise,
}


def _counts_in_another_order(sentence: Facts, quote: Facts) -> bool:
    """Whether both count the same two or more numbers, each once, in another order: "3 wounded, 12 dead".

    Amounts of money stand in order among themselves, but none may be a number of something else.
    """
    there, here = _by_kind(quote), _by_kind(sentence)
    others = {kind: {n for other, numbers in there.items() if other != kind for n in numbers} for kind in here}
    return any(
        _in_another_order(numbers, there[kind]) or others[kind].intersection(numbers) - {*there[kind]}
        for kind, numbers in here.items()
        if kind in there
    )


def _by_kind(facts: Facts) -> dict[frozenset[str], list[str]]:
    """Returns the numbers that count something in order, by the currency that they count, none for the others."""
    kinds: dict[frozenset[str], list[str]] = {}
    for word, numbers in facts.counted.items():
        kinds.setdefault(currencies(word), []).extend(sorted(numbers))
    return kinds


def _in_another_order(mine: list[str], theirs: list[str]) -> bool:
    mine = [number for number in mine if theirs.count(number) == 1 and number != "1"]
    return len(set(mine)) == len(mine) > 1 and mine != [number for number in theirs if number in mine]
