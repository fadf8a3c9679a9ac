"""What may be asked, and of what: wrong values are told where they come in, not deep inside."""

from __future__ import annotations

from datetime import date, datetime
from os import PathLike
from typing import Any

from index.errors import ArticlebotError
from index.store.anywhere.filters import Filter
from index.store.postgres.address import Address, IndexPlace, as_place
from retrieval.pipeline.steps import Input
from retrieval.understanding.conversation import Conversation

_SHOWN = 40  # characters of a wrong value


class QuestionError(ArticlebotError, ValueError):
    """The question cannot be asked."""


class QuestionTypeError(QuestionError, TypeError):
    """What is given is of a wrong type."""


def check_input(
    question: str, conversation: Conversation | None = None, today: date | None = None,
    *filters: Any, **named: Any,  # noqa: ANN401  as of `Filter.of`
) -> Input:  # fmt: skip
    """Returns what may be asked; for the arguments and what is raised see `Asking.ask`."""
    if not isinstance(question, str):
        raise _wrong("question", question, "a str", 'qa.ask("Où est Tartous ?")')
    if not question.strip():
        raise QuestionError("an empty question; ask something in a few words")
    if not isinstance(conversation, Conversation | None):
        raise _wrong("conversation", conversation, "a Conversation or None", "chat = Conversation(), then chat.add(…)")
    if not isinstance(today, date | None):
        raise _wrong("today", today, "a date", "date(2024, 1, 31)")
    if isinstance(today, datetime):
        today = today.date()
    day = today or date.today()  # the reader's own: "yesterday" is theirs
    return Input(question, conversation, day, Filter.of(*filters, **named))


def check_k(k: object) -> int:
    """Returns the number of passages that are wanted; raises QuestionError where it is none."""
    if not isinstance(k, int) or isinstance(k, bool):
        raise _wrong("k", k, "a whole number from 1 on", "k=5")
    if k < 1:
        raise QuestionError(f"k: found {k}, a whole number from 1 on wanted; such as k=5")
    return k


def check_index(folder: object) -> IndexPlace:
    """Returns where an index is, a folder or a database; raises QuestionTypeError where it is neither."""
    if not isinstance(folder, str | PathLike | Address):
        raise _wrong("folder", folder, "the folder of an index", 'ArticleQA.open("my-index")')
    return as_place(folder)


def check_chat_model(llm: object) -> None:
    """Raises QuestionTypeError where this is no chat model of LangChain."""
    from langchain_core.runnables import Runnable  # not needed to ask without one

    if not isinstance(llm, Runnable):  # a model with a fallback is one too
        raise _wrong("llm", llm, '"provider:model", a LangChain chat model or None', 'llm="openai:MODEL"')


def _wrong(name: str, value: object, wanted: str, example: str) -> QuestionTypeError:
    shown = repr(value)
    of = f" {shown}" if value is not None and len(shown) <= _SHOWN else ""
    return QuestionTypeError(f"{name}: found {type(value).__name__}{of}, wanted {wanted}; write {example}")
