"""The questions of a message that holds several."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from index.text.folding import fold, fold_with_places
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.understanding.asking_words import (
    ENDS,
    asks_at_its_end,
    asks_itself,
    begins_as_question,
    folded_line,
    is_relative,
    question_word,
    without_beginning,
    word_of,
)
from retrieval.understanding.conversation import Conversation, Turn
from retrieval.understanding.smalltalk import smalltalk
from retrieval.understanding.wording import SPEECH, Asked, as_long, speech_pattern

MOST_QUESTIONS = 5  # of a message that are answered
_READ = 4_000  # characters of a message
_LONGEST = 400  # characters of what may be questions joined by "et"; a longer one tells a story

_MARK = re.compile(r"[?؟？]")
_INSIDE = re.compile(r"[?؟？.!,;:]+[^?؟？.!,;:]*\w")  # a sign, and something after it
_ITEM = re.compile(r"(?:^|(?<=\s))\(?(?:(?P<figure>\d{1,2})(?:[.)]|°|(?= ?[-–:] ))|(?P<letter>[a-e])\))[ \t]*[-–:]?\s+")
_INTRODUCES = (":", ".", "!", ",", ";", "\n")
# where a question may end; one sign is told from another by its group
_BORDER = re.compile(r"(?P<asked>[?؟？]+[\s»\"”’')\]!?؟？]*)|(?P<line>\s*\n\s*)|(?<=[.!…;])\s+")
_KEPT = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"\n]*\"|https?://\S+")  # what stands there is no end of a question
_BULLET = " \t\n-–•*·"
_FIRST_CLAUSE = re.compile(r"([^,.!?:;\n]{1,60})[,.!:;\n]+\s*")
_LAST_CLAUSE = re.compile(r"[,.!?;]\s*([^,.!?;]{1,60})[.!\s]*$")
_LINE_NUMBER = re.compile(r"^\d+\. ")  # of a line of an answer to several questions


def split_questions(message: str, language: str) -> list[str]:
    """Returns the questions of a message that holds several, in order, at most MOST_QUESTIONS; else nothing.

    They are numbered, on lines of their own, each with a question mark, or joined: "Qui l'a dessiné et combien a-t-il
    coûté ?". Thanks, "non ?" and what is asked again are none; "Où et quand est né X ?" is one.
    """
    message = message[:_READ]
    if not _may_hold_several(message, language):
        return []
    pieces = _numbered(message, language) or [
        part for piece in _asking(message, language) for part in _joined(piece, language)
    ]
    parts: list[str] = []
    for piece in pieces:
        part = _bare_question(piece, language)
        if part:
            _add(parts, part, language)
    return parts[:MOST_QUESTIONS] if len(parts) > 1 else []


def without_join(question: str, language: str) -> str:
    """Returns a question without the "et" or "et aussi" that joined it to the one before."""
    found = re.match(rf"(?:{speech_pattern(language, 'joins').pattern})\s+", fold(question))
    return question[as_long(question, found.group()) :].strip() if found else question


def named_again(questions: Sequence[str], language: str) -> list[str]:
    """Returns the questions with what one before names in the place of "celle" in "celle de Lyon"."""
    named, complete = "", list[str]()
    for question in questions:
        folded, places = fold_with_places(re.sub(r"\s", " ", question))
        found = speech_pattern(language, "stands_for").search(folded)
        if found and named:
            question = f"{question[: places[found.start()]]}{named}{question[places[found.end() - 1] + 1 :]}"
        elif name := speech_pattern(language, "named").search(folded):
            named = question[places[name.start()] : places[name.end() - 1] + 1]
        complete.append(question)
    return complete


def turns_apart(conversation: Conversation, language: str) -> Conversation:
    """Returns the conversation with the questions of its last message as turns of their own: the next may lean on one.

    Each has the line that answered it, where the answer had one for each, and is without "bonjour" and "merci".
    """
    if not conversation.turns:
        return conversation
    *before, last = conversation.turns
    questions = split_questions(last.question, language) or [_bare_question(last.question, language) or last.question]
    lines = last.answer.split("\n")
    if len(lines) != len(questions):
        lines = [last.answer] * len(questions)
    elif len(questions) > 1:
        lines = [_LINE_NUMBER.sub("", line) for line in lines]
    apart = [Turn(question, line) for question, line in zip(questions, lines, strict=True)]
    return Conversation([*before, *apart])


def _may_hold_several(message: str, language: str) -> bool:
    """Whether it is worth a closer look: most messages are one question."""
    joined = re.search(rf"[\s,](?:{speech_pattern(language, 'joins').pattern})\s", fold(message))
    return (
        joined is not None
        or "\n" in message.strip()
        or len(_ITEM.findall(message)) > 1
        or (_INSIDE.search(message.strip()) is not None)
    )


# By numbers


def _numbered(message: str, language: str) -> list[str]:
    """Returns the items of a numbered list, 1 or a first, which nothing but an introduction stands before."""
    items: list[re.Match[str]] = []
    for found in _ITEM.finditer(message):
        number = int(found["figure"]) if found["figure"] else ord(found["letter"]) - ord("a") + 1
        if number == len(items) + 1:
            items.append(found)
    if len(items) < 2:
        return []
    before = message[: items[0].start()].strip(" ")
    if before and not before.endswith(_INTRODUCES) and not _says_nothing(before, language):
        return []  # "1. FC Köln" within a sentence; or a question, and the answers to choose from
    ends = [*(found.start() for found in items[1:]), len(message)]
    return [message[found.end() : end] for found, end in zip(items, ends, strict=True)]


# By question marks and lines


def _asking(message: str, language: str) -> list[str]:
    """Returns the pieces that ask, each with what was said before it; what follows the last is left out."""
    pieces: list[str] = []
    waiting = ""
    for unit in _units(message, language):
        waiting = f"{waiting} {unit.strip(_BULLET)}".strip()
        begins = _without_greeting(unit.strip(_BULLET), language)
        if ENDS.search(unit) or begins_as_question(begins, language, sure=True):
            pieces.append(waiting)
            waiting = ""
    return pieces


def _units(message: str, language: str) -> Iterator[str]:
    kept = [found.span() for found in _KEPT.finditer(message)]
    begun = 0
    for found in _BORDER.finditer(message):
        if any(start <= found.start() < end for start, end in kept):
            continue
        before, after = message[begun : found.start()].strip(), message[found.end() :].strip(_BULLET)
        ends = found["asked"] or (found["line"] and before.endswith((".", "!", ":", "…")))
        unmarked = found["line"] is not None and not _MARK.search(message)
        if ends or begins_as_question(after, language, sure=unmarked):
            yield message[begun : found.end()]
            begun = found.end()
    yield message[begun:]


# By "et"


def _joined(piece: str, language: str) -> list[str]:
    """Returns the questions that a piece joins, each but the first with its "et"; the piece where it is one."""
    piece = _without_greeting(piece.strip(_BULLET), language)
    if "joins" not in SPEECH.get(language, {}) or len(piece) > _LONGEST:
        return [piece]
    folded, places = fold_with_places(re.sub(r"\s", " ", piece))
    joins = re.compile(rf"(?:(?<=\s)|(?<=,))(?:{speech_pattern(language, 'joins').pattern})\s+")
    cuts = _cuts(joins, folded, language)
    commas = re.compile(r",\s*")
    listed = {at for at in _cuts(commas, folded, language) if cuts or _is_strict(folded, at, language)}
    borders = [0, *(places[at] for at in sorted({*cuts, *listed})), len(piece)]
    return [piece[start:end].strip(" ,") for start, end in pairwise(borders)]


def _cuts(border: re.Pattern[str], folded: str, language: str) -> list[int]:
    cuts: list[int] = []
    begun = 0
    for found in border.finditer(folded):
        left, right = folded[begun : found.start()], folded[found.end() :]
        if _are_two(left, right, language):
            cuts.append(found.start())
            begun = found.start()
    return cuts


def _is_strict(folded: str, comma: int, language: str) -> bool:
    """Whether a question word stands behind the comma that cannot go on with the sentence instead."""
    right = folded[comma:].lstrip(" ,")
    return speech_pattern(language, "asked").match(right) is not None and not is_relative(right, language)


def _are_two(left: str, right: str, language: str) -> bool:
    """Whether both sides ask, and something of their own: not "où et quand", not "l'homme qui … et qui …"."""
    wonders = speech_pattern(language, "wonders").search(left)
    left = without_beginning(left[wonders.end() :] if wonders else left, language)
    word = question_word(left, language)
    if word is None:
        return _are_two_yes_no(left, right, language)
    if wonders and speech_pattern(language, "indirect").match(right):
        return asks_itself(left, language)
    return asks_itself(left, language) and asks_itself(right, language) and _asks_anew(left, word, right, language)


def _are_two_yes_no(left: str, right: str, language: str) -> bool:
    """Whether the left side asks for yes or no, and the right one, with a subject of its own, asks as well."""
    yes_no = speech_pattern(language, "yes_no")
    if not yes_no.search(left):
        return False
    asks = yes_no.search(right) and not speech_pattern(language, "inverted").match(right)
    return bool(asks) or (speech_pattern(language, "asked").match(right) is not None and asks_itself(right, language))


def _asks_anew(left: str, word: re.Match[str], right: str, language: str) -> bool:
    """Whether the right side asks a question of its own: its word does not go on with a clause of the left one."""
    found = speech_pattern(language, "asked").match(right)
    if not found:
        return asks_at_its_end(right, language)
    mine, conjunction = word_of(found, language), speech_pattern(language, "conjunction")
    if not is_relative(right, language):
        return True
    later = [word_of(each, language) for each in speech_pattern(language, "asked").finditer(left, word.end())]
    if conjunction.match(mine) and not conjunction.match(word_of(word, language)):
        return False  # "Est-ce que le maire dit que … et que …"
    return mine not in later


# What a piece says


def _bare_question(piece: str, language: str) -> str:
    """Returns a piece without greeting, thanks and "je voulais savoir"; "" where nothing is asked."""
    text = _without_greeting(piece.strip(_BULLET), language)
    while not ENDS.search(text) and (clause := _LAST_CLAUSE.search(text)) and _says_nothing(clause[1], language):
        text = text[: clause.start() + 1]
    wonders = speech_pattern(language, "wonders").match(fold(text))
    if wonders and len(fold(text)) == len(text) and begins_as_question(text[wonders.end() :], language, sure=True):
        text = text[wonders.end() :].lstrip(" ,:")
    return "" if _says_nothing(text, language) else text


def _without_greeting(text: str, language: str) -> str:
    while (clause := _FIRST_CLAUSE.match(text)) and _says_nothing(clause[1], language):
        text = text[clause.end() :]
    return text


def _says_nothing(text: str, language: str) -> bool:
    """Whether it is a greeting, thanks, "non ?" or "j'ai deux questions"."""
    folded = folded_line(text).strip(" \t\n?!.,;:¿¡…")
    asides = speech_pattern(language, "asides")
    return len(folded) < 2 or asides.fullmatch(folded) is not None or smalltalk(text, first=False) is not None


def _add(parts: list[str], part: str, language: str) -> None:
    """Adds a question that is not asked already; of two of which one says more, that one stays."""
    for at, other in enumerate(parts):
        if _ask_the_same(part, other, language):
            parts[at] = max(other, part, key=lambda each: len(_said(each, language)))
            return
    parts.append(part)


def _ask_the_same(one: str, other: str, language: str) -> bool:
    """Whether one says no more than the other, or is a part of it: what a long message was cut off in."""
    shorter, longer = sorted((folded_line(one).rstrip(" ?"), folded_line(other)), key=len)
    if longer.startswith(shorter):
        return True
    mine, theirs = _said(one, language), _said(other, language)
    kinds = {Facts.of(each, language).kind for each in (one, other)}
    is_same = mine <= theirs or theirs <= mine if mine and theirs else Kind.OTHER not in kinds
    return is_same and len(kinds) == 1


@lru_cache(maxsize=64)
def _said(question: str, language: str) -> frozenset[str]:
    asked = Asked(question, language)
    return frozenset(asked.content) | frozenset(re.findall(r"\d+", asked.folded))
