"""The default answerer: the sentences of the articles that answer, or none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.generation import Generation, Passage
from index.lexical import fold, terms
from retrieval.answer import Draft
from retrieval.highlights import highlights
from retrieval.kinds import Kind, holds, kind_asked, names_person
from retrieval.query import Query
from retrieval.retriever import Results

READ_CHARS = 4_000  # of the best passages, from which sentences are chosen
SENTENCES = 3  # in an answer at most
ANSWER_CHARS = 600  # that the sentences after the first may fill
_SHORTEST = 16  # characters of a sentence; shorter ones are headings and cut-offs
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWELS = re.compile(r"[aeiouyhw]")
_NAME_LETTERS = 4
_PRESUPPOSING_ARTICLES = 2
PRESUPPOSED = 2.5  # logit that it adds; chosen by hand, no public set asks of one article so
_MOST_MARGIN = 2.0  # of the best sentence over the next that is counted
WEIGHTS_FILE = Path(__file__).with_name("weights.json")

Features: TypeAlias = dict[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """What `articlebot train` learned; weights.json, readable."""

    sentence: Mapping[str, float]  # feature -> weight of "this sentence holds the answer"
    answerable: Mapping[str, float]  # feature -> weight of "the articles hold the answer"; "intercept" too
    threshold: float  # of the probability, from which on it is answered
    margin: float  # a further sentence may score this much less than the best

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Weights:
        """Reads the shipped file."""
        return cls(**json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer."""

    passage: Passage
    start: int  # characters of the article's text
    end: int
    text: str
    features: Features


