"""What a reader adds to the evidence: how far it sees the answer in a sentence, and in any of the passages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from index.generation import Passage

if TYPE_CHECKING:
    from retrieval.evidence import Candidate
    from retrieval.reader.reading import Reading

Features: TypeAlias = dict[str, float]

_LEAST_SHARE = 0.01  # of a reader's spans that is told from none
_UNREAD = -5.0  # a reader's logit for nothing to read


class PassageReader(Protocol):
    """What reads passages for a question: see `retrieval.reader.reading.Reader`."""

    def read(self, question: str, passages: Sequence[tuple[str, str]], /) -> list[Reading]:
        """Returns a reading of each passage (title, text)."""
        ...


def logistic(x: float) -> float:
    """Returns 1 / (1 + e^-x)."""
    return 1 / (1 + math.exp(-max(min(x, 40.0), -40.0)))


def read_passages(question: str, passages: Sequence[Passage], reader: PassageReader) -> dict[str, Reading]:
    """Returns the readings of passages by id, each read once."""
    apart = {passage.id: passage for passage in passages}
    return dict(zip(apart, reader.read(question, [(p.title, p.text) for p in apart.values()]), strict=True))


def with_readings(found: Sequence[Candidate], readings: Mapping[str, Reading]) -> list[Candidate]:
    """Returns the sentences with what a reader sees in them."""
    seen = []
    for candidate in found:
        reading, before = readings[candidate.passage.id], candidate.passage.start
        start, end = candidate.start - before, candidate.end - before
        share = reading.share(start, end)
        features = {
            "read": math.log(_LEAST_SHARE + share),
            "read_passage": reading.answerable,
            "read_both": math.log(_LEAST_SHARE + share * logistic(reading.answerable)),
        }
        answer = reading.answer(start, end)
        inside = whole_words(candidate.text, answer[0] - start, answer[1] - start) if answer else None
        seen.append(replace(candidate, features=candidate.features | features, answer=inside))
    return seen


def reading_features(readings: Mapping[str, Reading], best: Mapping[str, float], other_language: float) -> Features:
    """Returns what a reader says of "the articles hold the answer".

    Args:
        readings: of every passage that was read.
        best: the features of the sentence that would be shown first; empty where there is none.
        other_language: 1 where the question's language is not the passage's, else 0.
    """
    features = {
        "read_most": max((reading.answerable for reading in readings.values()), default=_UNREAD),
        "read_some": math.log(_LEAST_SHARE + 1 - min((reading.none for reading in readings.values()), default=1.0)),
        "read_passage": best.get("read_passage", _UNREAD),
        "read_sentence": best.get("read", math.log(_LEAST_SHARE)),
    }
    return features | {f"{name}_across": other_language * value for name, value in features.items()}


def whole_words(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Returns the span widened to whole words, without what is no word at its ends; None for none, or for all."""
    while 0 < start < len(text) and _inside_word(text, start):
        start -= 1
    while 0 < end < len(text) and _inside_word(text, end):
        end += 1
    while start < end and not text[start].isalnum():
        start += 1
    while end > start and not text[end - 1].isalnum() and text[end - 1] not in "%€$£)":
        end -= 1
    return (start, end) if start < end and (start, end) != (0, len(text)) else None


def _inside_word(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    return before.isalnum() and after.isalnum() and before < "\u3040" and after < "\u3040"
