"""Question -> passages: vectors and words, fused."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.embedding.centring import Centring
from index.embedding.embedder import Embedder
from index.store.generation import Generation
from index.text.passages import passage_text
from retrieval.facts.facts import Facts
from retrieval.search.both_sides import Found, both_sides
from retrieval.search.duplicates import SAME_COSINE, merge, say_the_same
from retrieval.search.fusion import Fusion, Scores
from retrieval.search.query import QUESTION_CHARS, Query, QueryBuilder
from retrieval.search.sample import USUAL, Sample, Scales

if TYPE_CHECKING:
    from retrieval.search.reranker import Reranker
    from retrieval.understanding.times import Window

CANDIDATES = 50  # of each side
HELD = 16  # passages whose sentences are embedded while the question waits, where they are not yet
RERANKED = 30  # passages that a reranker reads
# What an article gains whose date is in the window that the question names; half of it where it has no date.
_IN_RECENT_WINDOW = 6.0  # "hier": about as much as the best passage is ahead of the average of the candidates
_IN_DATED_WINDOW = 2.0  # "en mars 2024": may be the date of an event that is told of later


def told_by(window: Window) -> date:
    """Returns the last day on which articles tell of that time as news: the day after."""
    return window.last + timedelta(days=1) if window.last < date.max else date.max


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found."""

    row: int
    passage: Passage  # `score` is the fused one


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found, best first, and how the whole index looks to this question."""

    question: Facts  # alone
    queries: list[Query]  # it, and where it leans on earlier ones, all of them together
    hits: list[Hit]
    best_cosine: float  # of a passage, over all candidates
    best_sentence: float  # cosine of the most similar sentence
    size: int  # passages that were searched

    @property
    def query(self) -> Query:
        """The question with all that it leans on."""
        return self.queries[-1]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that either side finds, in the order of the index, and their scores."""

    queries: list[Query]  # the question, and where it leans on earlier ones, all of them together
    rows: NDArray[np.int64]  # (n,)
    vectors: NDArray[np.float32]  # (n, dimension)
    scores: list[Scores]  # by query
    follows: NDArray[np.bool_]  # (n - 1,): the next one goes on where this one ends
    gain: NDArray[np.float32]  # (n,): what each gains by its date


