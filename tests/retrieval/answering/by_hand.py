"""Weights made by hand, under which a question is decided as one can reckon; and sentences without articles."""

from __future__ import annotations

from datetime import date

import numpy as np

from index.article import Passage, Span
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import Evidence
from retrieval.answering.weights import Features, Weights
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.search.query import Query
from retrieval.search.retriever import Results

# once read, only that counts: seen clearly, a sentence answers with .95, and unseen not at all
READING = Weights(
    sentence={"cosine_z": 0.5, "read": 3.0}, answerable={"intercept": 3.0, "read": 2.0},
    right={"intercept": 3.0, "agreement": 2.0}, threshold=0.5, least=0.3, further=0.5, near=0.1,
)  # fmt: skip
BY_HAND = Weights(
    sentence={"cosine_z": 1.2, "words_z": 0.3, "passage_z": 0.85, "first": 0.8, "kind": 1.2},
    answerable={"intercept": 1.0}, right={"intercept": 1.0}, threshold=0.5, least=0.3, further=0.5, near=0.1,
    reading=READING,
)  # fmt: skip


def sentence(
    text: str, article_id: str = "a", start: int = 0, also_in: tuple[str, ...] = (), features: Features | None = None,
    answer: Span | None = None, seen: float = 0.0, published: date | None = None,
) -> Candidate:  # fmt: skip
    """A sentence that is a passage by itself."""
    passage = Passage(
        id=f"{article_id}#{start}", article_id=article_id, title="Titre", source="", url="", published=published,
        language="fr", start=start, end=start + len(text), text=text, also_in=also_in,
    )  # fmt: skip
    return Candidate(passage, start, start + len(text), text, {"words": 1.0, **(features or {})}, answer, seen)


def results_of(question: str, size: int = 1_000, best_sentence: float = 0.0, best_cosine: float = 0.0) -> Results:
    """Results of a search that found no passage."""
    query = Query(
        text=question, language="fr", vector=np.zeros(4, np.float32), names=(), terms={}, weights={}, variants={},
        coverage=1.0, gate=1.0,
    )  # fmt: skip
    return Results(
        Facts.of(question, "fr"), [query], [], best_cosine=best_cosine, best_sentence=best_sentence, size=size
    )


def evidence_of(
    fitting: list[Candidate], probability: float, of_each: list[float], kind: Kind = Kind.OTHER, *, read: bool = False
) -> Evidence:
    """Evidence of these sentences, best first.

    Args:
        fitting: the sentences that can answer.
        probability: that the articles hold the answer.
        of_each: that the first ones each answer.
        kind: of thing that is asked for.
        read: whether a reader had a say.
    """
    scored = [(-0.1 * place, candidate) for place, candidate in enumerate(fitting)]
    return Evidence(kind, scored, scored, {}, probability, [{} for _ in of_each], of_each, read)
