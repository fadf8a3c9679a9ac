"""Which articles are on something: "le pont", "salt", the title of one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.article import Passage
from index.store.generation import Generation
from index.text.folding import terms
from retrieval.search.query import Query
from retrieval.search.retriever import Candidates, Retriever

_SOUGHT = 400  # passages of each side of a search
# How far above the average of the index an article's best passage and best sentence together are, in deviations. Chosen
# on the starter articles and small indexes; what is far off in a small index is not so far in a large one.
_NEAR, _CLOSE, _SAME_WORDS, _VERY_CLOSE = 1.5, 2.0, 3.7, 4.2
_ABROAD, _SENTENCE_ABROAD = 3.3, 2.0  # in another language than the words
_LARGE = 0.3  # by which each rises as the index grows: times the logarithm of its passages by 100
_MOST_OF_TITLE, _MOST_OF_TEXT, _HALF = 0.6, 0.75, 0.5  # shares of the words, weighed by how rare they are
_OFTEN = 3  # times that an article on something says it at least
_TITLE, _TEXT = 4.0, 2.0  # what a word in the title, in the text counts for beside likeness


@dataclass(frozen=True, slots=True)
class Likeness:
    """How an article stands to a topic."""

    passage: Passage  # its first that was found
    in_title: float  # share of the topic's words, weighed by how rare they are
    in_text: float
    times: int  # that it says the one of them that it says least
    cosine: float  # deviations of its best passage and best sentence above the average, together
    sentence: float
    is_abroad: bool  # in another language than the topic

    @property
    def score(self) -> float:
        """How much it is on it; higher is more."""
        return _TITLE * self.in_title + _TEXT * self.in_text + self.cosine

    def is_on_it(self, coverage: float, larger: float) -> bool:
        """Whether it is on the topic rather than touches it.

        Args:
            coverage: share of the topic's words that the index holds at all.
            larger: by how much likeness counts less in an index of this size.
        """
        cosine = self.cosine - larger
        if self.in_title >= _MOST_OF_TITLE and self.cosine >= _NEAR:
            return True
        if self.in_text >= _MOST_OF_TEXT and self.times >= _OFTEN and self.cosine >= _CLOSE:
            return True
        if self.in_text >= _MOST_OF_TEXT and cosine >= _SAME_WORDS:
            return True
        if coverage < _HALF:
            return cosine >= _VERY_CLOSE
        return (
            self.is_abroad
            and not self.in_text
            and (cosine >= _ABROAD or self.sentence - larger / 2 >= _SENTENCE_ABROAD)
        )


def articles_on(topic: str, engine: Retriever, generation: Generation, language: str) -> list[Likeness]:
    """Returns the articles on a topic, best first."""
    query, found = _likenesses(topic, engine, generation, language)
    larger = _LARGE * max(math.log(max(generation.counts["passages"], 1) / 100), 0.0)
    return [each for each in found if each.is_on_it(query.coverage, larger)]


def article_on(topic: str, engine: Retriever, generation: Generation, language: str) -> Likeness | None:
    """Returns the one article that is meant by "l'article sur …", or by its title; None where there is none."""
    query, found = _likenesses(topic, engine, generation, language)
    if not found:
        return None
    best = found[0]
    holds = best.in_text >= _HALF or (query.coverage < _HALF and best.cosine >= _SAME_WORDS)
    return best if holds or best.is_on_it(query.coverage, 0.0) else None


def article_titled(title: str, engine: Retriever, generation: Generation, language: str) -> Likeness | None:
    """Returns the article of a title, or of most of one; None where these words are none."""
    _, found = _likenesses(title, engine, generation, language)
    wanted = set(terms(title, language))
    for each in found[:3]:
        held = set(terms(each.passage.title, each.passage.language))
        if held and len(held & wanted) >= _MOST_OF_TITLE * len(held | wanted):
            return each
    return None


def _likenesses(topic: str, engine: Retriever, generation: Generation, language: str) -> tuple[Query, list[Likeness]]:
    pool = engine.candidates(topic, _SOUGHT, language=language)
    query = pool.queries[0]
    if not len(pool.rows):
        return query, []
    of_article = generation.article_rows[pool.rows]
    places: dict[int, list[int]] = {}
    for at, article in enumerate(of_article.tolist()):
        places.setdefault(article, []).append(at)
    held = generation.terms_of(pool.rows.tolist())
    firsts = generation.passages([int(pool.rows[at[0]]) for at in places.values()])
    found = [
        _likeness(query, pool, at, passage, [held[each] for each in at])
        for at, passage in zip(places.values(), firsts, strict=True)
    ]
    return query, sorted(found, key=lambda each: (-each.score, each.passage.article_id))


def _likeness(
    query: Query, pool: Candidates, at: Sequence[int], passage: Passage, held: Sequence[Sequence[str]]
) -> Likeness:
    scores = pool.scores[0]
    title = set(terms(passage.title, passage.language))
    times = {word: sum(t in variants for of in held for t in of) for word, variants in query.variants.items()}
    sentence = max(float(scores.sentence_z[each]) for each in at)
    return Likeness(
        passage=passage,
        in_title=_share(query, {word: bool(variants & title) for word, variants in query.variants.items()}),
        in_text=_share(query, {word: count > 0 for word, count in times.items()}),
        times=min(times.values(), default=0),
        cosine=max(float(scores.cosine_z[each]) for each in at) + sentence,
        sentence=sentence,
        is_abroad=passage.language != query.language,
    )


def _share(query: Query, held: Mapping[str, bool]) -> float:
    """Returns the share of the topic's words, weighed by how rare they are; those that the index lacks count."""
    total = sum(query.weights.values())
    return (
        query.coverage * sum(query.weights[word] for word, is_held in held.items() if is_held) / total if total else 0.0
    )
