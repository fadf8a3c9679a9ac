"""What answering sees of a question: the sentences that may answer and what speaks for each."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from index.article import Passage
from index.store.generation import Generation
from retrieval.answering.answer import unwrapped
from retrieval.answering.candidates import (
    MOST_Z,
    Candidate,
    candidates,
    held_of_terms,
    mass,
    missing_names_share,
    missing_numbers_share,
    query_shares,
)
from retrieval.answering.readings import PassageReader, read_passages, reading_features, with_readings
from retrieval.answering.weights import ACROSS, SMALL, Features, Weights, logistic, weighed
from retrieval.facts.kinds import Kind, kind_asked, numbers
from retrieval.search.query import Query
from retrieval.search.retriever import Results

if TYPE_CHECKING:
    from retrieval.reader.reading import PassageReading

_SEEN = math.log(0.3)  # share of a reader's spans that lie in a sentence which answers too
_MOST_MARGIN = 2.0  # of the best sentence over the next that is counted


Scored: TypeAlias = tuple[float, Candidate]  # a sentence with its score, higher is better


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question before it is decided."""

    kind: Kind  # of thing that is asked for
    ranked: list[Scored]  # the candidate sentences, best first
    fitting: list[Scored]  # those that can answer: see `fitting_sentences`
    features: Features  # of "the articles hold the answer"
    probability: float  # that they do, by the weights
    was_read: bool = False  # whether a reader had a say


def gather_evidence(
    results: Results,
    generation: Generation,
    weights: Weights,
    reader: PassageReader | None = None,
    told: Collection[str] = (),
) -> Evidence:
    """Returns what answering and training alike see of a question.

    With a reader the passages are read, unless their similarity alone is sure (`Weights.sure`); for a follow-up by
    itself and together with what it leans on: alone it may ask of anything, together of the turns before as well.
    Asked for more than was told, passages are always read, and only sentences in which the reader sees an answer fit.
    """
    kind = kind_asked(results.asked)
    choices = candidates(results, generation, kind)
    held = [held_of_terms(results.query, frozenset(generation.terms(hit.row))) for hit in results.hits]
    evidence = _weigh(results, choices, held, kind, weights)
    low, high = weights.sure
    if reader and weights.reading and (told or low <= evidence.probability <= high):
        asked = {
            query.text: share for query, share in zip(results.queries, query_shares(len(results.queries)), strict=True)
        }
        readings = read_passages(asked, [candidate.passage for candidate in choices], reader)
        evidence = _weigh(results, with_readings(choices, readings), held, kind, weights.reading, readings)
    return replace(evidence, fitting=_left(evidence.fitting, told)) if told else evidence


def _left(fitting: Sequence[Scored], told: Collection[str]) -> list[Scored]:
    """Returns the sentences that were not told, as far as a reader sees an answer in them."""
    return [
        (score, candidate)
        for score, candidate in fitting
        if candidate.features.get("read", 0.0) >= _SEEN and not any(unwrapped(candidate.text) in each for each in told)
    ]


def _weigh(
    results: Results,
    choices: Sequence[Candidate],
    held: Sequence[set[str]],
    kind: Kind,
    weights: Weights,
    readings: Mapping[str, PassageReading] | None = None,
) -> Evidence:
    scored = [(weighed(c.features, weights.sentence), c) for c in choices]
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].passage.id, pair[1].start))
    fitting = fitting_sentences(results, ranked, kind)
    features = answerable_features(results, held, ranked, fitting)
    if readings is not None:
        best = (fitting or ranked)[0][1].features if ranked else {}
        features |= reading_features(readings, best, features["other_language"])
    probability = logistic(weighed(features, weights.answerable))
    return Evidence(kind, ranked, fitting, features, probability, readings is not None)


def fitting_sentences(results: Results, ranked: Sequence[Scored], kind: Kind) -> list[Scored]:
    """Returns the sentences that can answer.

    Such a sentence holds a date, a duration or a number where one is asked for; who is asked for need not have a
    name ("the farmers"). All numbers of the question, and in its own language one of its names at least, stand in
    the sentence, its passage, the title or the date: of "Il naît en 1970" the passage says who.
    """
    read = {candidate.passage.id: candidate.passage for _, candidate in ranked}
    named = {name for name, passage in read.items() if _is_named(results.queries[0], passage)}
    return [
        (score, candidate)
        for score, candidate in ranked
        if candidate.passage.id in named and (kind is Kind.PERSON or candidate.features["kind"] >= 0)
    ]


def _is_named(query: Query, passage: Passage) -> bool:
    text = f"{passage.title} {passage.text}"
    if missing_numbers_share(numbers(query.text), text, passage):
        return False
    return passage.language != query.language or missing_names_share(query, passage.title, passage.text) < 1


def answerable_features(
    results: Results, held: Sequence[set[str]], ranked: Sequence[Scored], fitting: Sequence[Scored]
) -> Features:
    """Returns what tells whether the articles hold the answer.

    Args:
        results: of the search.
        held: the question's content words that each passage found holds, its title too.
        ranked: the candidate sentences, best first.
        fitting: those that can answer.
    """
    query = results.query
    best = fitting[0][1] if fitting else (ranked[0][1] if ranked else None)
    features = {
        "sentence": results.best_sentence,
        "passage": results.best_cosine,
        "sentence_z": min(results.best_sentence_z, MOST_Z),
        "passage_z": min(results.best_cosine_z, MOST_Z),
        "coverage": query.coverage,
        "other_language": float(best is not None and best.passage.language != query.language),
        "chosen": best.features["cosine"] if best else 0.0,
        "words": best.features["words"] * query.coverage if best else 0.0,
        "names": best.features["names"] if best else 0.0,
        "numbers": best.features["numbers"] if best else 0.0,
        "kind": best.features["kind"] if best else 0.0,
        "unfit": float(not fitting or fitting[0][1] is not ranked[0][1]),  # the most similar one lacks what is asked
        "score": (fitting or ranked)[0][0] if ranked else 0.0,
        "margin": min(fitting[0][0] - fitting[1][0], _MOST_MARGIN) if len(fitting) > 1 else _MOST_MARGIN,
        # "When was it?" names nothing: asked of one article, it is about that one
        "names_nothing": float(not query.names and not numbers(query.text)),
        **_passage_features(results, held),
    }
    # the best of few passages is less similar than the best of many: 0 at 150 passages, 1.7 at 4
    small = max((5 - math.log(1 + results.size)) / 2, 0.0)
    features |= {f"{name}_small": small * features[name] for name in SMALL}
    # across languages every similarity is lower, of right and of wrong passages alike
    features |= {f"{name}_across": features["other_language"] * features[name] for name in ACROSS}
    size = max((math.log(1 + results.size) - 5) / 2, 0.0)
    return features | {"intercept": 1.0, "small": small, "size": size}


def _passage_features(results: Results, held: Sequence[set[str]]) -> Features:
    """Returns how much of the question the best passages hold, and how far the first is ahead."""
    query, hits = results.query, results.hits
    if not hits:
        return {"passage_words": 0.0, "rarest": 0.0, "lead": 0.0, "fused": 0.0}
    return {
        "passage_words": max(mass(query, words) for words in held) * query.coverage,
        "rarest": float(query.rarest in held[0]),
        "lead": hits[0].passage.score - hits[min(5, len(hits) - 1)].passage.score,
        "fused": hits[0].passage.score,
    }
