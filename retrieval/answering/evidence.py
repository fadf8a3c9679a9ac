"""What answering sees of a question: the sentences that may answer and what speaks for each."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from index.store.generation import Generation
from retrieval.answering.answer import unwrapped
from retrieval.answering.candidates import Candidate, candidates, headlines, held_of_terms, query_shares
from retrieval.answering.readings import (
    LEAST_SHARE,
    PassageReader,
    read_passages,
    seen_anywhere,
    seen_as_answers,
    with_readings,
)
from retrieval.answering.weights import Features, Weights, logistic, logit, weighed
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.search.retriever import Results

if TYPE_CHECKING:
    from retrieval.reader.reading import PassageReading

_SEEN = 0.3  # share of a reader's spans that its likeliest one has, from which on it is believed
_LISTED = 4  # of the sentences that can answer, those of which it is told how likely each does
_UNLIKE = 0.35  # cosine of the most similar sentence, below which it is about something else
_CLOSING = ' *_»"”’)'
_NOTHING = Facts("", "")
_LEAST = 1e-3  # share of a sentence among all that is told from none


Scored: TypeAlias = tuple[float, Candidate]  # a sentence with its score, higher is better


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question before it is decided."""

    kind: Kind  # of thing that is asked for
    ranked: list[Scored]  # the candidate sentences, best first
    fitting: list[Scored]  # those that can answer: see `fitting_sentences`
    features: Features  # of "the articles hold the answer"
    probability: float  # that they do, 0 to 1
    sentences: list[Features]  # of the first fitting ones, each: of "this sentence answers"
    sentence_probabilities: list[float]  # that it does, 0 to 1
    was_read: bool = False  # whether a reader had a say


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of a question whatever the weights."""

    results: Results
    kind: Kind  # of thing that is asked for
    rarest: float  # 1 where the best passage holds the rarest word of the question, else 0
    choices: list[Candidate]  # the candidate sentences
    readings: Mapping[str, PassageReading] | None = None  # of their passages, by id; None: nothing was read

    def unread(self) -> Seen:
        """Returns it as if nothing had been read."""
        choices = [replace(c, answer=None, seen=0.0) for c in self.choices if not c.in_title]
        return replace(self, choices=choices, readings=None)


def gather_evidence(
    results: Results,
    generation: Generation,
    weights: Weights,
    reader: PassageReader | None = None,
    told: Collection[str] = (),
) -> Evidence:
    """Returns what answering and training alike see of a question.

    With a reader the passages are read; for a follow-up by itself and together with what it leans on: alone it may
    ask of anything, together of the turns before as well. Asked for more than was told, only sentences in which the
    reader sees an answer fit.
    """
    seen = see(results, generation, reader if weights.reading else None)
    return weigh(seen, weights.where_read(seen.readings is not None), told)


def see(results: Results, generation: Generation, reader: PassageReader | None = None) -> Seen:
    """Returns the sentences that may answer a question, read by a reader where there is one."""
    kind = results.question.kind
    choices = candidates(results, generation, kind)
    best = frozenset(generation.terms(results.hits[0].row)) if results.hits else frozenset()
    rarest = float(results.query.rarest in held_of_terms(results.query, best))
    if not reader:
        return Seen(results, kind, rarest, choices)
    shares = query_shares(len(results.queries))
    asked = {query.text: share for query, share in zip(results.queries, shares, strict=True)}
    choices += headlines(choices, kind, results.query)
    readings = read_passages(asked, choices, reader)
    return Seen(results, kind, rarest, with_readings(choices, readings), readings)


def weigh(seen: Seen, weights: Weights, told: Collection[str] = ()) -> Evidence:
    """Returns what the weights make of it."""
    scored = [(weighed(c.features, weights.sentence), c) for c in seen.choices]
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].passage.id, pair[1].start))
    fitting = fitting_sentences(ranked, seen.kind, told, seen.results.question)
    features = _answerable_features(seen, fitting or ranked)
    probability = logistic(weighed(features, weights.answerable))
    sentences = _sentence_features(fitting, seen.choices, probability)
    right = [logistic(weighed(each, weights.right)) for each in sentences]
    return Evidence(seen.kind, ranked, fitting, features, probability, sentences, right, seen.readings is not None)


def fitting_sentences(
    ranked: Sequence[Scored], kind: Kind, told: Collection[str] = (), asked: Facts = _NOTHING
) -> list[Scored]:
    """Returns the sentences that can answer.

    Such a sentence holds a date, a duration or a number where one is asked for, unless a reader sees the answer in
    it: "in spring" is when, but "8.30 p.m." is not how many. Who is asked for need not have a name ("the farmers").
    A question of the article's own is no answer, and what gives orders to a machine is never quoted. Asked for more
    than was told, only others fit, and only those in which a reader sees an answer.
    """
    return [
        (score, candidate)
        for score, candidate in ranked
        if (kind is Kind.PERSON or candidate.features["kind"] >= 0 or _is_seen(candidate, kind, asked))
        and not candidate.text.rstrip(_CLOSING).endswith(("?", "؟", "？"))
        and not candidate.facts.speaks_to_machines
        and (not told or (candidate.seen >= _SEEN and not any(unwrapped(candidate.text) in each for each in told)))
    ]


def _is_seen(candidate: Candidate, kind: Kind, asked: Facts) -> bool:
    """Whether a reader sees an answer in a sentence that holds no such thing; how many is no day and no time."""
    words = candidate.text[slice(*candidate.answer)] if candidate.answer else ""
    seen = Facts.of(words, candidate.passage.language)
    return candidate.seen >= _SEEN and not (kind is Kind.NUMBER and seen.counts_nothing(asked))


def _answerable_features(seen: Seen, ranked: Sequence[Scored]) -> Features:
    """Returns what tells whether the articles hold the answer.

    How similar anything is says little in a small index, where the best of few passages is not like the best of
    many, and a near miss is as similar as the answer: there what is read counts, and similarity less and less. Where
    nothing is read, it is all that there is.

    Args:
        seen: of the question.
        ranked: the sentences that can answer, where there are any, best first.
    """
    results = seen.results
    query = results.query
    score, best = ranked[0] if ranked else (0.0, None)
    of_best = best.features if best else {}
    small = smallness(results.size)
    between, fading = small * (1 - small), 0.0 if seen.readings is None else small
    other = float(best is not None and best.passage.language != query.language)
    seen_share = math.log(seen_anywhere(seen.readings or {}))
    similarity = {
        "sentence": results.best_sentence,
        "passage": results.best_cosine,
        "rarest": seen.rarest,
        "other_language": other,
        "sentence_across": other * results.best_sentence,  # across languages every similarity is lower
        "passage_across": other * results.best_cosine,
        "size": max((math.log(1 + results.size) - 5) / 2, 0.0),
        "seen_across": other * seen_share,  # what is read, and names that both write, tell more there
        "coverage_across": other * query.coverage,
    }
    return {
        "intercept": 1.0,
        "small": small,
        **{name: (1 - fading) * value for name, value in similarity.items()},
        # some hundred passages are neither: there a near miss is like the answer already, and read as one
        "between": between * (1 - other),
        "between_across": between * other,
        "unlike": small * min(results.best_sentence - _UNLIKE, 0.0),  # a near miss is like it, another subject is not
        "sentence_small": small * results.best_sentence,
        "coverage_small": small * query.coverage,
        "coverage": query.coverage,
        "score": score,
        "kind": of_best.get("kind", 0.0),
        "names": of_best.get("names", 0.0),
        "read": of_best.get("read", math.log(LEAST_SHARE)),
        "read_passage": of_best.get("read_passage", 0.0),
        "seen": seen_share,
    }


def smallness(size: int) -> float:
    """Returns how small an index is of so many passages: 1 up to a hundred of them, 0 from five hundred on."""
    few, many = math.log(100), math.log(500)
    return min(max((many - math.log(1 + size)) / (many - few), 0.0), 1.0)


def _sentence_features(fitting: Sequence[Scored], choices: Sequence[Candidate], probability: float) -> list[Features]:
    """Returns what tells of the first sentences whether each answers.

    Args:
        fitting: the sentences that can answer, best first.
        choices: all sentences.
        probability: that the articles hold the answer.
    """
    best = max((score for score, _ in fitting), default=0.0)
    everything = math.fsum(math.exp(score - best) for score, _ in fitting)
    return [
        {
            "intercept": 1.0,
            "share": math.log(_LEAST + math.exp(score - best) / everything),
            # the same words in other sentences speak for both: the share alone would be cut in two
            "agreement": math.log(LEAST_SHARE + min(max(seen_as_answers(candidate, choices), 0.0), 1.0)),
            "holds": logit(probability),
            "cosine_z": candidate.features["cosine_z"],
        }
        for score, candidate in fitting[:_LISTED]
    ]
