"""Whether the quote of a sentence supports what the sentence says, as far as code can tell."""

from __future__ import annotations

import re

from index.text.folding import fold, terms
from index.text.sentences import split_sentences
from retrieval.facts import FACT_WORDS
from retrieval.facts.denial import denial_in, deny_alike, undoes_denial
from retrieval.facts.figures import counted, days_of_months, figures, measured
from retrieval.facts.names import missing_names, names_in
from retrieval.facts.placement import denied_elsewhere, misplaced


def objection(sentence: str, language: str, quote: str, quote_language: str) -> str:
    """Returns why a quote cannot support a sentence, "" where nothing speaks against it.

    All figures and names of the sentence must stand in the quote, and either both deny something or neither
    does. In one language figures, names and denials must also stand among the same words. Across languages figures
    are compared in normal form, and names by their sound after transliteration.
    """
    missing = figures(sentence, language) - figures(quote, quote_language, generous=True)
    if missing:
        return f"figure not in the quote: {', '.join(sorted(missing))}"
    if other := _measures_otherwise(sentence, language, quote, quote_language):
        return f"figure in another unit in the quote: {other}"
    if other := _dates_otherwise(sentence, language, quote, quote_language):
        return f"figure of another date in the quote: {other}"
    if names := missing_names(sentence, language, quote, quote_language):
        return f"name not in the quote: {', '.join(names)}"
    about = _what_it_is_about(sentence, quote, language) if language == quote_language else quote
    twice = undoes_denial(sentence, language) and not undoes_denial(about, quote_language)
    if twice or not deny_alike(sentence, language, about, quote_language):
        return "a negation on one side only"
    if language == quote_language:
        return _said_otherwise(sentence, quote, about, language)
    if _counts_in_another_order(counted(sentence, language), counted(quote, quote_language)):
        return "figures in another order in the quote"
    return ""


def _said_otherwise(sentence: str, quote: str, about: str, language: str) -> str:
    """Returns what stands at another place in the quote, a figure or a name, or in what is about the same, a denial."""
    if other := _counts_otherwise(sentence, quote, language):
        return f"figure of something else in the quote: {other}"
    if other := misplaced(sentence, quote, language, [*names_in(sentence, language), *names_in(quote, language)]):
        return f"at another place in the quote: {other}"
    denial = denial_in(language)
    if denial and denied_elsewhere(sentence, about, language, denial):
        return "a negation of something else in the quote"
    return ""


def _what_it_is_about(sentence: str, quote: str, language: str) -> str:
    """Returns the sentences of a quote that share the most words with this one: others may deny what they like."""
    spans = split_sentences(quote, language)
    said = set(terms(sentence, language))
    shared = [len(said.intersection(terms(quote[start:end], language))) for start, end in spans]
    kept = [span for span, count in zip(spans, shared, strict=True) if 2 * count >= max(shared)]
    return " ".join(quote[start:end] for start, end in kept) or quote


def needs_sentence_before(quote: str, language: str) -> bool:
    """Whether a quote speaks of somebody by a pronoun, so that the sentence before it says who."""
    pronoun = FACT_WORDS.get(language, {}).get("pronoun")
    return bool(pronoun and re.search(pronoun, fold(quote)))


def _counts_otherwise(sentence: str, quote: str, language: str) -> str:
    """Returns "12 soldats" where the quote counts other numbers of soldats only."""
    there: dict[str, set[str]] = {}
    for word, numbers in counted(quote, language).items():
        there.setdefault(_stem(word, language), set()).update(numbers)
    for word, numbers in counted(sentence, language).items():
        others = there.get(_stem(word, language))
        if others and not numbers <= others:
            return f"{', '.join(sorted(numbers - others))} {word}"
    return ""


def _stem(word: str, language: str) -> str:
    return next(iter(terms(word, language)), word)


def _measures_otherwise(sentence: str, language: str, quote: str, quote_language: str) -> str:
    """Returns "49 day" where the quote has 49 of other units, or other numbers of days only."""
    there = measured(quote, quote_language)
    units_there = {unit for units in there.values() for unit in units}
    for number, units in measured(sentence, language).items():
        if not units & there.get(number, set()) and (number in there or units <= units_there):
            return f"{number} {', '.join(sorted(units))}"
    return ""


def _dates_otherwise(sentence: str, language: str, quote: str, quote_language: str) -> str:
    """Returns "49 of month 1" where the quote has other days and years beside January only."""
    there = days_of_months(quote, quote_language)
    for month, numbers in days_of_months(sentence, language).items():
        if month in there and not numbers <= there[month]:
            return f"{', '.join(sorted(numbers - there[month]))} of month {month}"
    return ""


def _counts_in_another_order(mine: dict[str, set[str]], theirs: dict[str, set[str]]) -> bool:
    """Whether both count the same two or more numbers, each once, in another order: "3 wounded, 12 dead"."""
    one, other = ([number for numbers in counts.values() for number in sorted(numbers)] for counts in (mine, theirs))
    one = [number for number in one if other.count(number) == 1 and number != "1"]
    return len(set(one)) == len(one) > 1 and one != [number for number in other if number in one]
