"""The chain with a language model, in LangChain's own tools."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage

from retrieval import Answer, ArticleQA, Conversation
from retrieval.asking.langchain import ChainInput
from tests.retrieval.bridge import BOTH as QUESTION
from tests.retrieval.bridge import MONTHS, REOPENED
from tests.retrieval.bridge import QUESTION as ALONE
from tests.retrieval.llm.openai_server import answer_of, claim

PIECES = [f"{MONTHS} [1]", f" {REOPENED} [2]"]
LIMIT_S = 120  # nothing here takes a second; a deadlock would take for ever

Opened = Callable[[Any], ArticleQA]


class Waiting(FakeListChatModel):
    """Begins its second sentence when it is told to."""

    go_on: Any = None  # a threading.Event

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401  LangChain's own
        begun = False
        for chunk in super()._stream(*args, **kwargs):
            if begun and chunk.text == "{":
                assert self.go_on.wait(LIMIT_S)
            begun = begun or chunk.text == "}"
            yield chunk


class Noted(BaseCallbackHandler):
    """Notes which run began below which."""

    def __init__(self) -> None:
        self.names: dict[UUID, str] = {}
        self.above: list[list[str]] = []  # of each call of the model: the runs around it, innermost first
        self.tags: list[set[str]] = []
        self.tokens = 0
        self._parents: dict[UUID, UUID | None] = {}

    def on_chain_start(self, *_: Any, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        self.names[run_id], self._parents[run_id] = str(kwargs.get("name")), parent_run_id

    def on_chat_model_start(self, *_: Any, parent_run_id: UUID | None = None, **kwargs: Any) -> None:  # noqa: ANN401
        around = []
        while parent_run_id:
            around.append(self.names[parent_run_id])
            parent_run_id = self._parents[parent_run_id]
        self.above.append(around)
        self.tags.append(set(kwargs.get("tags") or ()))

    def on_llm_new_token(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        self.tokens += 1


@pytest.fixture(scope="module")
def said() -> str:
    """What a truthful model says to the question; the first passage that it is shown is that of the bridge."""
    return answer_of(claim(MONTHS, 2), claim(REOPENED, 1))


@pytest.fixture
def opened(bridge_index: Path) -> Iterator[Opened]:
    """Opens the index with a model."""
    with ExitStack() as all_opened:
        yield lambda model: all_opened.enter_context(closing(ArticleQA.open(bridge_index, llm=model)))


def timeless(answer: Answer) -> Answer:
    usage = {name: count for name, count in answer.usage.items() if not name.endswith("_ms")}
    return replace(answer, seconds=0, usage=usage)


async def pieces_of(qa: ArticleQA, question: Any = QUESTION) -> list[Any]:  # noqa: ANN401  as the chain takes it
    return [piece async for piece in qa.chain.astream(question)]


@pytest.mark.parametrize(
    "fake",
    [
        lambda said: FakeListChatModel(responses=[said]),
        lambda said: GenericFakeChatModel(messages=iter(AIMessage(said) for _ in range(9))),
    ],
)
def test_each_way_to_run_the_chain_gives_the_same_answer(opened: Opened, said: str, fake: Callable[[str], Any]) -> None:
    qa = opened(fake(said))
    asked = timeless(qa.ask(QUESTION))
    assert asked.text == "".join(PIECES)
    assert asked.note == ""
    assert timeless(qa.chain.invoke(QUESTION)) == asked
    assert timeless(asyncio.run(qa.chain.ainvoke(QUESTION))) == asked
    heard: list[Any] = list(qa.chain.stream(QUESTION))
    assert (heard[:-1], timeless(heard[-1])) == (PIECES, asked)
    heard = asyncio.run(pieces_of(qa))
    assert (heard[:-1], timeless(heard[-1])) == (PIECES, asked)


def test_astream_gives_a_sentence_while_the_model_still_writes(opened: Opened, said: str) -> None:
    model = Waiting(responses=[said], go_on=threading.Event())
    qa = opened(model)

    async def listen() -> list[Any]:
        heard: list[Any] = []
        async with asyncio.timeout(LIMIT_S):
            async for piece in qa.chain.astream(QUESTION):
                heard.append(piece)
                model.go_on.set()  # would the first piece wait for the model's end, neither would ever come
        return heard

    *pieces, answer = asyncio.run(listen())
    assert pieces == PIECES
    assert answer.text == "".join(PIECES)


def test_stream_gives_a_sentence_while_the_model_still_writes(opened: Opened, said: str) -> None:
    model = Waiting(responses=[said], go_on=threading.Event())
    pieces: Iterator[Any] = opened(model).chain.stream(QUESTION)
    assert next(pieces) == PIECES[0]
    model.go_on.set()
    assert next(pieces) == PIECES[1]


def test_events_tell_of_a_sentence_while_the_model_still_writes(opened: Opened, said: str) -> None:
    model = Waiting(responses=[said], go_on=threading.Event())
    qa = opened(model)

    async def listen() -> list[Any]:
        told: list[Any] = []
        async with asyncio.timeout(LIMIT_S):
            async for event in qa.chain.astream_events(QUESTION, version="v2"):
                told.append(event)
                if (event["event"], event["name"]) == ("on_chain_stream", "verify"):
                    model.go_on.set()
        return told

    told = asyncio.run(listen())
    kinds = [(event["event"], event["name"]) for event in told]
    assert kinds.index(("on_chain_stream", "verify")) < kinds.index(("on_chat_model_end", "Waiting"))
    shown = [
        event["data"]["chunk"] for event in told if event["event"] == "on_chain_stream" and not event["parent_ids"]
    ]
    assert shown[:-1] == PIECES
    assert told[-1]["data"]["output"] == shown[-1]
    written = [event["data"]["chunk"].text for event in told if event["event"] == "on_chat_model_stream"]
    assert "".join(written) == said


def test_events_show_the_model_below_the_step_that_asks_it(opened: Opened, said: str) -> None:
    qa = opened(FakeListChatModel(responses=[said]))

    async def listen() -> list[Any]:
        return [event async for event in qa.chain.astream_events(QUESTION, version="v2")]

    told = asyncio.run(listen())
    names = {event["run_id"]: event["name"] for event in told}
    (model,) = [event for event in told if event["event"] == "on_chat_model_start"]
    assert [names[run] for run in model["parent_ids"]][-1] == "answer"


@pytest.mark.parametrize("asynchronous", [False, True])
def test_callbacks_see_each_call_below_its_step(opened: Opened, said: str, asynchronous: bool) -> None:
    qa = opened(FakeListChatModel(responses=[ALONE, said]))
    chat = Conversation()
    chat.add("Le pont de Saint-Aubin a-t-il rouvert ?", "Oui.")
    asked: ChainInput = {"question": "Et combien de temps ont duré ses travaux ?", "conversation": chat}
    noted = Noted()
    if asynchronous:
        answer = asyncio.run(qa.chain.ainvoke(asked, {"callbacks": [noted]}))
    else:
        answer = qa.chain.invoke(asked, {"callbacks": [noted]})
    assert answer.standalone_question == ALONE
    assert [around[0] for around in noted.above] == ["understand", "answer"]
    assert {around[-1] for around in noted.above} == {"RunnableSequence"}
    assert noted.tokens >= len(ALONE) + len(said)


def test_tags_reach_the_model(opened: Opened, said: str) -> None:
    noted = Noted()
    chain = opened(FakeListChatModel(responses=[said])).chain.with_config(tags=["nightly"], callbacks=[noted])
    assert chain.invoke(QUESTION).text == "".join(PIECES)
    (tags,) = noted.tags
    assert "nightly" in tags


def test_without_callbacks_of_its_own_a_plain_ask_has_none(opened: Opened, said: str) -> None:
    noted = Noted()
    qa = opened(FakeListChatModel(responses=[said], callbacks=[noted]))  # the model's own
    assert qa.ask(QUESTION).found
    assert noted.above == [[]]


def test_a_model_may_have_a_fallback(opened: Opened, said: str) -> None:
    class Broken(FakeListChatModel):
        def _stream(self, *_: Any, **__: Any) -> Iterator[Any]:  # noqa: ANN401  LangChain's own
            raise ConnectionError("no route to the model")

    model = Broken(responses=[]).with_fallbacks([FakeListChatModel(responses=[said])])
    qa = opened(model)
    assert (qa.ask(QUESTION).text, qa.ask(QUESTION).note) == ("".join(PIECES), "")
    assert asyncio.run(pieces_of(qa))[:-1] == PIECES


def test_a_model_may_be_configured(opened: Opened, said: str) -> None:
    noted = Noted()
    model = FakeListChatModel(responses=[said]).with_config(tags=["cheap"], callbacks=[noted])
    assert opened(model).ask(QUESTION).text == "".join(PIECES)
    assert "cheap" in noted.tags[0]


def test_a_chain_may_have_a_fallback(opened: Opened, said: str) -> None:
    first, second = opened(FakeListChatModel(responses=[said])), opened(None)
    chain = first.chain.with_fallbacks([second.chain])
    assert chain.invoke(QUESTION).text == "".join(PIECES)
    heard: list[Any] = list(chain.stream(QUESTION))
    assert heard[:-1] == PIECES


def test_many_questions_are_asked_at_once(opened: Opened, said: str) -> None:
    qa = opened(FakeListChatModel(responses=[said]))
    answers = qa.chain.batch([QUESTION] * 8, {"max_concurrency": 4})
    assert {answer.text for answer in answers} == {"".join(PIECES)}
    assert {answer.usage["calls"] for answer in answers} == {1}


def test_twenty_streams_beside_each_other_do_not_block(opened: Opened, said: str) -> None:
    qa = opened(FakeListChatModel(responses=[said], sleep=0.0005))

    async def listen() -> list[list[Any]]:
        async with asyncio.timeout(LIMIT_S):
            return await asyncio.gather(*(pieces_of(qa) for _ in range(20)))

    heard = asyncio.run(listen())
    assert len(heard) == 20
    assert all(pieces[:-1] == PIECES for pieces in heard)


def test_a_listener_that_leaves_stops_the_model(opened: Opened, said: str) -> None:
    stopped = threading.Event()

    class Endless(FakeListChatModel):
        def _stream(self, *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401  LangChain's own
            try:
                while True:
                    yield from super()._stream(*args, **kwargs)
            finally:
                stopped.set()

    qa = opened(Endless(responses=[said]))

    async def leave() -> list[Any]:
        heard: list[Any] = []
        pieces: Any = qa.chain.astream(QUESTION)
        async with aclosing(pieces):
            async for piece in pieces:
                heard.append(piece)
                break
        return heard

    assert asyncio.run(leave()) == PIECES[:1]
    assert stopped.wait(LIMIT_S)


def test_opening_with_a_name_connects_to_it(bridge_index: Path) -> None:
    with pytest.raises(ValueError, match="wanted provider:model"):
        ArticleQA.open(bridge_index, llm="gpt")
