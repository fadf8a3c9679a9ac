"""The first step: what a message asks for, after the turns before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from index.text.languages import detect_language
from retrieval.catalogue.choosing import asked_about
from retrieval.pipeline.steps import Input, Understood, View, standalone
from retrieval.search.query import QUESTION_CHARS
from retrieval.understanding.asking_words import ENDS, as_open_question, spelled_out
from retrieval.understanding.conversation import (
    Conversation,
    Counts,
    Leaning,
    Turn,
    languages_spoken,
    the_question_in,
)
from retrieval.understanding.smalltalk import Smalltalk, smalltalk
from retrieval.understanding.times import Window, find_window

if TYPE_CHECKING:
    from retrieval.llm.model import Usage

# (a follow-up, its language) -> it made a question of its own by an LLM, None where that fails
Rewrite: TypeAlias = Callable[[str, str], str | None]
WORD = re.compile(r"\w")


def understand(asked: Input, view: View, rewrite: Rewrite | None = None, usage: Usage | None = None) -> Understood:
    """Returns what a message asks for.

    A question that stands alone is that and no more, whatever was said before. A follow-up is made a question of its
    own by the LLM, where there is one; else, and where that fails, it is searched beside those that it leans on.

    Args:
        asked: the message, not empty, and what was said before.
        view: what it is asked of.
        rewrite: asks an LLM; None: there is none.
        usage: what the LLM takes for it.
    """
    conversation, today = asked.conversation, asked.today
    text = asked.question[:QUESTION_CHARS]  # the rest is not searched either
    language = detect_language(text, languages_spoken(conversation, view.generation.languages))
    text = the_question_in(text, language)
    written = spelled_out(text, language)
    about = asked_about(written, language, today, conversation, view.generation, view.engine)
    small = None if about else _small_talk(written, today, first=not conversation)
    leaning = Leaning(text) if small or about else _lean(text, conversation, language, _title(asked, view))
    sure = leaning.counts != Counts.IF_UNSURE  # else it may well stand alone, and be understood otherwise
    leans = conversation and ((leaning.before and sure) or leaning.question != text)
    rewritten = rewrite(text, language) if rewrite and leans else None
    if rewritten:
        leaning = Leaning(rewritten)
    window = (about and about.window) or find_window(leaning.question, today)
    understood = Understood(
        question=asked.question,
        standalone=rewritten or standalone(asked.question, text, leaning),
        leaning=leaning,
        language=about.language if about else language,  # which a pattern tells more surely than few words
        small=small,
        window=window,
        searched=as_open_question(spelled_out(_untimed(leaning.question, window), language), language),
        today=today,
        view=view,
        usage=usage,
        about=about,
    )
    return understood.together() if understood.before else understood


def _title(asked: Input, view: View) -> str:
    """Returns what the one article is about that is asked, "" where there are more."""
    chosen = asked.wanted.articles if asked.wanted else None
    article = view.generation.article(next(iter(chosen))) if chosen and len(chosen) == 1 else None
    title = article.title if article else ""
    return title if ENDS.search(title) or not title else f"{title}."


def _lean(asked: str, conversation: Conversation | None, language: str, title: str) -> Leaning:
    """Returns what a question leans on: the turns before it, and of the first about an article its title."""
    if not (conversation or title) or not WORD.search(asked):
        return Leaning(asked)
    from retrieval.understanding.leaning import lean, lean_on_article  # a first question does without its patterns
    from retrieval.understanding.questions import turns_apart

    written = spelled_out(asked, language)
    if not conversation:
        return replace(lean_on_article(written, title, language), question=asked)
    turns = turns_apart(conversation, language)
    if title:
        turns = Conversation([Turn(title, ""), *turns.turns])
    leaning = lean(written, turns, language)
    return replace(leaning, question=asked) if leaning.question == written else leaning


def _small_talk(asked: str, today: date, *, first: bool) -> Smalltalk | None:
    """Returns what a message is when it is no question; "Que s'est-il passé hier ?" asks for the news of a day."""
    window = find_window(asked, today)
    untimed = asked[: window.start] + asked[window.end :] if window else asked
    if window and first and not WORD.search(untimed):  # "Le 8 décembre 2024 ?"; after a question it goes on from that
        return "newest"
    return smalltalk(untimed, first=first or window is not None)


def _untimed(question: str, window: Window | None) -> str:
    """Returns what is to be searched: without "hier", which no article says of that day."""
    if not window or not window.recent:
        return question
    untimed = question[: window.start] + question[window.end :]
    return untimed if WORD.search(untimed) else question
