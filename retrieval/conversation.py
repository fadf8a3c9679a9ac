"""Turns of a chat, and a follow-up's standalone question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from index.languages import detect_language
from index.lexical import fold
from index.sentences import split_sentences
from retrieval.language import FUNCTION_WORDS

TURNS = 20  # that a conversation remembers

_PRONOUN = re.compile(
    r"\b(?:il|elle|ils|elles|lui|leurs?|ceci|cela|ca|cet|cette|ces|celui|celle|ceux|celles|y|en|son|sa|ses"
    r"|he|she|they|them|it|its|his|her|their|this|that|these|those|there|ones?|same"
    r"|er|sie|es|ihm|ihre?|seine?|diese[rsmn]?|он|она|оно|они|его|ее|их|этот|эта|это|эти|el|ella|ellos|ellas|este|esta|eso)\b"
)
_CONTINUES = re.compile(
    r"^(?:et|mais|and|but|so|or|what about|how about|why|pourquoi|comment|und|aber|а|и|y|pero|و|那)\b|^(?:那|وماذا)"
)
_WORD = re.compile(r"[^\W\d_]{3,}|\d+|[\u4e00-\u9fff]{2}")
_ASKS = re.compile(r"[?؟？][\s»\"”’')\]]*$")
_FEW_WORDS = 5
_LONG = 400  # characters of a message that may be more than a question
_NAMES_SOMETHING = 3  # content words of a question that a follow-up can lean on alone
_MOST_LEANED_ON = 3  # turns


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


def leans_on_history(question: str) -> bool:
    """Whether a question needs the turn before it: a pronoun, a continuing first word, or few words of its own."""
    folded = fold(question.strip())
    return bool(_PRONOUN.search(folded) or _CONTINUES.search(folded) or len(_content(question)) < _FEW_WORDS)


def leaned_on(question: str, conversation: Conversation | None) -> str:
    """Returns the earlier questions that this one leans on, oldest first, in one line; "" where it stands alone.

    Usually the one before; where that names nothing itself ("Lesquelles ?"), the one before it too.
    """
    if not conversation or not leans_on_history(question):
        return ""
    before: list[str] = []
    for turn in reversed(conversation.turns[-_MOST_LEANED_ON:]):
        before.insert(0, turn.question)
        if len(_content(turn.question)) >= _NAMES_SOMETHING:
            break
    return " ".join(before)


def the_question_in(message: str, language: str) -> str:
    """Returns the sentences of a long message that end in a question mark; all of it where it is short or has none.

    What people tell around a question is about much else, and drowns it in the one vector that is searched.
    """
    if len(message) <= _LONG:
        return message
    sentences = (message[start:end] for start, end in split_sentences(message, language))
    return " ".join(sentence for sentence in sentences if _ASKS.search(sentence))[:_LONG] or message


def _content(question: str) -> list[str]:
    return [word for word in _WORD.findall(fold(question)) if word not in FUNCTION_WORDS]
