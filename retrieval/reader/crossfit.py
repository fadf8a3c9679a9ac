"""Reads as a reader that has not learned the question: for training what is built upon readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from retrieval.reader.questions import AskedQuestion, fold_of
from retrieval.reader.reading import Reader, Reading


class CrossFitted:
    """One reader a fold of articles, each trained without its fold; every reading is kept.

    A question that was learned from is read by the one that did not see its article; any other by the first.
    """

    def __init__(self, files: Sequence[Path], learned: Iterable[AskedQuestion]) -> None:
        self._readers = [Reader(file) for file in files]
        self._folds = {question.text: fold_of(question.passage.article, len(files)) for question in learned}
        self._kept: dict[tuple[int, str, str, str], Reading] = {}

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """Returns readings as `Reader.read` does."""
        fold = self._folds.get(question, 0)
        missing = [(title, text) for title, text in passages if (fold, question, title, text) not in self._kept]
        for (title, text), reading in zip(missing, self._readers[fold].read(question, missing), strict=True):
            self._kept[fold, question, title, text] = reading
        return [self._kept[fold, question, title, text] for title, text in passages]
