"""What stands in for a trained reader: it sees what it is told to see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from retrieval.reader.reading import PassageReading


def seen(text: str, answers: Sequence[str], answerable: float, otherwise: float) -> PassageReading:
    """A reading that sees these answers where they stand in the text, each character a token.

    Args:
        text: the passage's.
        answers: that are looked for.
        answerable: the logit where one of them is there.
        otherwise: the logit where none is.
    """
    spans = tuple((place, place + 1) for place in range(len(text)))
    starts, ends = np.zeros(len(text), np.float32), np.zeros(len(text), np.float32)
    held = [answer for answer in answers if answer in text]
    for answer in held:
        starts[text.index(answer)] = ends[text.index(answer) + len(answer) - 1] = 0.9
    return PassageReading(answerable if held else otherwise, 0.1 if held else 1.0, spans, starts, ends)


class Marking:
    """Stands in for a trained reader: sees the answer where one word stands."""

    def __init__(self, word: str, answerable: float) -> None:
        self.word, self.answerable = word, answerable
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
        self.asked.append(question)
        return [seen(text, [self.word], self.answerable, -4.0) for _, text in passages]
