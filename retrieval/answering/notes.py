"""What an answer says beside its text, in our own words: what was searched, which days were meant, what failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.article import Passage
from index.store.generation import Generation
from retrieval.answering.answer import Answer, Citation
from retrieval.answering.words import say, written_date, written_span
from retrieval.llm.troubles import Trouble
from retrieval.search.query import QUESTION_CHARS
from retrieval.search.retriever import told_by
from retrieval.understanding.times import Window

_NEAREST = 3  # titles named in a refusal
UNDERSTOOD = 150  # characters at most of a question as it was understood


def join(*notes: str) -> str:
    """Returns the notes that say something, in one line."""
    return " ".join(note for note in notes if note)


def understood(answer: Answer) -> str:
    """Tells how the turns before a question were counted in, "" where they were not."""
    if answer.standalone_question == answer.question:
        return ""
    return say("understood", answer.language, question=in_short(answer.standalone_question, UNDERSTOOD))


def in_short(text: str, most: int) -> str:
    """Returns at most so many characters of a text: its end, from a word on, which is what was asked last."""
    return text if len(text) <= most else "… " + text[2 - most :].partition(" ")[2]


def searched(passages: Sequence[Passage], generation: Generation, language: str) -> str:
    """Names the nearest articles, those of these passages, and what was searched."""
    titles: dict[str, str] = {}
    for passage in passages:
        day = f" ({written_date(passage.published, language)})" if passage.published else ""
        titles.setdefault(passage.article_id, f"{passage.title}{day}")
    dates = generation.dates()
    span = (
        say("dates", language, first=written_date(dates[0], language), last=written_date(dates[1], language))
        if dates
        else ""
    )
    named = " ; ".join(list(titles.values())[:_NEAREST])
    return join(
        say("nearest", language, titles=named) if named else "",
        say("searched", language, count=generation.counts["articles"], dates=span),
    )


def time(window: Window | None, language: str, published: Sequence[date | None]) -> str:
    """Tells which days "last week" was taken for, and where no article shown is of them."""
    if not window or not window.recent:
        return ""
    inside = any(day and window.first <= day <= told_by(window) for day in published)
    none = "" if inside or not published else say("none_then", language)
    return join(say("then", language, days=written_span(window.first, window.last, language)), none)


def disagreement(citations: Sequence[Citation], language: str) -> str:
    """Tells what each article gives, with its date."""
    values = [
        f"{', '.join(c.quote[a:b] for a, b in c.highlights)} ({written_date(c.published, language)})"
        for c in citations
        if c.published
    ]
    return say("disagree", language, values=" ; ".join(values))


def shortened(question: str, language: str) -> str:
    """Tells that the end of a very long question was not read."""
    if len(question) <= QUESTION_CHARS:
        return ""
    return say("long", language, count=f"{QUESTION_CHARS:,}".replace(",", "\u202f"))


def llm_failed(trouble: Trouble, model: str, language: str) -> str:
    """Tells why the answer is not the model's but the articles' own sentences."""
    return say("llm_failed", language, model=model, reason=say(f"trouble_{trouble}", language))


def llm_broke_off(trouble: Trouble, language: str) -> str:
    """Tells that the model stopped before its end, and why."""
    return say("llm_broken", language, reason=say(f"trouble_{trouble}", language))


def llm_unproven(count: int, language: str) -> str:
    """Tells that sentences of the model were left out."""
    return say("llm_dropped", language, count=count) if count else ""