Scored: TypeAlias = tuple[float, Candidate]  # a sentence with its score, higher is better


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question before it is decided."""

    kind: Kind  # of thing that is asked for
    ranked: list[Scored]  # the candidate sentences, best first
    fitting: list[Scored]  # those that hold such a thing
    features: Features  # of "the articles hold the answer"


@dataclass(frozen=True, slots=True)
class Extract:
    """What the articles say to a question."""

    drafts: list[Draft]  # in reading order; empty below the threshold
    probability: float  # that the articles hold the answer, 0 to 1


def extract(results: Results, generation: Generation, weights: Weights | None = None) -> Extract:
    """Returns the sentences that answer and how sure it is that any does.

    A question for a date, a duration, a number or a person is answered only by a sentence that holds one.
    """
    weights = weights or Weights.load()
    evidence = gather_evidence(results, generation, weights)
    fitting = evidence.fitting
    logit = weighed(evidence.features, weights.answerable)
    if _is_presupposed(evidence, generation.counts["articles"]):
        logit += PRESUPPOSED
    probability = logistic(logit)
    if not fitting:
        return Extract([], min(probability, weights.threshold / 2))
    if probability < weights.threshold:
        return Extract([], probability)
    chosen = _choose(fitting, weights.margin)
    best = chosen[0].passage.article_id
    chosen.sort(key=lambda c: (c.passage.article_id != best, c.passage.article_id, c.start))
    asked = results.query.text
    return Extract(
        [Draft(c.text, c.passage, c.start, c.end, c.text, highlights(evidence.kind, c.text, asked)) for c in chosen],
        probability,
    )


def gather_evidence(results: Results, generation: Generation, weights: Weights) -> Evidence:
    """Returns what answering and training alike see of a question."""
    kind = kind_asked(results.asked)
    ranked = rank(results, generation, kind, weights)
    fitting = fitting_sentences(ranked, kind, results.query.text)
    return Evidence(kind, ranked, fitting, answerable_features(results, ranked, fitting))


def _is_presupposed(evidence: Evidence, articles: int) -> bool:
    """Whether a question that names nothing can only be about the one article there is.

    "When did the call take place?" asked of one article takes its event for granted; what is left to tell is
    whether a sentence holds a date, and that few of them do.
    """
    kinds = (Kind.DATE, Kind.DURATION, Kind.PERSON)
    tells = evidence.kind in kinds and 0 < 2 * len(evidence.fitting) < len(evidence.ranked)
    return tells and evidence.features["names_nothing"] > 0 and articles <= _PRESUPPOSING_ARTICLES


def fitting_sentences(ranked: list[Scored], kind: Kind, question: str) -> list[Scored]:
    """Returns the ranked sentences that hold what is asked for; full names before single capitalised words."""
    if kind is Kind.PERSON:
        named = [scored for scored in ranked if names_person(scored[1].text, question)]
        if named:
            return named
    return [scored for scored in ranked if holds(kind, scored[1].text, question)]


def rank(results: Results, generation: Generation, kind: Kind, weights: Weights) -> list[Scored]:
    """Returns the candidate sentences with their scores, best first."""
    found = candidates(results, generation, kind)
    scored = [(weighed(candidate.features, weights.sentence), candidate) for candidate in found]
    return sorted(scored, key=lambda pair: (-pair[0], pair[1].passage.id, pair[1].start))


def candidates(results: Results, generation: Generation, kind: Kind) -> list[Candidate]:
    """Returns the sentences of the best passages with their features; z-scores are over these sentences."""
    query = results.query
    asked_numbers = set(_DIGITS.findall(query.text))
    found: list[Candidate] = []
    read = 0
    for rank_, hit in enumerate(results.found):
        if read >= READ_CHARS:
            break
        passage = hit.passage
        read += len(passage.text)
        sentences = generation.sentences(hit.row)
        cosines = sentences.vectors @ query.vector
        in_title = held_words(query, passage.title, passage.language)
        for number, ((start, end), cosine) in enumerate(zip(sentences.spans, cosines, strict=True)):
            text = passage.text[start - passage.start : end - passage.start]
            if len(text) < _SHORTEST:
                continue
            held = held_words(query, text, passage.language) | in_title
            found.append(Candidate(passage, start, end, text, {
                "cosine": float(cosine),
                "passage": hit.passage.score,
                "rank": float(rank_),
                "words": sum(query.weights[word] for word in held) / (sum(query.weights.values()) or 1.0),
                "first": float(start == 0),
                "position": number / len(sentences.spans),
                "kind": _kind_feature(kind, text, query.text),
                "asks": float(text.rstrip(" »\"”").endswith(("?", "؟", "？"))),
                "length": math.log(len(text)),
                "names": _missing_names(query, text + " " + passage.title),
                "numbers": _missing_numbers(asked_numbers, text + passage.title, passage),
            }))  # fmt: skip
    _standardise(found, query.gate)
    return found


def answerable_features(results: Results, ranked: list[Scored], fitting: list[Scored]) -> Features:
    """Returns what tells whether the articles hold the answer."""
    query = results.query
    # the best of few passages is less similar than the best of many: 0 at about 150 passages, 1 at 1,100
    size = (math.log(1 + results.size) - 5) / 2
    best = fitting[0][1] if fitting else (ranked[0][1] if ranked else None)
    features = {
        "intercept": 1.0,
        "sentence": results.best_sentence,
        "size": size,
        "size_squared": size * size,
        "sentence_by_size": size * results.best_sentence,
        "passage_z_by_size": size * min(results.best_cosine_z, 8.0),
        "passage": results.best_cosine,
        "sentence_z": min(results.best_sentence_z, 8.0),
        "passage_z": min(results.best_cosine_z, 8.0),
        "other_language": float(best is not None and best.passage.language != query.language),
        "coverage": query.coverage,
        "chosen": best.features["cosine"] if best else 0.0,
        "words": best.features["words"] * query.coverage if best else 0.0,
        "numbers": best.features["numbers"] if best else 0.0,
        "names": best.features["names"] if best else 0.0,
        "kind": best.features["kind"] if best else 0.0,
        "margin": min(fitting[0][0] - fitting[1][0], _MOST_MARGIN) if len(fitting) > 1 else _MOST_MARGIN,
    }
    # "When was it?" names nothing: asked of one article, it is about that one
    names_nothing = float(not query.names and not _DIGITS.search(query.text))
    features |= {"names_nothing": names_nothing, "names_nothing_small": names_nothing * max(-size, 0.0)}
    other = features["other_language"]
    # across languages every similarity is lower, of right and of wrong passages alike
    across = ("sentence", "passage", "sentence_z", "passage_z", "size", "coverage", "names", "margin")
    return features | {f"{name}_across": other * features[name] for name in across}


def held_words(query: Query, text: str, language: str) -> set[str]:
    """Returns the question's content words that stand in `text`, in any form that the stemmer joins."""
    here = set(terms(text, language))
    return {word for word, variants in query.variants.items() if variants & here}