class Retriever:
    """Dense and lexical search over one generation; how the two are fused: see Fusion."""

    def __init__(
        self, generation: Generation, embedder: Embedder, centring: Centring,
        *, fusion: Fusion | None = None, reranker: Reranker | None = None, usual: Scales = USUAL,
    ) -> None:  # fmt: skip
        self._generation = generation
        self._fusion = fusion or Fusion.load()
        self._builder = QueryBuilder(generation, embedder, centring, self._fusion)
        self._reranker = reranker
        self._usual = usual  # how scores spread with this embedder
        generation.embed = partial(centring.embed_sentences, embedder)

    def over(self, generation: Generation) -> Self:
        """Returns one over a part of the same generation; what is known of the whole counts there too."""
        if self._generation.vectors.count:
            _ = self._sample  # is taken once
        narrowed = copy(self)
        narrowed._generation = generation
        return narrowed

    def search(
        self, question: str, k: int, *, before: str = "", language: str | None = None, window: Window | None = None
    ) -> Results:
        """Returns at most k passages, best first; equal scores by passage id.

        Args:
            question: at most QUESTION_CHARS of it are searched.
            k: at least 1.
            before: the questions of the turns before, where this one leans on them. The question alone and
                all together are searched and their fused scores added: better than either (concatenating
                instead of adding was never right).
            language: of the question, where it is known; found out otherwise.
            window: dates to prefer. Articles of that time are sought beside the best of all times and gain on
                them; nothing is left out, and articles without a date stand between.
        """
        pool = self.candidates(question, k, before=before, language=language, window=window)
        asked = Facts.of(question, pool.queries[0].language)
        if not len(pool.rows):
            return Results(asked, pool.queries, [], 0.0, 0.0, 0)
        fused = self._fusion.fuse(pool.scores, pool.follows) + pool.gain
        if self._reranker:
            fused = self._reranked(self._reranker, question, pool.rows, fused)
        own = pool.scores[-1]
        return Results(
            question=asked,
            queries=pool.queries,
            hits=self._best(pool.rows, pool.vectors, fused, k),
            best_cosine=float(own.cosine.max()),
            best_sentence=float(own.sentence.max()),
            size=self._generation.counts["passages"],
        )

    def candidates(
        self, question: str, k: int, *, before: str = "", language: str | None = None, window: Window | None = None
    ) -> Candidates:
        """Returns what `search` chooses from, not yet fused."""
        queries = [self.query(question, language)]
        if before:
            room = max(QUESTION_CHARS - len(question) - 1, 0)  # the question itself is kept whole
            queries.append(self.query(f"{before[:room]} {question}", queries[0].language))
        period = self._generation.published(window.first, told_by(window)) if window else None
        hits = [both_sides(self._generation, query, max(CANDIDATES, k), period) for query in queries]
        rows = self._rows(hits)
        vectors = self._generation.vectors.rows(rows)
        self._hold_best(queries[-1], rows, vectors)
        sentences = self._generation.sentence_vectors_of(rows)
        return Candidates(
            queries=queries,
            rows=rows,
            vectors=vectors,
            scores=[self._score(q, rows, vectors, sentences, h) for q, h in zip(queries, hits, strict=True)]
            if len(rows)
            else [],
            follows=self._follows(rows),
            gain=self._gain(rows, window, period),
        )

    def _hold_best(self, query: Query, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Has the sentences of the passages embedded that are most alike the question, where these wait for it."""
        if (waiting := self._generation.waiting) is not None:
            waits = np.flatnonzero(waiting[rows])
            best = waits[np.argsort(-(vectors[waits] @ query.vector), kind="stable")[:HELD]]
            self._generation.hold(rows[best])

    def _rows(self, hits: list[Found]) -> NDArray[np.int64]:
        """Returns the rows to score, in order: the best of each side, and the passages beside them."""
        hit_rows = {int(row) for hit in hits for row in hit.rows}
        of_article = self._generation.article_rows
        beside = {
            other
            for row in hit_rows
            for other in (row - 1, row + 1)
            if 0 <= other < len(of_article) and of_article[other] == of_article[row]
        }
        every = sorted(hit_rows | beside)
        return np.array(every, np.int64)  # not np.unique: it imports numpy.ma, 60 ms of a cold start

    def _follows(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Returns, for each candidate but the last, whether the next one goes on where it ends."""
        articles = self._generation.article_rows[rows]
        return np.asarray((np.diff(rows) == 1) & (np.diff(articles) == 0))

    def _score(
        self, query: Query, rows: NDArray[np.int64], vectors: NDArray[np.float32],
        sentence_vectors: tuple[NDArray[np.float32], NDArray[np.int64]], hits: Found,
    ) -> Scores:  # fmt: skip
        """Returns the scores of these passages for one query."""
        cosines = vectors @ query.vector
        inner, begin = sentence_vectors
        sentences = np.maximum.reduceat(inner @ query.vector, begin)
        bm25 = np.zeros(len(rows), np.float32)
        at = np.searchsorted(rows, hits.lexical)
        scored = (at < len(rows)) & (rows[np.minimum(at, len(rows) - 1)] == hits.lexical)
        bm25[at[scored]] = hits.bm25[scored]
        of_cosine, of_sentence, of_bm25 = self._sample.scales(query)
        return Scores(
            cosine=cosines, cosine_z=of_cosine.z(cosines), sentence=sentences, sentence_z=of_sentence.z(sentences),
            bm25=bm25, bm25_z=of_bm25.z(bm25), coverage=query.coverage,
        )  # fmt: skip

    def _gain(
        self, rows: NDArray[np.int64], window: Window | None, period: NDArray[np.bool_] | None
    ) -> NDArray[np.float32]:
        """Returns what each passage gains by its date; nothing where no time is asked for."""
        if window is None or period is None:
            return np.zeros(len(rows), np.float32)
        most = _IN_RECENT_WINDOW if window.recent else _IN_DATED_WINDOW
        undated = self._generation.days[rows] == 0
        return np.where(period[rows], most, np.where(undated, most / 2, 0.0)).astype(np.float32)

    def _reranked(
        self, reranker: Reranker, question: str, rows: NDArray[np.int64], fused: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Returns the scores of the best passages dealt anew in the reranker's order; their scale stays."""
        best = np.lexsort((rows, -fused))[:RERANKED]
        texts = [passage_text(p.title, p.text) for p in self._generation.passages([int(rows[i]) for i in best])]
        order = np.argsort(-reranker.score(question, texts), kind="stable")
        dealt = fused.copy()
        dealt[best[order]] = fused[best]
        return dealt

    def _best(
        self, rows: NDArray[np.int64], vectors: NDArray[np.float32], fused: NDArray[np.float32], k: int
    ) -> list[Hit]:
        """Returns the k best passages; near duplicates are one, in the place of the best of them."""
        same = self._same(rows, vectors)
        left = {int(i): None for i in np.lexsort((rows, -fused))}  # candidates in order
        groups: list[list[int]] = []
        while left and len(groups) < k:
            first = next(iter(left))
            groups.append([first, *(other for other in same.get(first, ()) if other in left)])
            for member in groups[-1]:
                del left[member]
        members = [i for group in groups for i in group]
        passages = dict(zip(members, self._generation.passages([int(rows[i]) for i in members]), strict=True))
        row_of = {passage.id: int(rows[i]) for i, passage in passages.items()}
        hits = []
        for group in groups:
            passage = replace(merge([passages[i] for i in group]), score=float(fused[group[0]]))
            hits.append(Hit(row_of[passage.id], passage))
        return hits

    def _same(self, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> dict[int, list[int]]:
        """Returns, for candidates that have any, the others that say the same in another article."""
        articles = self._generation.article_rows[rows]
        close = (vectors @ vectors.T >= SAME_COSINE) & (articles[:, None] != articles)
        alike = [int(i) for i in np.flatnonzero(close.any(axis=1))]
        passages = dict(zip(alike, self._generation.passages([int(rows[i]) for i in alike]), strict=True))
        same = {
            i: [int(j) for j in np.flatnonzero(close[i]) if say_the_same(passages[i], passages[int(j)])] for i in alike
        }
        return {i: others for i, others in same.items() if others}

    def within(self, text: str, rows: Sequence[int], language: str) -> Results:
        """Returns how well these passages, at least one, say what `text` says, as `search` does for a question."""
        query = self.query(text, language)
        hits = both_sides(self._generation, query, CANDIDATES, None)
        at = np.array(sorted(rows), np.int64)
        self._generation.hold(at)
        scores = self._score(
            query, at, self._generation.vectors.rows(at), self._generation.sentence_vectors_of(at), hits
        )
        fused = self._fusion.fuse([scores], self._follows(at))
        passages = self._generation.passages([int(row) for row in at])
        ranked = [
            Hit(int(at[i]), replace(passages[i], score=float(fused[i]))) for i in np.lexsort((at, -fused)).tolist()
        ]
        best_cosine, best_sentence = float(scores.cosine.max()), float(scores.sentence.max())
        return Results(
            Facts.of(text, query.language),
            [query],
            ranked,
            best_cosine,
            best_sentence,
            self._generation.counts["passages"],
        )

    def query(self, question: str, language: str | None = None) -> Query:
        """Returns the question made ready for searching."""
        return self._builder.build(question, language)

    @cached_property
    def _sample(self) -> Sample:
        return Sample.of(self._generation, self._usual)
