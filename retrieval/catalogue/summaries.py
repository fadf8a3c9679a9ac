"""A few of an article's own sentences that stand for all of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.store.generation import Generation
from index.text.folding import fold
from retrieval.answering.answer import Draft, unwrapped
from retrieval.catalogue.recognising import CATALOGUE_WORDS
from retrieval.facts.facts import Facts

_READ = 60  # passages of an article at most, from its beginning: a book is not read whole
_FEWEST, _MOST = 3, 5  # sentences of a summary
_A_SENTENCE_MORE = 8  # for so many sentences of the article
_SHORTEST, _LONGEST = 30, 450  # characters
_ENDS = re.compile(r"[.!…。！。]['\"”»’)\]]*$")
_LETTER = re.compile(r"[^\W\d_]")
# What a sentence is worth beside what is likest it: chosen by tests/benchmarks/summaries.py.
_FACTS = 1.0  # names and figures that it adds, weighed by how often the article says them
_LEAD = 0.3  # to stand early
_SAME = 0.9  # cosine from which on two sentences say the same
_LENGTH = 0.35  # power of its length by which its worth is divided
_LEANING = 0.5  # share that is left of the worth of a sentence that leans on one that is not shown: "Elle a …"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article with what it names."""

    passage: Passage
    start: int
    end: int
    text: str
    vector: NDArray[np.float32]
    facts: frozenset[str]  # names and figures

    def draft(self) -> Draft:
        """Returns it as it is to be shown."""
        return Draft(self.text, self.passage, self.start, self.end, self.text)


def summarise(generation: Generation, row: int, most: int | None = None) -> list[Draft]:
    """Returns the sentences that stand for an article, in reading order.

    Args:
        generation: that holds it.
        row: of any of its passages.
        most: sentences at most; None: three to five, as the article is long.
    """
    every = sentences_of(generation, row)
    count = most or min(_FEWEST + len(every) // _A_SENTENCE_MORE, _MOST)
    return [every[at].draft() for at in sorted(chosen(every, count))]


def sentences_of(generation: Generation, row: int) -> list[Sentence]:
    """Returns the sentences of the article of a passage that tell something by themselves, in reading order."""
    article_row = generation.article_rows[row]
    first = int(np.searchsorted(generation.article_rows, article_row))
    last = min(int(np.searchsorted(generation.article_rows, article_row, "right")), first + _READ)
    found = []
    for at, each in zip(range(first, last), generation.passages(range(first, last)), strict=True):
        inner = generation.sentences(at)
        for (start, end), vector in zip(inner.spans, inner.vectors, strict=True):
            text = each.text[start - each.start : end - each.start]
            if is_informative(text, each.language):
                facts = Facts.of(text, each.language)
                told = facts.figures.union(facts.names)
                found.append(Sentence(each, start, end, text, vector, told))
    return found


def is_informative(text: str, language: str) -> bool:
    """Whether a sentence tells something: no heading, no question, no caption, no order to a machine."""
    plain = unwrapped(text)
    return (
        _SHORTEST <= len(plain) <= _LONGEST
        and _ENDS.search(plain) is not None
        and _LETTER.search(plain) is not None
        and not _opens("aside", language).match(fold(plain))
        and not Facts.of(text, language).speaks_to_machines
    )


def leans(text: str, language: str) -> bool:
    """Whether a sentence opens as one that leans on the sentence before it."""
    return _opens("leaning", language).match(fold(text)) is not None


def chosen(sentences: Sequence[Sentence], count: int) -> list[int]:
    """Returns which sentences cover most of all, best first: the first one, then each that adds most to these."""
    if not sentences:
        return []
    vectors = np.stack([sentence.vector for sentence in sentences])
    alike = np.maximum(vectors @ vectors.T, 0.0)
    weights = _weights(sentences)
    lengths = np.array([len(sentence.text) for sentence in sentences]) ** _LENGTH
    lengths /= lengths.mean()
    leaning = np.array([leans(each.text, each.passage.language) for each in sentences])
    picked = [0]
    while len(picked) < min(count, len(sentences)):
        covered = alike[picked].max(axis=0)
        told = frozenset[str]().union(*(sentences[at].facts for at in picked))
        worth = np.maximum(alike - covered, 0.0).mean(axis=1)
        worth = worth / max(float(worth.max()), 1e-6)
        facts = np.array([sum(weights[fact] for fact in sentence.facts - told) for sentence in sentences])
        worth = worth + _FACTS * facts / max(float(facts.max()), 1e-6)
        worth = (worth + _LEAD * np.linspace(1.0, 0.0, len(sentences))) / lengths
        hanging = leaning & ~np.isin(np.arange(len(sentences)) - 1, picked)
        worth[hanging] *= _LEANING
        worth[picked] = -np.inf
        worth[covered >= _SAME] = -np.inf
        best = int(worth.argmax())
        if not np.isfinite(worth[best]):
            break
        picked.append(best)
    return picked


def _weights(sentences: Sequence[Sentence]) -> dict[str, float]:
    """Returns what each name and figure counts for: how many sentences say it, not quite twice for twice."""
    times: dict[str, int] = {}
    for sentence in sentences:
        for fact in sentence.facts:
            times[fact] = times.get(fact, 0) + 1
    return {fact: count**0.5 for fact, count in times.items()}


@cache
def _opens(key: str, language: str) -> re.Pattern[str]:
    """Returns what sentences of a kind open with, in a language and in English."""
    known = [words[key] for code, words in CATALOGUE_WORDS.items() if code in (language, "en") and key in words]
    return re.compile("|".join(known) or r"(?!)")


def opening(generation: Generation, row: int, passage: Passage) -> Draft | None:
    """Returns the first sentence of a passage that tells something; None where none does."""
    spans = generation.spans(row)
    texts = (((start, end), passage.text[start - passage.start : end - passage.start]) for start, end in spans)
    told = (Draft(text, passage, *span, text) for span, text in texts if is_informative(text, passage.language))
    return next(told, None)