def weighed(features: Features, weights: Mapping[str, float]) -> float:
    """Returns the weighted sum of the features that have a weight."""
    return sum(weight * features[name] for name, weight in weights.items())


def logistic(x: float) -> float:
    """Returns 1 / (1 + e^-x)."""
    return 1 / (1 + math.exp(-max(min(x, 40.0), -40.0)))


def _choose(fitting: list[Scored], margin: float) -> list[Candidate]:
    """Returns the best sentence and at most two others nearly as good that fit beside it and say something else."""
    chosen: list[Candidate] = []
    size = 0
    for score, candidate in fitting:
        if chosen and (score < fitting[0][0] - margin or size + len(candidate.text) > ANSWER_CHARS):
            continue
        if any(fold(candidate.text) == fold(other.text) for other in chosen):
            continue
        chosen.append(candidate)
        size += len(candidate.text)
        if len(chosen) == SENTENCES:
            break
    return chosen


def _kind_feature(kind: Kind, text: str, question: str) -> float:
    """1 where the sentence holds what is asked for, -1 where it does not, 0 where that cannot be told."""
    if kind in (Kind.OTHER, Kind.REASON, Kind.PLACE):
        return 0.0
    if not holds(kind, text, question):
        return -1.0
    return 0.0 if kind is Kind.PERSON and not names_person(text, question) else 1.0


def _missing_numbers(asked: set[str], text: str, passage: Passage) -> float:
    """Share of the question's numbers that neither the sentence, the title nor the date holds."""
    if not asked:
        return 0.0
    here = set(_DIGITS.findall(text))
    if passage.published:
        here |= {str(passage.published.year), str(passage.published.day)}
    return len(asked - here) / len(asked)


def _missing_names(query: Query, text: str) -> float:
    """Share of the question's names, of its own script, that no word of the text sounds like.

    The first three consonants decide, so that Poutine meets Putin, Syrie Syria and Moscou Moscow. A word is a
    name where a capital stands after the question's first word (German, which writes all nouns so, has none here).
    """
    comparable = [name for name in query.names if name.isascii() == fold(text[:40]).isascii()]
    if not comparable:
        return 0.0
    here = {_skeleton(word) for word in _LETTERS.findall(fold(text))}
    return sum(_skeleton(name) not in here for name in comparable) / len(comparable)


def _skeleton(word: str) -> str:
    consonants = re.sub(r"(.)\1+", r"\1", _VOWELS.sub("", word))
    return consonants[:3] if len(consonants) > 1 else word[:_NAME_LETTERS]


def _standardise(found: list[Candidate], gate: float) -> None:
    """Adds z-scores over the candidates of one question; those of words only as far as words count."""
    for name, factor in (("cosine", 1.0), ("words", gate), ("passage", 1.0)):
        values: NDArray[np.float64] = np.array([candidate.features[name] for candidate in found])
        if not len(values):
            return
        deviation = max(float(values.std()), 1e-6)
        for candidate, value in zip(found, values, strict=True):
            candidate.features[f"{name}_z"] = factor * float(value - values.mean()) / deviation
