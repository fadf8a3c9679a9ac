"""The turns of a chat, and the question within a long message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from index.text.languages import detect_language
from index.text.sentences import split_sentences

TURNS = 20  # that a conversation remembers

_ASKS = re.compile(r"[?؟？][\s»\"”’')\]]*$")
_LONG = 400  # characters of a message that may be more than a question


@dataclass(slots=True)
class Turn:
    """A question as it was asked, and the text of its answer."""

    question: str
    answer: str


@dataclass(slots=True)
class Conversation:
    """The turns so far, oldest first; `ask` appends to it in place."""

    turns: list[Turn] = field(default_factory=list)

    def add(self, question: str, answer_text: str) -> None:
        """Puts a turn at the end; beyond TURNS the oldest goes."""
        self.turns.append(Turn(question, answer_text))
        del self.turns[:-TURNS]

    def __len__(self) -> int:
        return len(self.turns)

    def __repr__(self) -> str:
        return f"Conversation({len(self.turns)} turns)"


def languages_spoken(conversation: Conversation | None, of_articles: Iterable[str]) -> tuple[str, ...]:
    """Returns the languages to expect of the next question: that of the last one, before it, then of the articles."""
    expected = tuple(filter(None, of_articles)) or ("en",)
    for turn in conversation.turns if conversation else ():
        expected = (detect_language(turn.question, expected), *expected)
    return tuple(dict.fromkeys(expected))


class Counts(StrEnum):
    """When the turns before a question count for it."""

    ALWAYS = "always"  # it has a pronoun that nothing in it explains, goes on, or has no subject
    IF_REFUSED = (
        "if refused"  # it names nothing, but speaks of what was said: where it finds no answer alone, or as below
    )
    IF_READ = (
        "if read"  # it speaks of the article that is asked: where it finds no answer alone, and one with its title
    )
    IF_UNSURE = "if unsure"  # it names nothing: where its answer alone is unsure and they make it much surer


@dataclass(frozen=True, slots=True)
class Leaning:
    """A question as it is to be searched, and what of the conversation counts for it."""

    question: str  # as it was asked; "il y en a d'autres ?" and "non, je parlais de X" are the question that they mean
    before: str = ""  # the earlier questions that it leans on, oldest first, in one line; "": it stands alone
    counts: Counts = Counts.ALWAYS  # when they do
    told: tuple[str, ...] = ()  # answers that are not given again


def the_question_in(message: str, language: str) -> str:
    """Returns the sentences of a long message that end in a question mark; all of it where it is short or has none.

    What people tell around a question is about much else, and drowns it in the one vector that is searched.
    """
    if len(message) <= _LONG:
        return message
    sentences = (message[start:end] for start, end in split_sentences(message, language))
    return " ".join(sentence for sentence in sentences if _ASKS.search(sentence))[:_LONG] or message
