"""The tools: what an assistant may ask of the articles, and how an error is told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import Annotated, ParamSpec, TypedDict

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from bot.mcp.results import ArticlesResult, AskResult, Cited, ListedArticle, NewsResult, SearchResult
from index.errors import ArticlebotError
from index.text.visible import one_line
from retrieval import ArticleQA

log = logging.getLogger(__name__)

_P = ParamSpec("_P")

_MOST_PASSAGES, _MOST_ARTICLES = 20, 100  # of one call

_Question = Annotated[str, Field(description="in any language; a whole sentence that needs no conversation")]
_Since = Annotated[str, Field(description="only articles of this day or later, such as 2024-01-31; dated ones alone")]
_Until = Annotated[str, Field(description="and of this day or earlier")]
_Source = Annotated[str, Field(description="only articles of this outlet; an unknown name is answered with the known")]
_Language = Annotated[str, Field(description='only articles in this language, such as "fr"')]


def _one_line_errors(tool: Callable[_P, CallToolResult]) -> Callable[_P, CallToolResult]:
    """Returns the tool, with errors of ours told in one line that says what to do."""

    @wraps(tool)
    def telling(*given: _P.args, **named: _P.kwargs) -> CallToolResult:
        try:
            return tool(*given, **named)
        except ArticlebotError as error:
            return CallToolResult(content=[TextContent(text=one_line(str(error)))], is_error=True)

    return telling


class _Within(TypedDict):
    since: str | None
    until: str | None
    source: str | None
    language: str | None


class Tools:
    """What is offered: each method is a tool, its docstring what the assistant reads; called from several threads."""

    def __init__(self, opener: Callable[[], ArticleQA]) -> None:
        """Takes what opens the index; until there is one, each call tells what is missing."""
        self._opener = opener
        self._opening = threading.Lock()
        self._qa: ArticleQA | None = None

    @_one_line_errors
    def ask(
        self, question: _Question = "", since: _Since = "", until: _Until = "", source: _Source = "",
        language: _Language = "",
    ) -> Annotated[CallToolResult, AskResult]:  # fmt: skip
        """Answers a question from the indexed articles; each sentence points to a verbatim quote with its article.

        Where the articles do not hold the answer, found is false: say so, and do not answer from elsewhere under
        their name. Quotes stay in the language of their article and as they are.
        """
        answer = self._newest().ask(question, **_within(since, until, source, language))
        return _given(AskResult.model_validate(answer), str(answer))

    @_one_line_errors
    def search(
        self, question: _Question = "",
        k: Annotated[int, Field(description=f"passages, {_MOST_PASSAGES} at most")] = 5,
        since: _Since = "", until: _Until = "", source: _Source = "", language: _Language = "",
    ) -> Annotated[CallToolResult, SearchResult]:  # fmt: skip
        """Finds the passages of the articles that come closest to a question or to some words, best first.

        Nothing is judged: a passage may be about something else. To answer a question, ask.
        """
        found = self._newest().search(question, min(k, _MOST_PASSAGES), **_within(since, until, source, language))
        result = SearchResult(passages=tuple(Cited.passage(n, each) for n, each in enumerate(found, start=1)))
        return _given(result, str(result))

    @_one_line_errors
    def articles(
        self, since: _Since = "", until: _Until = "", source: _Source = "", language: _Language = "",
        first: Annotated[int, Field(description="0: from the newest on; the number of those seen: the next ones")] = 0,
        count: Annotated[int, Field(description=f"articles to list, {_MOST_ARTICLES} at most")] = 20,
    ) -> Annotated[CallToolResult, ArticlesResult]:  # fmt: skip
        """Lists what articles there are, newest first: title, outlet, day, address, no text."""
        found = self._newest().articles(**_within(since, until, source, language))
        shown = slice(max(first, 0), max(first, 0) + min(max(count, 0), _MOST_ARTICLES))
        listed = tuple(map(ListedArticle.model_validate, found[shown]))
        result = ArticlesResult(total=len(found), articles=listed)
        return _given(result, str(result))

    @_one_line_errors
    def news(
        self,
        since: Annotated[str, Field(description="a day, or day and time, in ISO: what came into the index later")],
        questions: Annotated[tuple[str, ...], Field(description="standing; none: what articles are new")] = (),
        language: Annotated[str, Field(description='of the words around a list of articles, such as "fr"')] = "",
    ) -> Annotated[CallToolResult, NewsResult]:  # fmt: skip
        """Tells what is new in the index since a moment: of each standing question, sentences that answer it anew.

        An answer that stood there before in other words is none. Without questions it lists the new articles.
        """
        answers = self._newest().news(since, questions, language=language or None)
        told = tuple(map(AskResult.model_validate, answers))
        return _given(NewsResult(answers=told), "\n\n".join(map(str, answers)) or "Nothing new.")

    def close(self) -> None:
        """Ends what was opened."""
        if self._qa is not None:
            self._qa.close()

    def _newest(self) -> ArticleQA:
        """Returns the index at its live generation; a call that is on its way keeps its own."""
        with self._opening:
            if self._qa is None:
                self._qa = self._opener()
        try:
            self._qa.refresh()
        except ArticlebotError as error:
            log.warning("the index cannot be opened anew, the one before is used: %s", error)
        return self._qa


def _within(since: str, until: str, source: str, language: str) -> _Within:
    """Returns the filters that are meant: assistants send "" for what they do not mean."""
    return {"since": since or None, "until": until or None, "source": source or None, "language": language or None}


def _given(result: BaseModel, text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], structured_content=result.model_dump(mode="json"))
