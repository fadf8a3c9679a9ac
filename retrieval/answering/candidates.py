"""The sentences that may answer, and what speaks for each of them alone."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from index.article import Passage, Span
from index.store.generation import Generation
from index.text.tables import is_head
from retrieval.answering.weights import Features
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.search.query import Query
from retrieval.search.retriever import Results

READ_PASSAGES = 5  # the best, from which sentences are chosen; more find no more answers
_LEANING = 0.5  # weight of a follow-up together with what it leans on, beside the follow-up alone
_SHORTEST = 16  # characters; shorter ones are headings and cut-offs, unless of a list or what is asked for
_HEADLINE_WORDS = 5
_LETTERS = re.compile(r"[^\W\d_]+")
_ITEM = re.compile(r"[-*•|]\s*\w.{5,}")
_VOWELS = re.compile(r"[aeiouyhw]")
_NAME_LETTERS = 4
_KEPT = 4_096  # texts, most of them sentences, whose words are kept: a few megabytes, and questions meet on passages


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer."""

    passage: Passage
    start: int  # characters of the article's text
    end: int
    text: str
    features: Features
    answer: Span | None = None  # characters of `text` that a reader takes for the answer
    seen: float = 0.0  # share of its spans, 0 to 1, that this one has
    in_title: bool = False  # whether it is the article's headline, with offsets in it

    @property
    def facts(self) -> Facts:
        """What it tells."""
        return Facts.of(self.text, self.passage.language)


def candidates(results: Results, generation: Generation, kind: Kind) -> list[Candidate]:
    """Returns the sentences of the best passages with their features; z-scores are over these sentences."""
    query, shares = results.query, query_shares(len(results.queries))
    asked = query.facts
    collected: list[Candidate] = []
    for hit in results.hits[:READ_PASSAGES]:
        passage = hit.passage
        sentences = generation.sentences(hit.row)
        cosines = np.sum(
            [share * (sentences.vectors @ q.vector) for share, q in zip(shares, results.queries, strict=True)], axis=0
        )
        title = Facts.of(passage.title, passage.language)
        titles = [held_words(q, title) for q in results.queries]
        before = title
        for cosine, (start, end) in zip(cosines.tolist(), sentences.spans, strict=True):
            text = passage.text[start - passage.start : end - passage.start]
            told = Facts.of(text, passage.language)
            here, before = (title, before, told), told
            of_kind = _kind_feature(kind, told, asked)
            is_short = len(text) < _SHORTEST and of_kind <= 0 and not _ITEM.match(text)
            if is_short or is_head(passage.text, start - passage.start, end - passage.start):
                continue
            held = [held_words(q, told) | in_title for q, in_title in zip(results.queries, titles, strict=True)]
            features = {
                "cosine": cosine,
                "passage": passage.score,
                "words": sum(s * mass(q, h) for s, q, h in zip(shares, results.queries, held, strict=True)),
                "first": float(start == 0),
                "kind": of_kind,
                "headline": 0.0,
                "denial": float(bool(asked.denies) and told.is_denial),
                "names": missing_names_share(results.queries[0], *here),
            }
            collected.append(Candidate(passage, start, end, text, features))
    _standardise(collected, query.gate)
    return collected


def headlines(choices: Sequence[Candidate], kind: Kind, query: Query) -> list[Candidate]:
    """Returns the headlines of the articles of these sentences: in news they often say it in the fewest words.

    A headline stands before each sentence as it is embedded, so that they speak for it: it is as similar as they are
    on average, in the best of its article's passages. A title of a few words is a name and says nothing; one that is
    the beginning of a sentence says it in part.
    """
    by_article: dict[str, list[Candidate]] = {}
    for candidate in choices:
        by_article.setdefault(candidate.passage.article_id, []).append(candidate)
    told = []
    for of_article in by_article.values():
        best = of_article[0]
        title = best.passage.title
        begins = title.rstrip(" .…")
        if len(title.split()) >= _HEADLINE_WORDS and not any(c.text.startswith(begins) for c in of_article):
            means = {name: fmean(c.features[name] for c in of_article) for name in ("cosine", "cosine_z", "words_z")}
            of_kind = _kind_feature(kind, Facts.of(title, best.passage.language), query.facts)
            of_title = {"kind": of_kind, "first": 0.0, "denial": 0.0, "headline": 1.0}
            told.append(Candidate(best.passage, 0, len(title), title, best.features | means | of_title, in_title=True))
    return told


def held_words(query: Query, text: Facts) -> set[str]:
    """Returns the question's content words that stand in `text`, in any form that the stemmer joins."""
    return held_of_terms(query, text.terms)


def held_of_terms(query: Query, here: frozenset[str]) -> set[str]:
    """Returns the question's content words of which `here` has a term."""
    return {word for word, variants in query.variants.items() if variants & here}


def query_shares(queries: int) -> tuple[float, ...]:
    """Returns how much each query counts: the question alone, and with what it leans on."""
    return (1.0,) if queries == 1 else (1 / (1 + _LEANING), _LEANING / (1 + _LEANING))


def mass(query: Query, words: set[str]) -> float:
    """Returns the share of the question's idf mass, as far as the index holds it, of these words."""
    return math.fsum(query.weights[word] for word in words) / (sum(query.weights.values()) or 1.0)


def _kind_feature(kind: Kind, text: Facts, question: Facts) -> float:
    """1 where the sentence holds what is asked for, -1 where it does not, 0 where that cannot be told.

    Of a number it cannot be told where what is counted is not named; in another language it has another name.
    """
    if kind in (Kind.OTHER, Kind.REASON, Kind.PLACE):
        return 0.0
    if not text.holds(kind, question):
        return -1.0
    alike = text.language == question.language
    if kind is Kind.NUMBER and alike and question.counted_noun not in text.folded:
        return 0.0
    return 0.0 if kind is Kind.PERSON and not text.names_person(question) else 1.0


def missing_names_share(query: Query, *texts: Facts) -> float:
    """Share of the question's names, of its own script, that no word of the texts sounds like.

    The first three consonants decide, so that Poutine meets Putin, Syrie Syria and Moscou Moscow. A word is a
    name where a capital stands after the question's first word (German, which writes all nouns so, has none here).
    """
    if not query.names:
        return 0.0
    is_latin = "".join(_LETTERS.findall(" ".join(text.folded for text in texts)[:40])).isascii()
    comparable = [name for name in query.names if name.isascii() == is_latin]
    if not comparable:
        return 0.0
    here = [_skeletons(text) for text in texts]
    return sum(not any(_skeleton(name) in each for each in here) for name in comparable) / len(comparable)


@lru_cache(maxsize=_KEPT)
def _skeletons(text: Facts) -> frozenset[str]:
    return frozenset(_skeleton(word) for word in _LETTERS.findall(text.folded))


@lru_cache(maxsize=50_000)
def _skeleton(word: str) -> str:
    consonants = re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", word))
    return consonants[:3] if len(consonants) > 1 else word[:_NAME_LETTERS]


def _standardise(of_question: list[Candidate], gate: float) -> None:
    """Adds z-scores over the candidates of one question; those of words only as far as words count."""
    for name, factor in (("cosine", 1.0), ("words", gate), ("passage", 1.0)):
        values: NDArray[np.float64] = np.array([candidate.features[name] for candidate in of_question])
        if not len(values):
            return
        deviation = max(float(values.std()), 1e-6)
        for candidate, above in zip(of_question, (values - values.mean()).tolist(), strict=True):
            candidate.features[f"{name}_z"] = factor * above / deviation
