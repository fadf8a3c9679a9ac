"""What a reader adds to the evidence: how far it sees the answer in a sentence, and in any of the passages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from index.article import Span
from index.text.folding import words

if TYPE_CHECKING:
    from retrieval.answering.candidates import Candidate
    from retrieval.reader.reading import PassageReading


LEAST_SHARE = 0.01  # of a reader's spans that is told from none
_SHORT = 5  # characters, with a space on either side: shorter answers are the same only as they are


class PassageReader(Protocol):
    """What reads passages for a question: see `retrieval.reader.reading.Reader`."""

    def read(self, question: str, passages: Sequence[tuple[str, str]], /) -> list[PassageReading]:
        """Returns a reading of each passage (title, text)."""
        ...


class Kept:
    """Keeps every reading, for who asks the same again; as large as what was read."""

    def __init__(self, reader: PassageReader) -> None:
        self._reader = reader
        self._kept: dict[tuple[str, str, str], PassageReading] = {}

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Returns a reading of each passage (title, text)."""
        missing = [(title, text) for title, text in passages if (question, title, text) not in self._kept]
        read = self._reader.read(question, missing) if missing else []
        for (title, text), reading in zip(missing, read, strict=True):
            self._kept[question, title, text] = reading
        return [self._kept[question, title, text] for title, text in passages]


def read_passages(
    asked: Mapping[str, float], choices: Sequence[Candidate], reader: PassageReader
) -> dict[str, PassageReading]:
    """Returns the readings of the passages and headlines of sentences by `place_of`, each read once a question.

    Args:
        asked: questions that mean the same, with how much each counts, 1 in all.
        choices: the sentences.
        reader: that reads them.
    """
    texts = {place_of(c): ("", c.text) if c.in_title else (c.passage.title, c.passage.text) for c in choices}
    of_questions = zip(*(reader.read(question, list(texts.values())) for question in asked), strict=True)
    return {place: _mean(readings, list(asked.values())) for place, readings in zip(texts, of_questions, strict=True)}


def place_of(candidate: Candidate) -> str:
    """Returns what names the text that a sentence is read in: its passage, or the headline that it is."""
    passage = candidate.passage
    return f"{passage.article_id}#title" if candidate.in_title else passage.id


def _mean(readings: Sequence[PassageReading], shares: Sequence[float]) -> PassageReading:
    """Returns the mean of readings of one passage."""
    if len(readings) == 1:
        return readings[0]
    return replace(
        readings[0],
        answerable=float(np.average([reading.answerable for reading in readings], weights=shares)),
        none=float(np.average([reading.none for reading in readings], weights=shares)),
        starts=np.average([reading.starts for reading in readings], axis=0, weights=shares),
        ends=np.average([reading.ends for reading in readings], axis=0, weights=shares),
    )


def with_readings(choices: Sequence[Candidate], readings: Mapping[str, PassageReading]) -> list[Candidate]:
    """Returns the sentences with what a reader sees in them, as a share of what it sees in all passages."""
    everywhere = seen_anywhere(readings)
    seen = []
    for candidate in choices:
        reading, before = readings[place_of(candidate)], 0 if candidate.in_title else candidate.passage.start
        start, end = candidate.start - before, candidate.end - before
        features = {
            "read": math.log(LEAST_SHARE + reading.odds(start, end) / everywhere),
            "read_passage": reading.answerable,
        }
        told = reading.answer(start, end)
        (first, last), share = told or ((0, 0), 0.0)
        answer = whole_words(candidate.text, first - start, last - start) if told else None
        seen.append(replace(candidate, features=candidate.features | features, answer=answer, seen=share))
    return seen


def seen_anywhere(readings: Mapping[str, PassageReading]) -> float:
    """Returns the odds that a reader sees the answer in any of the passages, and 1 for "in none"."""
    return 1 + math.fsum(reading.odds(*_whole(reading)) for reading in readings.values())


def seen_as_answers(candidate: Candidate, choices: Sequence[Candidate]) -> float:
    """Returns what a reader sees in all the sentences whose answer is the same words as this one's, a share."""
    mine = _answer(candidate)
    alike = [each for each in choices if mine and _agree(mine, _answer(each))] or [candidate]
    return math.fsum(math.exp(each.features.get("read", math.log(LEAST_SHARE))) - LEAST_SHARE for each in alike)


def _answer(candidate: Candidate) -> str:
    return f" {' '.join(words(candidate.facts.folded_part(candidate.answer), ''))} " if candidate.answer else ""


def _agree(one: str, other: str) -> bool:
    """Whether one answer is the other, or stands in it: "12 March", "12 March 2025"."""
    inside = min(len(one), len(other)) > _SHORT and (one in other or other in one)
    return bool(other.strip()) and (one == other or inside)


def _whole(reading: PassageReading) -> Span:
    return (reading.spans[0][0], reading.spans[-1][1]) if reading.spans else (0, 0)


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
