"""Reads as a reader that has not learned the question: for training what is built upon readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from retrieval.answering.readings import Kept, PassageReader
from retrieval.learning.reader.questions import AskedQuestion, half_of
from retrieval.reader.reading import Reading


class HeldOut:
    """Two readers as one: the one that ships, and one that has not learned the first half of the articles.

    What none of them learned is read by the one that ships, what stands in the first half by the other; a question
    about the second half, which both have learned, cannot be read honestly. Every reading is kept.
    """

    def __init__(self, shipped: PassageReader, half: PassageReader, learned: Iterable[AskedQuestion]) -> None:
        self._shipped, self._half = Kept(shipped), Kept(half)
        self._halves = {question.text: half_of(question.passage.article) for question in learned}

    def has_learned(self, question: str) -> bool:
        """Whether both readers have learned this question, so that what they see of it says nothing of others."""
        return self._halves.get(question, 0) != 0

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Returns readings as `Reader.read` does."""
        return (self._half if question in self._halves else self._shipped).read(question, passages)
