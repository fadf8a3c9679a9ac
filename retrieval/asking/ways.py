"""The ways to ask: at once or in pieces, waiting or awaiting, of all articles or of some."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, nullcontext
from datetime import date
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from index.article import Passage
from index.store.filters import Filter
from index.store.overview import Overview
from retrieval.answering.answer import Answer
from retrieval.answering.notebook import Passages
from retrieval.asking.checks import check_asked, check_k
from retrieval.pipeline.steps import View
from retrieval.understanding.conversation import Conversation

if TYPE_CHECKING:
    from retrieval.llm.model import LLM

# Questions worked on at once, in this process: half of each is Python, one thread at a time, and of more than a few
# threads each waits for all others at every turn; fifty did less together than one alone.
_AT_ONCE = threading.BoundedSemaphore(3)


class How(TypedDict, total=False):
    """What may be said beside a question; see `Asking.ask`."""

    conversation: Conversation | None
    today: date | None
    since: date | str | None
    until: date | str | None
    source: str | None
    language: str | None


class Asking(ABC):
    """What can be asked of an index, whatever answers."""

    llm: LLM | None

    def ask(
        self, question: str, *, conversation: Conversation | None = None, today: date | None = None,
        since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None,
    ) -> Answer:  # fmt: skip
        """Returns the answer.

        Args:
            question: in any language.
            conversation: read for what the question leans on; gets the new turn.
            today: what "yesterday" is counted from; None: today.
            since: search only articles published on this day or later; a date, or "2024-01-31". Articles without a
                date are outside.
            until: and on this day or earlier.
            source: search only articles of this outlet, or of this source of the index; case and accents do not
                matter.
            language: search only articles in this language, "fr" (the question may be in any).

        Raises:
            QuestionError: the question is empty; one of these is of a wrong type.
            FilterError: no day, or no article of the index is of this source or in this language.
        """
        *_, answer = self._in_turn(question, conversation, today, Filter.of(since, until, source, language))
        assert isinstance(answer, Answer)  # noqa: S101  the last item always is
        return answer

    async def aask(self, question: str, **how: Unpack[How]) -> Answer:
        """Returns the answer, as `ask` does, without keeping the event loop waiting.

        Cancelled, a question that waits for its turn is not begun; one that is worked on ends by itself.

        Args:
            question: in any language.
            how: as of `ask`.
        """
        from retrieval.asking.background import in_background  # asyncio, which who asks need not have

        conversation, today, wanted = _taken_apart(**how)
        async with aclosing(in_background(lambda: self._in_turn(question, conversation, today, wanted))) as pieces:
            answer = [piece async for piece in pieces][-1]
        assert isinstance(answer, Answer)  # noqa: S101  the last item always is
        return answer

    def stream(
        self, question: str, *, conversation: Conversation | None = None, today: date | None = None,
        since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None,
    ) -> Iterator[str | Answer]:  # fmt: skip
        """Yields the text in pieces, each verified before it comes, then the Answer as the last item; see `ask`."""
        check_asked(question, conversation, today)  # now, not with the first piece
        return self._stream(question, conversation, today, Filter.of(since, until, source, language))

    async def astream(self, question: str, **how: Unpack[How]) -> AsyncGenerator[str | Answer, None]:
        """Yields as `stream` does, without keeping the event loop waiting; who leaves it early stops the work.

        Args:
            question: in any language.
            how: as of `ask`.
        """
        from retrieval.asking.background import in_background

        conversation, today, wanted = _taken_apart(**how)
        async with aclosing(in_background(lambda: self._stream(question, conversation, today, wanted))) as pieces:
            async for piece in pieces:
                yield piece

    def _in_turn(
        self, question: str, conversation: Conversation | None, today: date | None, wanted: Filter | None
    ) -> Iterator[str | Answer]:
        """Yields "" when it is this question's turn, then as `stream` does."""
        with nullcontext() if self.llm else _AT_ONCE:  # what waits for a server holds nobody up
            yield ""
            yield from self._stream(question, conversation, today, wanted)

    def search(
        self, question: str, k: int = 5, *, conversation: Conversation | None = None, today: date | None = None,
        since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None,
    ) -> list[Passage]:  # fmt: skip
        """Returns at most k passages, best first, without answering; the conversation is left unchanged.

        Args:
            question: in any language.
            k: at least 1.
            conversation: read for what the question leans on.
            today: as of `ask`, like the filters `since`, `until`, `source` and `language`.
            since: see `ask`.
            until: see `ask`.
            source: see `ask`.
            language: see `ask`.

        Raises:
            ArticlebotError: as `ask`.
        """
        wanted = Filter.of(since, until, source, language)
        passages = check_k(k)
        found = self._find(question, conversation, today, wanted, passages)
        return Passages(found)

    def articles(
        self, *, since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None,
    ) -> Overview:  # fmt: skip
        """Returns what articles there are, newest first, without their texts; see `ask` for the filters.

        A sequence whose articles are read when they are looked at; `article` returns one with its text.
        """
        return Overview(self._view_of(Filter.of(since, until, source, language)).generation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Lets go of the index."""

    @abstractmethod
    def _stream(
        self, question: str, conversation: Conversation | None, today: date | None, wanted: Filter | None
    ) -> Iterator[str | Answer]:
        """Yields the text in pieces, then the Answer."""

    @abstractmethod
    def _find(
        self, question: str, conversation: Conversation | None, today: date | None, wanted: Filter | None, k: int
    ) -> list[Passage]:
        """Returns at most k passages, best first."""

    @abstractmethod
    def _view_of(self, wanted: Filter | None) -> View:
        """Returns the view of the articles that a filter lets in."""


def _taken_apart(
    *, conversation: Conversation | None = None, today: date | None = None, since: date | str | None = None,
    until: date | str | None = None, source: str | None = None, language: str | None = None,
) -> tuple[Conversation | None, date | None, Filter | None]:  # fmt: skip
    return conversation, today, Filter.of(since, until, source, language)
