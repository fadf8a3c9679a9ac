"""So many questions are computed at once, and none is held up by who does not compute."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from threadpoolctl import ThreadpoolController, threadpool_limits

from index import load_embedder
from retrieval import Answer, ArticleQA, Conversation
from retrieval.pipeline.pipeline import Pipeline
from retrieval.pipeline.slots import Slots
from retrieval.pipeline.steps import Input, Understood
from tests.retrieval.bridge import QUESTION

LONGEST_S = 120.0  # only a failing test waits so long


class Watched(threading.BoundedSemaphore):
    """One slot, which tells when somebody has to wait for it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.waited_for = threading.Event()

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        if super().acquire(blocking=False):
            return True
        self.waited_for.set()
        return super().acquire(blocking, timeout)

    __enter__ = acquire


class Waiting(FakeListChatModel):
    """Finds nothing; says so the first time when it is told to."""

    begun: Any = None  # threading.Event
    go_on: Any = None  # the same

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401  LangChain's own
        first = not self.begun.is_set()
        self.begun.set()
        assert not first or self.go_on.wait(LONGEST_S)
        yield from super()._stream(*args, **kwargs)


def watched(qa: ArticleQA) -> Watched:
    """Leaves an index with one slot."""
    slots: Slots = qa._pipeline._slots
    slots._free = free = Watched()
    return free


@pytest.fixture
def opened(bridge_index: Path) -> Iterator[ArticleQA]:
    with closing(ArticleQA.open(bridge_index)) as qa:
        yield qa


@pytest.mark.parametrize("ask", [ArticleQA.ask, lambda qa, question: list(qa.stream(question))[-1]])
def test_a_question_waits_for_a_slot(
    opened: ArticleQA, ask: Callable[[ArticleQA, str], Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    understand = Pipeline.understand

    def noted(self: Pipeline, asked: Input) -> Understood:
        begun.append(asked.question)
        return understand(self, asked)

    monkeypatch.setattr(Pipeline, "understand", noted)
    free = watched(opened)
    with ThreadPoolExecutor(1) as pool:
        with free:
            asked = pool.submit(ask, opened, QUESTION)
            assert free.waited_for.wait(LONGEST_S)
            assert begun == []
        assert asked.result(LONGEST_S).found
    assert begun == [QUESTION]


def test_a_stream_that_nobody_reads_on_holds_up_nobody(opened: ArticleQA) -> None:
    free = watched(opened)
    pieces = opened.stream(QUESTION)
    first = next(pieces)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(opened.ask, QUESTION).result(LONGEST_S)
    assert not free.waited_for.is_set()
    *rest, streamed = pieces
    assert "".join(map(str, [first, *rest])) == answer.text
    assert isinstance(streamed, Answer)


@pytest.mark.parametrize("follows", [False, True])  # a follow-up waits for the model when it is understood
def test_a_question_that_waits_for_a_model_holds_up_nobody(bridge_index: Path, follows: bool) -> None:
    model = Waiting(responses=['{"answer": []}'], begun=threading.Event(), go_on=threading.Event())
    chat = Conversation()
    if follows:
        chat.add("Le pont de Saint-Aubin a-t-il rouvert ?", "Oui.")
    with closing(ArticleQA.open(bridge_index, llm=model)) as qa, ThreadPoolExecutor(2) as pool:
        free = watched(qa)
        waits = pool.submit(qa.ask, "Et combien de temps ont duré ses travaux ?", conversation=chat)
        assert model.begun.wait(LONGEST_S)
        assert pool.submit(qa.ask, QUESTION).result(LONGEST_S).found
        assert not waits.done()
        model.go_on.set()
        assert waits.result(LONGEST_S).found
        assert free.acquire(blocking=False)  # and each has given back what it took


def threads_of_products() -> set[int]:
    """How many threads numpy multiplies with; scipy has a library of its own."""
    libraries = ThreadpoolController().select(user_api="blas").info()
    return {each["num_threads"] for each in libraries if "numpy" in each["filepath"]}


def test_a_question_and_a_search_are_computed_with_one_thread(qa: ArticleQA, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[set[int]]()
    embed = load_embedder().embed_questions

    def looked(*args: Any) -> Any:  # noqa: ANN401
        seen.append(threads_of_products())
        return embed(*args)

    monkeypatch.setattr(load_embedder(), "embed_questions", looked)
    with threadpool_limits(2, user_api="blas"):
        qa.ask("Combien de cierges l'orgue de Villeneuve a-t-il ?")
        qa.search("Combien de bougies l'orgue de Villeneuve a-t-il ?")
        assert threads_of_products() == {2}  # as before
    assert len(seen) > 1
    assert set().union(*seen) == {1}
