"""How a model's words stand to those of a sentence: held by it, a piece of it, or of two languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from index.text import function_words
from index.text.folding import fold
from retrieval.facts.facts import Facts

_WORD = re.compile(r"[^\W\d_]+")
_ANY = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"|„[^“”]*[“”]")
_PIECE = 8  # words that a bare phrase has at most
_ITS_SHARE = 0.5  # of its sentence, that it has at most
_RUN = 3  # words of another language in a row, in lower case, that no name has
_REPEATED, _NEW = 8, 0.4  # words from which on it is asked how many of them are new
_DRIFT = "en"  # the language that models fall into


def stands_in(told: Facts, quote: Facts, known: frozenset[str] = frozenset()) -> bool:
    """Whether all that a text tells stands in one sentence: its figures, and its content words in any form.

    Args:
        told: the text.
        quote: the sentence.
        known: stems of the question, which need not stand there; something else must.
    """
    held, own = quote.content, told.content - known
    return (
        told.figures <= quote.perhaps_figures
        and own <= held
        and bool(own & held or told.figures - Facts.of(" ".join(known), told.language).figures)
    )


def is_phrase(text: str, sentence: str) -> bool:
    """Whether a text is a few words of a sentence and no sentence itself, as far as its length tells."""
    here, there = len(_ANY.findall(text)), len(_ANY.findall(sentence))
    return here <= _PIECE and here <= _ITS_SHARE * there


def repeats_itself(text: str) -> bool:
    """Whether a text says the same words again and again, as models do that cannot stop."""
    found = _ANY.findall(fold(text))
    return len(found) >= _REPEATED and len(Counter(found)) < _NEW * len(found)


def mixes_languages(sentence: Facts, quote: Facts, question: str) -> bool:
    """Whether a sentence goes on in another language: that of its quote, or English, that models fall into.

    What stands in quotation marks may, and so may names and words that quote or question have.
    """
    mine = function_words.BY_LANGUAGE.get(sentence.language, frozenset())
    plain = _QUOTED.sub(" ", sentence.text)
    if quote.language != sentence.language:
        theirs = function_words.BY_LANGUAGE.get(quote.language, frozenset()) - mine
        return any(theirs.intersection(run) for run in _runs(plain, quote.text))
    if sentence.language == _DRIFT:
        return False
    theirs = function_words.BY_LANGUAGE.get(_DRIFT, frozenset()) - mine
    held = {*_WORD.findall(quote.folded), *_WORD.findall(fold(question))}
    lower = [fold(word) for word in _WORD.findall(plain) if word[0].islower() and len(word) > 1]
    return any(word in theirs and word not in held for word in lower)


def _runs(text: str, source: str) -> Iterator[list[str]]:
    """Yields the runs of words in lower case that stand so in a text of another language."""
    there = f" {' '.join(_WORD.findall(fold(source)))} "
    run: list[str] = []
    for word in [*_WORD.findall(text), "."]:
        longer = [*run, fold(word)]
        if word[0].islower() and f" {' '.join(longer)} " in there:
            run = longer
            continue
        if len(run) >= _RUN:
            yield run
        run = [fold(word)] if word[0].islower() and f" {fold(word)} " in there else []
