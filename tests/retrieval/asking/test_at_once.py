"""Questions at once: none waits for what another computes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from index import load_embedder
from retrieval import ArticleQA
from retrieval.answering.extract import extract
from tests.retrieval.answering.by_hand import BY_HAND
from tests.retrieval.reader.marking import Marking

QUESTION = "Depuis quand la ligne 14 circule-t-elle sans conducteur ?"
PATIENCE_S = 120.0  # only a failing test waits so long


class Meeting:
    """Stands before an object: whoever calls one of its methods waits inside for a second thread, each time."""

    def __init__(self, inner: object, method: str) -> None:
        self._inner, self._method = inner, method
        self._both = threading.Barrier(2, timeout=PATIENCE_S)
        self.meetings = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def meet(*arguments: object, **named: object) -> object:
            self.meetings += not self._both.wait()  # one of the two counts
            return found(*arguments, **named)

        return meet


def answers_of_two(qa: ArticleQA) -> set[str]:
    with ThreadPoolExecutor(2) as pool:
        return {str(answer) for answer in pool.map(qa.ask, [QUESTION] * 2)}


def test_two_questions_are_embedded_at_once(qa: ArticleQA, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, embedder = [passage.id for passage in qa.search(QUESTION)], load_embedder()
    for half in ("_lower", "_upper"):
        qa.engine._builder._kept.clear()
        meeting = Meeting(getattr(embedder, half), "run")
        with monkeypatch.context() as patch:
            patch.setattr(embedder, half, meeting)
            with ThreadPoolExecutor(2) as pool:
                found = list(pool.map(qa.search, [QUESTION] * 2))
        assert [[passage.id for passage in each] for each in found] == [alone] * 2
        assert meeting.meetings == 1


@pytest.mark.parametrize(
    ("part", "method"), [("vectors", "search"), ("vectors", "rows"), ("lexical", "search")]
)  # fmt: skip
def test_two_questions_are_searched_at_once(
    qa: ArticleQA, monkeypatch: pytest.MonkeyPatch, part: str, method: str
) -> None:
    alone, meeting = str(qa.ask(QUESTION)), Meeting(getattr(qa.generation, part), method)
    monkeypatch.setattr(qa.generation, part, meeting)
    assert answers_of_two(qa) == {alone}
    assert meeting.meetings == 1


@pytest.mark.parametrize("method", ["passages", "sentences", "article"])
def test_two_questions_read_the_articles_at_once(qa: ArticleQA, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    alone, meeting = str(qa.ask(QUESTION)), Meeting(qa.generation, method)
    monkeypatch.setattr(qa.generation, method, getattr(meeting, method))
    assert answers_of_two(qa) == {alone}
    assert meeting.meetings >= 1


def test_passages_are_read_for_two_questions_at_once(qa: ArticleQA) -> None:
    results = qa.retrieve(qa.understand(QUESTION)).results
    assert results
    reader = Meeting(Marking("1998", 4.0), "read")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: extract(results, qa.generation, BY_HAND, reader), range(2)))
    assert both[0] == both[1]
    assert reader.meetings == 1
