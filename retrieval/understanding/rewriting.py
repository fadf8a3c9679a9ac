"""Whether a follow-up that somebody else made a question of its own still asks the same, of what was spoken of."""

from __future__ import annotations

from collections.abc import Sequence

from index.text import function_words
from index.text.folding import fold, terms, words
from retrieval.facts.facts import Facts
from retrieval.understanding.asking_words import question_word, word_of
from retrieval.understanding.conversation import Turn
from retrieval.understanding.wording import MOST_LEANED_ON

_SAME_START = 3  # letters of a question word, whose ending may agree with another noun: "quel", "quelles"


def is_faithful(written: str, question: str, turns: Sequence[Turn], language: str) -> bool:
    """Whether a rewritten question may stand in the place of the one that was asked.

    It keeps the question word and the content words of it, and names nobody and no figure that neither it nor one of
    the last turns does. So it is no question that was asked before.

    Args:
        written: the question as it was rewritten.
        question: as it was asked.
        turns: before it, oldest first.
        language: of all.
    """
    told = [each for turn in turns[-MOST_LEANED_ON:] for each in (turn.question, turn.answer)]
    mine, theirs = Facts.of(written, language), Facts.of(" ".join([*told, question]), language)
    held = {fold(word) for word in words(theirs.text, language)}
    names = {word for name in mine.names for word in words(name, language)}
    return (
        _asks(question, language) in ("", _asks(written, language))
        and _content(question, language) <= _content(written, language)
        and mine.figures <= theirs.perhaps_figures
        and (names - function_words.ALL) <= held | {fold(word) for word in words(written, language)[:1]}
    )


def _asks(question: str, language: str) -> str:
    """Returns how the word that asks begins, "" where none does."""
    found = question_word(fold(question), language)
    return word_of(found, language)[:_SAME_START] if found else ""


def _content(question: str, language: str) -> set[str]:
    found = (word for word in words(fold(question), language) if len(word) > 1 and word not in function_words.ALL)
    return {stem for word in found for stem in terms(word, language)}
