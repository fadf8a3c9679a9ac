"""The LangChain chain (LCEL) from question to Answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from langchain_core.runnables import Runnable, RunnableLambda

from retrieval.answer import Answer
from retrieval.conversation import Conversation
from retrieval.qa import Understood

if TYPE_CHECKING:
    from retrieval.qa import ArticleQA

Question: TypeAlias = str | Mapping[str, str | Conversation | None]


def build_chain(qa: ArticleQA) -> Runnable[Question, Answer]:
    """Returns understand | retrieve | reply: the steps of `qa.ask`, to trace, stream or compose further.

    Its input is a question, or a mapping with "question" perhaps, a "conversation", which stays as it is.
    """

    def understand(question: Question) -> Understood:
        if isinstance(question, str):
            return qa.understand(question)
        asked, conversation = question.get("question"), question.get("conversation")
        if not isinstance(asked, str):
            raise TypeError(f"question: found {type(asked).__name__}, wanted a str")
        if not isinstance(conversation, Conversation | None):
            raise TypeError(f"conversation: found {type(conversation).__name__}, wanted a Conversation or None")
        return qa.understand(asked, conversation)

    return (
        RunnableLambda(understand, name="understand")
        | RunnableLambda(qa.retrieve, name="retrieve")
        | RunnableLambda(qa.reply, name="reply")
    )
