"""The LangChain chain (LCEL) from question to Answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, cast

from langchain_core.callbacks import AsyncCallbackManagerForChainRun, CallbackManagerForChainRun
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from pydantic import BaseModel, Field

from index.store.filters import Filter
from retrieval.answering.answer import Answer
from retrieval.asking.checks import QuestionError, check_asked
from retrieval.pipeline.steps import Packed, Understood
from retrieval.understanding.conversation import Conversation

if TYPE_CHECKING:
    from retrieval.asking.qa import ArticleQA
    from retrieval.llm.asking import Said
    from retrieval.pipeline.reply import Reply

Input = TypeVar("Input")
Output = TypeVar("Output")
Fed = TypeVar("Fed", contravariant=True)
Made = TypeVar("Made", covariant=True)
Told: TypeAlias = "list[Packed | Said]"  # what is packed first, then what the model says; chunks add up


class Asked(BaseModel):
    """A question and what may be said beside it, as `ArticleQA.ask` takes it."""

    question: str = Field(description="a question, in any language")
    conversation: Conversation | None = Field(None, description="the turns before, oldest first")
    today: date | None = Field(None, description='what "yesterday" is counted from; today, where it is not said')
    since: date | None = Field(None, description="only articles published on this day or later")
    until: date | None = Field(None, description="only articles published on this day or earlier")
    source: str | None = Field(None, description="only articles of this outlet or source")
    language: str | None = Field(None, description="only articles in this language, as ISO 639-1")


Question: TypeAlias = str | Mapping[str, Any] | Asked


def build_chain(qa: ArticleQA) -> Runnable[Question, Answer]:
    """Returns understand | retrieve | pack | answer | verify: the steps of `qa.ask`, to trace, stream or compose.

    Its input is a question, or a mapping with "question" and perhaps a "conversation", which stays as it is, and
    filters such as "since". Its output is the Answer; streamed, str pieces come first, each verified, and the Answer
    is the last one. As a tool (`as_tool`) it has these as its arguments.
    """

    def understand(question: Question, config: RunnableConfig) -> Understood:
        if isinstance(question, str):
            return qa.understand(question, config=config)
        said = dict(question)
        check_asked(*(said.get(name) for name in ("question", "conversation", "today")))
        if unknown := sorted(said.keys() - Asked.model_fields.keys()):
            raise QuestionError(f"{unknown[0]!r}: unknown, one of {', '.join(Asked.model_fields)} wanted; leave it out")
        asked, conversation, today, *filters = (said.get(name) for name in Asked.model_fields)
        return qa.understand(asked, conversation, today, config, wanted=Filter.of(*filters))  # type: ignore[arg-type]  # it checks

    return (
        _Understanding(understand, name="understand")
        | RunnableLambda(qa.retrieve, name="retrieve")
        | RunnableLambda(qa.pack, name="pack")
        | _Step(lambda config: _Answering(qa, config), "answer", list)
        | _Step(lambda _: _Verifying(qa), "verify", Answer)
    )


class _Worker(Protocol[Fed, Made]):
    """Turns what comes in, piece by piece, into what goes out."""

    def feed(self, piece: Fed) -> Iterator[Made]: ...

    def end(self) -> Iterator[Made]: ...


class _Answering:
    """Packed -> itself and what the model says, as it comes."""

    def __init__(self, qa: ArticleQA, config: RunnableConfig) -> None:
        self._qa, self._config = qa, config

    def feed(self, piece: Packed) -> Iterator[Told]:
        yield [piece]
        for said in self._qa.claims(piece, self._config):
            yield [said]

    def end(self) -> Iterator[Told]:
        return iter(())


class _Verifying:
    """What the model says -> the pieces that hold, then the Answer."""

    def __init__(self, qa: ArticleQA) -> None:
        self._qa = qa
        self._reply: Reply | None = None

    def feed(self, piece: Told) -> Iterator[Any]:
        for told in piece:
            if isinstance(told, Packed):
                self._reply = self._qa.reply(told)
            elif self._reply:
                yield from self._reply.hear(told)

    def end(self) -> Iterator[Any]:
        if self._reply:
            yield from self._reply.end()


class _Understanding(RunnableLambda[Question, Understood]):
    """The first step; LangChain tells tools and servers of the one form of its input that can say everything."""

    @property
    def InputType(self) -> Any:  # noqa: ANN401, N802  LangChain's own
        return Asked


class _Step(Runnable[Input, Output]):
    """A step that streams. Whole, its output is the sum of lists, or the last piece.

    LangChain's own RunnableGenerator would need each step written twice, for `stream` and for `astream`; here
    the one form runs in a thread for the other. No thread waits for another one's work.
    """

    def __init__(self, start: Callable[[RunnableConfig], _Worker[Input, Output]], name: str, makes: type) -> None:
        self._start, self.name, self._makes = start, name, makes

    @property
    def InputType(self) -> Any:  # noqa: ANN401, N802  LangChain's own
        return Any

    @property
    def OutputType(self) -> Any:  # noqa: ANN401, N802
        return self._makes

    def invoke(self, input: Input, config: RunnableConfig | None = None, **_: Any) -> Output:  # noqa: A002, ANN401  LangChain's names
        return _whole(list(self.stream(input, config)))

    def stream(self, input: Input, config: RunnableConfig | None = None, **_: Any) -> Iterator[Output]:  # noqa: A002, ANN401
        yield from self.transform(iter([input]), config)

    def transform(self, input: Iterator[Input], config: RunnableConfig | None = None, **_: Any) -> Iterator[Output]:  # noqa: A002, ANN401
        yield from self._transform_stream_with_config(input, self._each, config)

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **_: Any) -> Output:  # noqa: A002, ANN401
        return _whole([piece async for piece in self.astream(input, config)])

    async def astream(self, input: Input, config: RunnableConfig | None = None, **_: Any) -> AsyncIterator[Output]:  # noqa: A002, ANN401
        async def one() -> AsyncIterator[Input]:
            yield input

        async for piece in self.atransform(one(), config):
            yield piece

    async def atransform(
        self,
        input: AsyncIterator[Input],  # noqa: A002
        config: RunnableConfig | None = None,
        **_: Any,  # noqa: ANN401
    ) -> AsyncIterator[Output]:
        async for piece in self._atransform_stream_with_config(input, self._aeach, config):
            yield piece

    def _each(
        self, pieces: Iterator[Input], run_manager: CallbackManagerForChainRun, config: RunnableConfig
    ) -> Iterator[Output]:
        del run_manager  # what is below it is in the config
        worker = self._start(config)
        for piece in pieces:
            yield from worker.feed(piece)
        yield from worker.end()

    async def _aeach(
        self, pieces: AsyncIterator[Input], run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
    ) -> AsyncIterator[Output]:
        del run_manager
        worker = self._start(config)
        async for piece in pieces:
            async for done in _in_thread(worker.feed(piece)):
                yield done
        async for done in _in_thread(worker.end()):
            yield done


async def _in_thread(pieces: Iterator[Output]) -> AsyncIterator[Output]:
    end = object()
    while (piece := await asyncio.to_thread(next, pieces, end)) is not end:
        yield cast("Output", piece)


def _whole(pieces: list[Output]) -> Output:
    if isinstance(pieces[0], list):
        return cast("Output", [item for piece in pieces for item in cast("list[Any]", piece)])
    return pieces[-1]
