"""What answering sees of a question: the sentences that may answer and what speaks for each."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.generation import Generation, Passage
from index.lexical import fold, terms
from retrieval.answer import unwrapped
from retrieval.kinds import Kind, holds, kind_asked, names_person, numbers
from retrieval.query import Query
from retrieval.readings import Features, PassageReader, logistic, read_passages, reading_features, with_readings
from retrieval.retriever import Results

if TYPE_CHECKING:
    from retrieval.reader.reading import Reading

READ_CHARS = 4_000  # of the best passages, from which sentences are chosen
WEIGHTS_FILE = Path(__file__).with_name("weights.json")
_LEANING = 0.5  # weight of a follow-up together with what it leans on, beside the follow-up alone
_SEEN = math.log(0.3)  # share of a reader's spans that lie in a sentence which answers too
_SHORTEST = 16  # characters of a sentence; shorter ones are headings and cut-offs
_MOST_MARGIN = 2.0  # of the best sentence over the next that is counted
_MOST_Z = 8.0
_LETTERS = re.compile(r"[^\W\d_]+")
_VOWELS = re.compile(r"[aeiouyhw]")
_NAME_LETTERS = 4
_KEPT = 4_096  # texts, most of them sentences, whose words are kept: a few megabytes, and questions meet on passages
# features that mean something else across languages, and in a small index
ACROSS = ("sentence", "passage", "sentence_z", "passage_z", "coverage", "names", "margin")
SMALL = ("sentence", "passage_z", "coverage")


@dataclass(frozen=True, slots=True)
class Weights:
    """What `articlebot train answers` learned; weights.json, readable."""

    sentence: Mapping[str, float]  # feature -> weight of "this sentence holds the answer"
    answerable: Mapping[str, float]  # feature -> weight of "the articles hold the answer"; "intercept" too
    threshold: float  # of the probability, from which on it is answered
    margin: float  # a further sentence may score this much less than the best
    reading: Weights | None = None  # the same once the best passages were read
    sure: tuple[float, float] = (0.0, 1.0)  # below and above these probabilities nothing is read

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Weights:
        """Reads the shipped file."""
        return cls.of(json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Weights:
        """Returns the weights of a record as the file has it."""
        reading = record.get("reading")
        sure = tuple(record.get("sure", (0.0, 1.0)))
        return cls(**{**record, "reading": cls.of(reading) if reading else None, "sure": sure})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer."""

    passage: Passage
    start: int  # characters of the article's text
    end: int
    text: str
    features: Features
    answer: tuple[int, int] | None = None  # characters of `text` that a reader takes for the answer


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
    found = candidates(results, generation, kind)
    held = [_held(results.query, frozenset(generation.terms(hit.row))) for hit in results.found]
    evidence = _weigh(results, found, held, kind, weights)
    low, high = weights.sure
    if reader and weights.reading and (told or low <= evidence.probability <= high):
        asked = {query.text: share for query, share in zip(results.queries, _shares(len(results.queries)), strict=True)}
        readings = read_passages(asked, [candidate.passage for candidate in found], reader)
        evidence = _weigh(results, with_readings(found, readings), held, kind, weights.reading, readings)
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
    found: Sequence[Candidate],
    held: Sequence[set[str]],
    kind: Kind,
    weights: Weights,
    readings: Mapping[str, Reading] | None = None,
) -> Evidence:
    scored = [(weighed(c.features, weights.sentence), c) for c in found]
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
    if _missing_numbers(numbers(query.text), text, passage):
        return False
    return passage.language != query.language or _missing_names(query, passage.title, passage.text) < 1


