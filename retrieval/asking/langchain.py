"""The pipeline as a LangChain chain (LCEL), and the search as a BaseRetriever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import date
from functools import partial
from threading import Event
from typing import Any, TypeAlias, cast

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda
from pydantic import BaseModel, Field

from index.article import Passage
from retrieval.answering.answer import Answer
from retrieval.asking.background import in_background
from retrieval.asking.checks import QuestionError, check_input
from retrieval.pipeline.pipeline import Pipeline
from retrieval.pipeline.steps import Understood
from retrieval.understanding.conversation import Conversation


class AskedAbout(BaseModel):
    """A question and what may be said beside it, as `ArticleQA.ask` takes it."""

    question: str = Field(description="a question, in any language")
    conversation: Conversation | None = Field(None, description="the turns before, oldest first")
    today: date | None = Field(None, description='what "yesterday" is counted from; today, where it is not said')
    since: date | None = Field(None, description="only articles published on this day or later")
    until: date | None = Field(None, description="only articles published on this day or earlier")
    source: str | None = Field(None, description="only articles of this outlet or source")
    language: str | None = Field(None, description="only articles in this language, as ISO 639-1")


ChainInput: TypeAlias = str | Mapping[str, Any] | AskedAbout


def build_chain(pipeline: Pipeline) -> Runnable[ChainInput, Answer]:
    """Returns understand | retrieve | pack | answer | verify: the steps of `qa.ask`, to trace, stream or compose.

    Its input is a question, or a mapping with "question" and perhaps a "conversation", which stays as it is, and
    filters such as "since". Its output is the Answer; streamed, str pieces come first, each verified, and the Answer
    is the last one. As a tool (`as_tool`) it has these as its arguments. How many run at once says LangChain's own
    `max_concurrency`. The runs that a model makes are found below their steps by the context that LangChain keeps.
    """

    def understand(asked: ChainInput) -> Understood:
        said: dict[str, Any] = {"question": asked} if isinstance(asked, str) else dict(asked)
        known = {name: said.pop(name, None) for name in AskedAbout.model_fields}
        checked = check_input(**known)
        if said:
            raise QuestionError(f"{min(said)!r}: unknown, one of {', '.join(known)} wanted; leave it out")
        return pipeline.understand(checked)

    _, *whole, answer, verify = pipeline.steps
    chain: Runnable[Any, Any] = RunnableLambda(understand)
    for step in whole:
        chain |= RunnableLambda(step, name=step.__name__)
    for step in (answer, verify):
        chain |= _in_pieces(step)
    return cast("Runnable[ChainInput, Answer]", chain.with_types(input_type=AskedAbout, output_type=Answer))


def _in_pieces(step: Callable[..., Iterable[Any]]) -> RunnableGenerator[Any, Any]:
    """Returns a step that makes pieces of each piece, and in a thread of its own for who awaits them."""

    def each(pieces: Iterator[Any]) -> Iterator[Any]:
        for piece in pieces:
            yield from step(piece)

    async def aeach(pieces: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for piece in pieces:
            async with aclosing(in_background(partial(step, piece), Event())) as made:
                async for each_made in made:
                    yield each_made

    return RunnableGenerator(each, aeach, name=step.__name__)


class ArticleRetriever(BaseRetriever):
    """Finds passages; each Document holds a passage's text, and in its metadata all that is known of it."""

    qa: Any  # an ArticleQA; pydantic cannot check a class that is imported for types only
    k: int = Field(default=5, ge=1)  # passages to return
    since: date | None = None  # filters, as `ArticleQA.search` takes them
    until: date | None = None
    source: str | None = None
    language: str | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        **how: Any,  # noqa: ANN401  see the fields
    ) -> list[Document]:
        del run_manager  # the search is one step: nothing to report in between
        own = {name: getattr(self, name) for name in ("k", "since", "until", "source", "language")}
        said = {name: value for name, value in how.items() if value is not None}
        return [_document(passage) for passage in self.qa.search(query, **own | said)]


def _document(passage: Passage) -> Document:
    known = asdict(passage) | {"also_in": list(passage.also_in)}
    published = passage.published.isoformat() if passage.published else None
    return Document(id=known.pop("id"), page_content=known.pop("text"), metadata=known | {"published": published})
