"""The first step: what a message asks for, after the turns before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from index.text.languages import detect_language
from retrieval.pipeline.steps import Understood, View, standalone
from retrieval.search.query import QUESTION_CHARS
from retrieval.understanding.conversation import Conversation, Counts, Leaning, languages_spoken, the_question_in
from retrieval.understanding.smalltalk import Smalltalk, smalltalk
from retrieval.understanding.times import Window, find_window

if TYPE_CHECKING:
    from retrieval.llm.model import Usage

# (how it leans, the question, its language) -> the question made one of its own by an LLM, None where that fails
Rewrite: TypeAlias = Callable[[Leaning, str, str], str | None]
WORD = re.compile(r"\w")


def understand(
    question: str,
    view: View,
    conversation: Conversation | None,
    today: date,
    rewrite: Rewrite | None = None,
    usage: Usage | None = None,
) -> Understood:
    """Returns what a message asks for.

    Args:
        question: the message, not empty.
        view: what it is asked of.
        conversation: what was said before.
        today: what "yesterday" is counted from.
        rewrite: makes a follow-up a question of its own; None: it is searched beside those that it leans on.
        usage: what an LLM takes for it; None: there is none.
    """
    asked = question[:QUESTION_CHARS]  # the rest is not searched either
    language = detect_language(asked, languages_spoken(conversation, view.generation.languages))
    asked = the_question_in(asked, language)
    small = _small_talk(asked, today, first=not conversation)
    leaning = Leaning(asked) if small else _lean(asked, conversation, language)
    if rewrite and leaning.counts == Counts.IF_UNSURE:  # how sure an LLM's answer is, is not known
        leaning = replace(leaning, before="")
    rewritten = rewrite(leaning, asked, language) if rewrite else None
    if rewritten:
        leaning = Leaning(rewritten)
    window = find_window(leaning.question, today)
    understood = Understood(
        question=question,
        standalone=rewritten or standalone(question, asked, leaning),
        leaning=leaning,
        language=language,
        small=small,
        window=window,
        searched=_untimed(leaning.question, window) if window and window.recent else leaning.question,
        today=today,
        view=view,
        usage=usage,
    )
    return understood.together() if understood.before else understood


def _lean(asked: str, conversation: Conversation | None, language: str) -> Leaning:
    if not conversation or not WORD.search(asked):
        return Leaning(asked)
    from retrieval.understanding.leaning import lean  # a first question does without its patterns

    return lean(asked, conversation, language)


def _small_talk(asked: str, today: date, *, first: bool) -> Smalltalk | None:
    """Returns what a message is when it is no question; "Que s'est-il passé hier ?" asks for the news of a day."""
    window = find_window(asked, today)
    untimed = asked[: window.start] + asked[window.end :] if window else asked
    return smalltalk(untimed, first=first or window is not None)


def _untimed(question: str, window: Window) -> str:
    """Returns what is to be searched: without "hier", which no article says of that day."""
    untimed = question[: window.start] + question[window.end :]
    return untimed if WORD.search(untimed) else question
