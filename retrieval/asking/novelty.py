"""Whether a sentence that answers tells anything that earlier ones did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.store.generation import Generation
from index.text import function_words
from index.text.folding import fold, terms, words
from retrieval.answering.answer import Draft
from retrieval.facts.facts import Facts
from retrieval.search.retriever import Hit
from retrieval.verifying.names import missing_names

# Cosine of two sentences from which on one says what the other does, where it adds neither a figure nor a name: of the
# pairs of tests/retrieval/asking/test_news.py those that say the same are above, those that go on with it below.
SAID = 0.81


@dataclass(frozen=True)
class Statement:
    """A sentence of an article, and when it came."""

    draft: Draft
    came: int  # microseconds since 1970
    vector: NDArray[np.float32]  # (dimension,), unit; zeros for a headline

    @property
    def language(self) -> str:
        """Of its article."""
        return self.draft.passage.language

    @cached_property
    def facts(self) -> Facts:
        """What it tells that can be compared across languages."""
        return Facts.of(self.draft.text, self.language)

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content words, stemmed."""
        return _content(self.draft.text, self.language)

    @property
    def answering(self) -> str:
        """The words of it that answer; all of them where that cannot be told."""
        told = (self.draft.text[start:end] for start, end in self.draft.highlights)
        return " … ".join(told) or self.draft.text

    def answers_as(self, earlier: Statement) -> bool:
        """Whether an earlier answer is this one: all its figures and names stand there, or its very words.

        Also where it names somebody more fully: "Ahmed al-Charaa" after "al-Charaa".
        """
        mine, theirs = (Facts.of(each.answering, each.language) for each in (self, earlier))
        in_words = self.language == earlier.language and _content(self.answering, self.language) <= earlier.terms
        is_there = _is_told(mine, earlier.facts) and (in_words or bool(mine.figures or mine.names))
        return is_there or (bool(theirs.names) and mine.figures == theirs.figures and _is_told(theirs, mine))

    def says_as(self, earlier: Statement) -> bool:
        """Whether an earlier sentence is like this one, and lacks none of its figures and names."""
        return float(self.vector @ earlier.vector) >= SAID and _is_told(self.facts, earlier.facts)


def _is_told(facts: Facts, earlier: Facts) -> bool:
    """Whether an earlier sentence has all figures and names, these over languages, scripts and spellings."""
    return facts.figures <= earlier.figures and not missing_names(facts, earlier)


def _content(text: str, language: str) -> frozenset[str]:
    content = (word for word in words(fold(text), language) if word not in function_words.ALL)
    return frozenset(term for word in content for term in terms(word, language))


def statements_of(drafts: Iterable[Draft], hits: Iterable[Hit], generation: Generation) -> Iterator[Statement]:
    """Yields the sentences of an answer with what is known of them, in order.

    Args:
        drafts: the sentences.
        hits: the passages that they were taken from, among others.
        generation: that holds these.
    """
    rows = {hit.passage.id: hit.row for hit in hits}
    for draft in drafts:
        row = rows[draft.passage.id]
        if draft.in_title:  # it is as old as the article
            first, _ = generation.arrivals.by_article
            nowhere = np.zeros(int(generation.manifest["dimension"]), np.float32)
            yield Statement(draft, int(first[generation.article_rows[row]]), nowhere)
        else:
            inner = generation.sentences(row)
            at = inner.spans.index((draft.start, draft.end))
            yield Statement(draft, int(generation.arrivals.of(row)[at]), inner.vectors[at])


def statements_in(hits: Iterable[Hit], generation: Generation) -> Iterator[Statement]:
    """Yields all sentences of passages."""
    for hit in hits:
        passage, inner = hit.passage, generation.sentences(hit.row)
        for (start, end), came, vector in zip(inner.spans, generation.arrivals.of(hit.row), inner.vectors, strict=True):
            text = passage.text[start - passage.start : end - passage.start]
            yield Statement(Draft(text, passage, start, end, text), int(came), vector)
