"""Whether a question leans on the turns before it, on which of them, and how surely."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.text.folding import fold
from index.text.function_words import has_trait
from retrieval.understanding.conversation import Conversation, Counts, Leaning, Turn
from retrieval.understanding.times import find_window
from retrieval.understanding.wording import MOST_LEANED_ON, SPEECH, TIME, WORD_PIECE, Asked, as_long, means_something

_SHORT = 8  # words at most of what was meant instead; more are a question of their own
_SMALL = 4  # letters that the words before a name or a month have less than
_BETWEEN = " ,;:.!'’-–—"  # a word that introduces a question, and the question
_CAPITAL = re.compile(r"\W*(?:[dlDL]['’])?[A-ZÀ-ÖØ-ÞА-ЯЁ]")


def lean(question: str, conversation: Conversation | None, language: str) -> Leaning:
    """Returns what a question means after the turns before it.

    It stands alone unless it has a pronoun that nothing in it explains, goes on ("Et en mai ?") or has no subject of
    its own ("Pourquoi ?"). One that names nothing may lean: see `Counts`.
    """
    turns = _before_the_same(question, conversation.turns if conversation else ())
    if not turns:
        return Leaning(question)
    asked = Asked(question, language)
    said_otherwise = _said_otherwise(question, asked, turns)
    if said_otherwise:
        return said_otherwise
    if asked.leans or (asked.continues and not asked.names_new(turns)):
        return Leaning(question, _chain(turns, language))
    if asked.names:
        return Leaning(question)
    counts = Counts.IF_REFUSED if asked.may_own or asked.speaks_of_it(turns) else Counts.IF_UNSURE
    return Leaning(question, _chain(turns, language), counts)


def lean_on_article(question: str, title: str, language: str) -> Leaning:
    """Returns what the first question about an article means: one that names nothing may speak of what that tells.

    Args:
        question: as it was asked.
        title: of the article.
        language: of the question.
    """
    asked = Asked(question, language)
    if asked.leans:
        return Leaning(question, title, Counts.IF_READ)
    return Leaning(question) if asked.names else Leaning(question, title, Counts.IF_REFUSED)


def _said_otherwise(question: str, asked: Asked, turns: Sequence[Turn]) -> Leaning | None:
    """Returns the question that a message means which is not one itself; None where it is."""
    if fresh := asked.match("fresh"):
        return Leaning(question[fresh:].strip(_BETWEEN) or question)
    if corrected := asked.match("corrects"):
        meant = question[corrected:].strip(_BETWEEN)
        if len(meant.split()) > _SHORT:
            return Leaning(meant, _chain(turns, asked.language))
        return _instead(turns, meant, meant, asked.language)
    if asked.asks_for_others:
        return _others(question, asked, turns)
    goes_on = question[asked.match("continues") :].strip(_BETWEEN)
    if asked.is_question_word:
        return _asked_of_the_same(goes_on, turns, asked.language)
    if asked.is_fragment and len(question.split()) <= _SHORT:
        instead = _instead(turns, goes_on, question, asked.language)
        # "Et le prix ?" asks for something by itself
        return None if asked.content and instead.question.endswith(question) else instead
    return None


def stands_alone(question: str, language: str) -> bool:
    """Whether a question needs no turn before it."""
    asked = Asked(question, language)
    return not (asked.leans or asked.continues or asked.asks_for_others or asked.match("corrects"))


def _instead(turns: Sequence[Turn], meant: str, said: str, language: str) -> Leaning:
    """Returns the question before with what is meant in the place of its names, or of its time: "Et en juin ?".

    Where nothing of it can go ("Lesquelles ?", "Non, la péniche"), it is followed by what was said.
    """
    last = lean(turns[-1].question, Conversation(list(turns[:-1])), language)
    meant = meant.strip(" ,.!?¿¡؟。？")
    question, gone = _without(last.question, meant, language)
    if gone:
        return Leaning(f"{question} {meant} ?", last.before)
    before, gone = _without(last.before, meant, language)
    if gone:
        return Leaning(f"{question} {meant} ?", f"{before} ?")
    return replace(last, question=f"{last.question} {said}", told=())


def _without(question: str, meant: str, language: str) -> tuple[str, bool]:
    """Returns a question without what would stand in the place of `meant`, and whether there was anything."""
    time = find_window(question, date.today()) if find_window(meant, date.today()) else None
    if time:
        return " ".join(f"{question[: time.start]} {question[time.end :]}".split()).rstrip(" ?؟？"), True
    words = question.split()
    if TIME.search(fold(meant)):
        gone = {at for at, word in enumerate(words) if TIME.fullmatch(_said_as(word))}
    elif has_trait(language, "nameless") or not any(_CAPITAL.match(word) for word in meant.split()):
        gone = set()
    else:
        gone = {at for at, word in enumerate(words) if at and _CAPITAL.match(word)}
    # the small words before go with it: "en avril", "à la"
    for at in range(len(words) - 1, 0, -1):
        if at in gone and at - 1 and len(_said_as(words[at - 1])) < _SMALL and words[at - 1].islower():
            gone.add(at - 1)
    kept = [word for at, word in enumerate(words) if at not in gone]
    while gone and len(kept) > 1 and kept[-1].strip(" ?؟？") in ("", meant.split()[0]):  # "pour", which comes again
        kept.pop()
    return " ".join(kept).rstrip(" ?؟？"), bool(gone)


def _asked_of_the_same(word: str, turns: Sequence[Turn], language: str) -> Leaning:
    """Returns the question before with this question word in the place of its own."""
    last = lean(turns[-1].question, Conversation(list(turns[:-1])), language)
    asked = Asked(last.question, language)
    rest = last.question[asked.match("continues") :]
    found = re.match(rf"(?:{SPEECH[language]['asked']})", fold(rest).lstrip(" ¿¡"))
    if found:
        folded = fold(rest)
        end = as_long(rest, folded[: found.end() + len(folded) - len(folded.lstrip(" ¿¡"))])
        noun = rest[:end].split()[-1]  # "combien de médailles"
        rest = f"{noun} {rest[end:].strip()}" if means_something(fold(noun)) else rest[end:]
    return replace(last, question=f"{word[:1].upper()}{word[1:].rstrip(' ?؟？')} {rest.strip()}", told=())


def _others(question: str, asked: Asked, turns: Sequence[Turn]) -> Leaning:
    """Returns the question that was answered, with what was told of it."""
    at, language = len(turns) - 1, asked.language
    while at and Asked(turns[at].question, language).asks_for_others:
        at -= 1
    told = tuple(turn.answer for turn in turns[at:])
    topic = lean(turns[at].question, Conversation(list(turns[:at])), language)
    if asked.content:
        return Leaning(question, " ".join(filter(None, (topic.before, topic.question))), told=told)
    return replace(topic, told=told)


def _before_the_same(question: str, turns: Sequence[Turn]) -> Sequence[Turn]:
    """Returns the turns before this very question was asked, where it was: asked again, it is itself."""
    this = _said_as(question)
    for at in range(len(turns) - 1, -1, -1):
        if _said_as(turns[at].question) == this:
            return turns[:at]
    return turns


def _chain(turns: Sequence[Turn], language: str) -> str:
    """Returns the last questions, back to one that stands alone, oldest first."""
    chain: list[str] = []
    for turn in reversed(turns[-MOST_LEANED_ON:]):
        chain.insert(0, turn.question)
        if stands_alone(turn.question, language):
            break
    return " ".join(chain)


def _said_as(question: str) -> str:
    return " ".join(WORD_PIECE.findall(fold(question)))