def candidates(results: Results, generation: Generation, kind: Kind) -> list[Candidate]:
    """Returns the sentences of the best passages with their features; z-scores are over these sentences."""
    query, shares = results.query, _shares(len(results.queries))
    asked_numbers = numbers(results.asked)
    found: list[Candidate] = []
    read = 0
    for rank, hit in enumerate(results.found):
        if read >= READ_CHARS:
            break
        passage = hit.passage
        read += len(passage.text)
        sentences = generation.sentences(hit.row)
        cosines = np.sum(
            [share * (sentences.vectors @ q.vector) for share, q in zip(shares, results.queries, strict=True)], axis=0
        )
        titles = [held_words(q, passage.title, passage.language) for q in results.queries]
        before = passage.title
        for number, (start, end) in enumerate(sentences.spans):
            text = passage.text[start - passage.start : end - passage.start]
            here, before = (passage.title, before, text), text
            if len(text) < _SHORTEST:
                continue
            held = [
                held_words(q, text, passage.language) | title for q, title in zip(results.queries, titles, strict=True)
            ]
            features = {
                "cosine": float(cosines[number]),
                "passage": passage.score,
                "rank": float(rank),
                "words": sum(s * _mass(q, h) for s, q, h in zip(shares, results.queries, held, strict=True)),
                "first": float(start == 0),
                "position": number / len(sentences.spans),
                "kind": _kind_feature(kind, text, query.text),
                "asks": float(text.rstrip(" »\"”").endswith(("?", "؟", "？"))),
                "length": math.log(len(text)),
                "names": _missing_names(results.queries[0], *here),
                "numbers": _missing_numbers(asked_numbers, " ".join(here), passage),
            }  # fmt: skip
            found.append(Candidate(passage, start, end, text, features))
    _standardise(found, query.gate)
    return found


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
        "sentence_z": min(results.best_sentence_z, _MOST_Z),
        "passage_z": min(results.best_cosine_z, _MOST_Z),
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
    query, found = results.query, results.found
    if not found:
        return {"passage_words": 0.0, "rarest": 0.0, "lead": 0.0, "fused": 0.0}
    return {
        "passage_words": max(_mass(query, words) for words in held) * query.coverage,
        "rarest": float(query.rarest in held[0]),
        "lead": found[0].passage.score - found[min(5, len(found) - 1)].passage.score,
        "fused": found[0].passage.score,
    }


def held_words(query: Query, text: str, language: str) -> set[str]:
    """Returns the question's content words that stand in `text`, in any form that the stemmer joins."""
    return _held(query, _terms_in(text, language))


def _held(query: Query, here: frozenset[str]) -> set[str]:
    return {word for word, variants in query.variants.items() if variants & here}


@lru_cache(maxsize=_KEPT)
def _terms_in(text: str, language: str) -> frozenset[str]:
    return frozenset(terms(text, language))


def weighed(features: Features, weights: Mapping[str, float]) -> float:
    """Returns the weighted sum of the features that have a weight."""
    return sum(weight * features[name] for name, weight in weights.items())


def _shares(queries: int) -> tuple[float, ...]:
    """Returns how much each query counts: the question alone, and with what it leans on."""
    return (1.0,) if queries == 1 else (1 / (1 + _LEANING), _LEANING / (1 + _LEANING))


def _mass(query: Query, words: set[str]) -> float:
    """Returns the share of the question's idf mass, as far as the index holds it, of these words."""
    return math.fsum(query.weights[word] for word in words) / (sum(query.weights.values()) or 1.0)


def _kind_feature(kind: Kind, text: str, question: str) -> float:
    """1 where the sentence holds what is asked for, -1 where it does not, 0 where that cannot be told."""
    if kind in (Kind.OTHER, Kind.REASON, Kind.PLACE):
        return 0.0
    if not holds(kind, text, question):
        return -1.0
    return 0.0 if kind is Kind.PERSON and not names_person(text, question) else 1.0


def _missing_numbers(asked: frozenset[str], text: str, passage: Passage) -> float:
    """Share of the question's numbers that neither the text nor the article's date holds."""
    if not asked:
        return 0.0
    here = numbers(text)
    if passage.published:
        here |= {str(passage.published.year), str(passage.published.day)}
    return len(asked - here) / len(asked)


def _missing_names(query: Query, *texts: str) -> float:
    """Share of the question's names, of its own script, that no word of the texts sounds like.

    The first three consonants decide, so that Poutine meets Putin, Syrie Syria and Moscou Moscow. A word is a
    name where a capital stands after the question's first word (German, which writes all nouns so, has none here).
    """
    beginning = " ".join(texts)[:40]
    letters = "".join(_LETTERS.findall(fold(beginning)))  # quotation marks and dashes are of no script
    comparable = [name for name in query.names if name.isascii() == letters.isascii()]
    if not comparable:
        return 0.0
    here = [_skeletons(text) for text in texts]
    return sum(not any(_skeleton(name) in each for each in here) for name in comparable) / len(comparable)


@lru_cache(maxsize=_KEPT)
def _skeletons(text: str) -> frozenset[str]:
    return frozenset(_skeleton(word) for word in _LETTERS.findall(fold(text)))


@lru_cache(maxsize=50_000)
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
        for candidate, above in zip(found, (values - values.mean()).tolist(), strict=True):
            candidate.features[f"{name}_z"] = factor * above / deviation
