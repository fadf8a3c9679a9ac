"""What is read in a text is read once."""

from __future__ import annotations

import statistics
import sys
import threading
from collections.abc import Callable
from types import FrameType

from index.text.folding import fold
from retrieval import ArticleQA

QUESTIONS = (
    "Quand le télescope James Webb a-t-il été lancé ?", "Combien de médailles la France a-t-elle remportées ?",
    "Qui a reçu le prix Nobel de littérature 2024 ?", "When did the Baltic states join the European grid?",
    "Combien de temps a duré l'éruption de La Palma ?", "Où se trouve la base de Tartous ?",
    "Combien coûte un ticket pour Orly ?", "Qui dirige la Syrie ?",
)  # fmt: skip


def folds(work: Callable[[], object]) -> int:
    """Returns how often `fold` is called, by any thread that is begun meanwhile."""
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code is fold.__code__

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return calls


def test_a_question_folds_each_sentence_once(qa: ArticleQA) -> None:
    qa.ask(QUESTIONS[0])  # the words of languages are folded at the first one
    asked = [folds(lambda question=question: qa.ask(question)) for question in QUESTIONS[1:]]  # type: ignore[misc]
    assert 0 < statistics.median(asked) < 60
    assert folds(lambda: qa.ask(QUESTIONS[-1])) < min(asked)
