"""Whether the figures, names and denials of a sentence stand among the same words as in its quote, in one language."""

from __future__ import annotations

import re
from itertools import pairwise

from index.text.folding import content_terms, fold
from retrieval.facts.facts import Facts
from retrieval.facts.numerals import NUMBER, plain_number

Neighbourhood = dict[tuple[str, bool], float]  # (stem, whether it stands behind) -> its nearness, 1 for the next word
Token = tuple[str, bool]  # a stem, and whether it is one of those that are placed

_REACH = 4  # words on either side
_FIGURES, _NAMES = 0.4, 0.6  # how much a word on the other side speaks for the same place
_DENIALS = 50  # of a text that are compared
_BESIDE = 200  # characters on either side of a denial in which two words are looked for
_CLEARLY = 0.5  # by which another place must fit better
_CLAUSE = re.compile(r"[.,;:!?。，；！？،]")


def misplaced(sentence: Facts, quote: Facts) -> str:
    """Returns a figure or name of the sentence that stands where the quote has another one, "" where none does.

    "12 blessés et 3 morts" does not say what "3 blessés et 12 morts" says.

    Args:
        sentence: in the quote's language.
        quote: holds every figure and name of the sentence.
    """
    names = {*sentence.names, *quote.names}
    mine, theirs = _figure_tokens(sentence), _figure_tokens(quote)
    for one, other in _neighbours(mine):
        if (other, one) in _neighbours(theirs) and (one, other) not in _neighbours(theirs) and one != other:
            return f"{one}, {other}"
    there = quote.dimensions  # a width that is one there, too, stands where it should
    figures_here = _contexts(mine)
    for number, dimensions in sentence.dimensions.items():
        if dimensions & there.get(number, set()):
            figures_here.pop(number, None)
    names_there = _contexts(_name_tokens(quote, names))
    return _swapped(figures_here, _contexts(theirs), _FIGURES) or _swapped(
        _contexts(_name_tokens(sentence, names)), names_there, _NAMES
    )


def _neighbours(tokens: list[Token]) -> set[tuple[str, str]]:
    """Returns the figures without a content word between them: "de 1961 à 1968"."""
    return {(one, other) for (one, is_figure), (other, is_one) in pairwise(tokens) if is_figure and is_one}


def _swapped(mine: dict[str, list[Neighbourhood]], theirs: dict[str, list[Neighbourhood]], behind: float) -> str:
    """Returns what stands where the quote has another one, which the sentence lacks or has in its place."""
    here = {anchor: contexts[0] for anchor, contexts in mine.items() if len(contexts) == 1 and anchor in theirs}
    for anchor, context in here.items():
        own = _best_likeness(context, theirs[anchor], behind)
        for other, contexts in theirs.items():
            gain = _best_likeness(context, contexts, behind) - own
            if other in here:  # both are there: swapped back, they must fit better together
                gain += _best_likeness(here[other], theirs[anchor], behind)
                gain -= _best_likeness(here[other], contexts, behind)
            if other != anchor and (other in here or other not in mine) and gain > _CLEARLY:
                return anchor
    return ""


def denied_elsewhere(sentence: Facts, quote: Facts, denial: re.Pattern[str]) -> bool:
    """Whether sentence and quote both deny something, but not the same: each denial has one of its own there.

    Two denials are the same where a word beside the one is beside the other. One of the quote that is about other
    things than the sentence needs none.
    """
    mine, theirs = _denied(sentence, denial), _denied(quote, denial)
    said, held = (text.content for text in (sentence, quote))
    pairs = ((len(a & b), i, j) for i, a in enumerate(mine) for j, b in enumerate(theirs) if a & b)
    paired, taken = set[int](), set[int]()
    for _, i, j in sorted(pairs, reverse=True):
        if i not in paired and j not in taken:
            paired.add(i)
            taken.add(j)
    added = any(i not in paired and words & held for i, words in enumerate(mine))
    left_out = any(j not in taken and 2 * len(words & said) > len(words) for j, words in enumerate(theirs))
    return added or left_out


def _denied(text: Facts, denial: re.Pattern[str]) -> list[set[str]]:
    """Returns the content words around each denial of a text: two on either side, in its clause."""
    beside = []
    for clause in _CLAUSE.split(text.folded):
        for match in denial.finditer(clause):
            start, end = match.span()
            before = content_terms(clause[max(start - _BESIDE, 0) : start], text.language)[-2:]
            behind = content_terms(clause[end : end + _BESIDE], text.language)[:2]
            beside.append({*before, *behind})
    return [words for words in beside if words][:_DENIALS]


def _contexts(tokens: list[Token]) -> dict[str, list[Neighbourhood]]:
    """Returns, for each placed stem, the words around each of its places."""
    contexts: dict[str, list[Neighbourhood]] = {}
    for at, (anchor, is_placed) in enumerate(tokens):
        if not is_placed:
            continue
        context: Neighbourhood = {}
        for step, side in ((-1, False), (1, True)):
            words = (
                [stem for stem, placed in tokens[at + step :: step] if not placed][:_REACH] if at + step >= 0 else []
            )
            for distance, stem in enumerate(words, 1):
                context[stem, side] = max(context.get((stem, side), 0.0), 1 / distance)
        contexts.setdefault(anchor, []).append(context)
    return contexts


def _best_likeness(one: Neighbourhood, others: list[Neighbourhood], behind: float) -> float:
    return max(_likeness(one, other, behind) for other in others)


def _likeness(one: Neighbourhood, other: Neighbourhood, behind: float) -> float:
    return sum(
        max(near * other.get((stem, side), 0.0), behind * near * other.get((stem, not side), 0.0))
        for (stem, side), near in one.items()
    )


def _figure_tokens(text: Facts) -> list[Token]:
    language = text.language
    plain = text.in_digits
    tokens: list[Token] = []
    begun = 0
    for match in NUMBER.finditer(plain):
        tokens += _words(plain[begun : match.start()], language)
        tokens.append((plain_number(match[2], language) + match[3], True))
        begun = match.end()
    return tokens + _words(plain[begun:], language)


def _name_tokens(text: Facts, names: set[str]) -> list[Token]:
    tokens: list[Token] = []
    for match in re.finditer(r"[^\W_]+", text.text):
        folded = fold(match[0])
        if folded in names:
            tokens.append((folded, True))
        else:
            tokens += _words(folded, text.language)
    return tokens


def _words(folded: str, language: str) -> list[Token]:
    return [(stem, False) for stem in content_terms(folded, language)]
