"""The ways to ask: at once or in pieces, waiting or awaiting, of all articles or of some."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterator, Sequence
from contextlib import aclosing
from datetime import date, datetime
from threading import Event
from typing import TypedDict, Unpack

from index.article import Passage
from index.store.anywhere.filters import Filter
from index.store.anywhere.overview import Overview
from retrieval.answering.answer import Answer
from retrieval.answering.showing.notebook import Passages
from retrieval.asking.checks import check_input, check_k
from retrieval.asking.views import Views
from retrieval.pipeline.pipeline import Pipeline, search
from retrieval.pipeline.slots import on_one_thread
from retrieval.pipeline.steps import Input
from retrieval.understanding.conversation import Conversation


class How(TypedDict, total=False):
    """What may be said beside a question; see `Asking.ask`."""

    conversation: Conversation | None
    today: date | None
    since: date | str | None
    until: date | str | None
    source: str | None
    language: str | None
    articles: Collection[str] | None


class Asking:
    """What can be asked of an index, whatever answers."""

    _views: Views
    _pipeline: Pipeline

    def ask(
        self, question: str, *, conversation: Conversation | None = None, today: date | None = None,
        since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None, articles: Collection[str] | None = None,
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
            articles: search only the articles of these ids, as citations name them.

        Raises:
            QuestionError: the question is empty; one of these is of a wrong type.
            FilterError: no day, or no article of the index is of this source, in this language, or has such an id.
        """
        pieces = self._answers(check_input(question, conversation, today, since, until, source, language, articles))
        return next(piece for piece in pieces if isinstance(piece, Answer))

    async def aask(self, question: str, **how: Unpack[How]) -> Answer:
        """Returns the answer, as `ask` does, without keeping the event loop waiting.

        Cancelled, a question that waits for its turn is not begun; one that is worked on ends by itself.
        """
        async with aclosing(self.astream(question, **how)) as pieces:
            (answer,) = [piece async for piece in pieces if isinstance(piece, Answer)]
        return answer

    def stream(
        self, question: str, *, conversation: Conversation | None = None, today: date | None = None,
        since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None, articles: Collection[str] | None = None,
    ) -> Iterator[str | Answer]:  # fmt: skip
        """Yields the text in pieces, each verified before it comes, then the Answer as the last item; see `ask`."""
        return self._answers(check_input(question, conversation, today, since, until, source, language, articles))

    async def astream(self, question: str, **how: Unpack[How]) -> AsyncGenerator[str | Answer, None]:
        """Yields as `stream` does, without keeping the event loop waiting; who leaves it early stops the work."""
        from retrieval.asking.background import in_background  # asyncio, which who asks need not have

        asked, unwanted = check_input(question, **how), Event()
        async with aclosing(in_background(lambda: self._answers(asked, unwanted), unwanted)) as pieces:
            async for piece in pieces:
                yield piece

    def _answers(self, asked: Input, unwanted: Event | None = None) -> Iterator[str | Answer]:
        for piece in self._pipeline.run(asked, unwanted):
            if asked.conversation is not None and isinstance(piece, Answer) and piece.passages:
                asked.conversation.add(asked.question, piece.text)
            yield piece

    def search(
        self, question: str, k: int = 5, *, conversation: Conversation | None = None, today: date | None = None,
        since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None, articles: Collection[str] | None = None,
    ) -> list[Passage]:  # fmt: skip
        """Returns at most k passages (1 or more), best first, without answering; else as `ask`.

        The conversation is read for what the question leans on, and left unchanged.
        """
        asked = check_input(question, conversation, today, since, until, source, language, articles)
        with on_one_thread():
            results = search(self._pipeline.understand(asked), check_k(k)).results
        return Passages([found.passage for found in results.hits])

    def articles(
        self, *, since: date | str | None = None, until: date | str | None = None, source: str | None = None,
        language: str | None = None,
    ) -> Overview:  # fmt: skip
        """Returns what articles there are, newest first, without their texts; see `ask` for the filters.

        A sequence whose articles are read when they are looked at; `article` returns one with its text.
        """
        return Overview(self._views.of(Filter.of(since, until, source, language)).generation)

    def news(
        self, since: datetime | date | str, questions: str | Sequence[str] = (), *,
        until: datetime | date | str | None = None, language: str | None = None,
    ) -> list[Answer]:  # fmt: skip
        """Returns what is new in the index since a moment, as answers in the articles' own sentences, each cited.

        New is a sentence from the update of the index on that first found it in its article, whatever the article's
        day of publication; an article that came, or changed, has some. What only moved, or stands there word for
        word after a change, is as old as it was. What an earlier version of this program indexed counts as old.

        Args:
            since: a datetime, of this machine's zone if it names none; a day, which is its beginning; or text in ISO.
            questions: standing questions. An answer comes for each to which a new sentence answers what no earlier
                sentence does, as surely as `ask` wants it; the same news in other words is none. Small talk and
                questions about the articles themselves have none.
            until: what came later does not count; None: all counts.
            language: of our own words where nothing is asked, "fr"; None: that of the newest articles.

        Returns:
            With questions, answers in their order, `Answer.question` telling which; nothing new, none. Without any,
            one that lists at most ten new articles, newest first, by source, near duplicates once; or none.

        Raises:
            QuestionError: no moment; a question that is empty or of a wrong type.
        """
        from retrieval.asking.news import News, arrival_at  # which who asks need not have

        view = self._views.live
        end = view.generation.arrivals.latest if until is None else arrival_at("until", until)
        news = News(self._views, view, arrival_at("since", since), end)
        if questions:
            asked = [questions] if isinstance(questions, str) else questions
            return [answer for question in asked for answer in news.of(question)]
        listed = news.articles(language)
        return [listed] if listed else []
