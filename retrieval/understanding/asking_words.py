"""The words by which a text asks: whether it begins with one, asks for yes or no, is typed in shorthand."""

from __future__ import annotations

import re
from functools import lru_cache, partial

from index.text import function_words
from index.text.folding import fold
from index.text.function_words import has_trait
from retrieval.facts.kinds import numbers
from retrieval.understanding.wording import SPEECH, TIME, WORD_PIECE, Asked, means_something, speech_pattern

ENDS = re.compile(r"[?؟？][\s»\"”’')\]!]*$")  # of a text with a question mark
_FIGURE = re.compile(r"\d+(?:[ .,'\u202f]\d+)*")
_OF_A_NAME = re.compile(r"[A-ZÀ-ÖØ-ÞА-ЯЁ]\w+[ -](\d+)")
_SIGN = re.compile(r"\s?[%€$£°]")
_NEXT_WORD = re.compile(r"[ \u202f]?([^\W\d_]+(?:-\w+)*)")
_PREPOSITION = re.compile(r"^(?:\W*\w{1,7} )+(?=\w)")


def is_yes_no(question: str, language: str) -> bool:
    """Whether a question asks for yes or no, be it by its form, its order or its question mark alone.

    "Le pont a-t-il rouvert ?", "Est-ce vrai que …", "Le billet coûte toujours 49 euros ?"; False in languages of which
    this is not known.
    """
    folded, wondering = speech_pattern(language, "wonders").subn(" ", folded_line(question))
    if wondering and speech_pattern(language, "whether").match(folded.strip()):
        return True
    word = question_word(folded, language)
    signal = speech_pattern(language, "yes_no").search(folded)
    if signal:
        return word is None or signal.start() <= word.start()
    if speech_pattern(language, "asked").search(folded):
        return False
    return ENDS.search(question) is not None and _states(folded, language)


def figures_in_doubt(question: str, language: str) -> frozenset[str]:
    """Returns the digits of a question for yes or no that are asked for, and need not stand in the answer.

    "plus de 5000 tuyaux", "à 100 %", "30 km"; but not those of "la ligne 14", "en 2024", "le 8 mai", which it is
    about. As `numbers` has them.
    """
    if not is_yes_no(question, language):
        return frozenset()
    folded = folded_line(question)
    figures = {found.group() for found in _FIGURE.finditer(folded) if _is_amount(found, folded, language)}
    named = set() if has_trait(language, "nameless") else set(_OF_A_NAME.findall(question))  # "Vega 2"
    return frozenset[str]().union(*map(numbers, figures - named))


def as_open_question(question: str, language: str) -> str:
    """Returns a question for yes or no that doubts a figure as one that asks for it: its answer settles both.

    "La ligne fait-elle 30 km ?" -> "La ligne fait-elle combien de km ?"
    """
    doubted = figures_in_doubt(question, language)
    how_many = SPEECH.get(language, {}).get("how_many")
    if not doubted or not how_many:
        return question
    return _FIGURE.sub(lambda found: how_many if numbers(found.group()) <= doubted else found.group(), question)


def _is_amount(figure: re.Match[str], folded: str, language: str) -> bool:
    before, after = folded[: figure.start()], folded[figure.end() :]
    if _SIGN.match(after) or re.search(rf"\b(?:{speech_pattern(language, 'more_than').pattern})\s*$", before):
        return True
    word = _NEXT_WORD.match(after)
    if word is None or "-" in word[1] or word[1] in function_words.ALL or TIME.fullmatch(word[1]):
        return False
    return speech_pattern(language, "states").fullmatch(word[1]) is None


def spelled_out(text: str, language: str) -> str:
    """Returns a question with its small words as one writes them: "ki a gagné" -> "qui a gagné".

    A word with capitals in a text without them otherwise is a name or an abbreviation, and stays.
    """
    shouted, typed = text.isupper(), text
    for pattern, meant in _shorthand(language):
        text = pattern.sub(partial(_meant, meant.upper() if shouted else meant, shouted), text)
    return text.strip() or typed


def _meant(meant: str, shouted: bool, found: re.Match[str]) -> str:
    return meant if shouted or found[0].islower() else found[0]


@lru_cache(maxsize=16)
def _shorthand(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    table = SPEECH.within(language, "shorthand")
    return tuple(
        (re.compile(rf"(?<![\w'’-])(?:{pattern})(?![\w'’-])", re.IGNORECASE), meant) for pattern, meant in table.items()
    )


def begins_as_question(text: str, language: str, *, sure: bool = False) -> bool:
    """Whether a text begins with a question word, perhaps behind "et" or "je voulais savoir".

    Args:
        text: a sentence or a line, and what follows it.
        language: of it.
        sure: whether it goes on with no sentence before it, as "qui le garde" may.
    """
    folded = without_beginning(folded_line(text), language)
    if not any(speech_pattern(language, part).match(folded) for part in ("asked", "indirect")):
        return False
    return sure or folded != folded_line(text) or not is_relative(folded, language)


def asks_at_its_end(text: str, language: str) -> bool:
    """Whether it asks as people speak: "et elle a ouvert quand ?", "et c'est quoi son nom ?"."""
    pronoun = speech_pattern(language, "pronoun").match(text)
    found = list(speech_pattern(language, "asked").finditer(text))
    return bool(found) and (pronoun is not None or not WORD_PIECE.search(text[found[-1].end() :]))


def asks_itself(text: str, language: str) -> bool:
    """Whether it is more than question words and their nouns: "où", "combien de blessés" are answered with another."""
    asked = Asked(text, language)
    return asked.has_question_word and not asked.is_bare and not asked.is_question_word


def question_word(folded: str, language: str) -> re.Match[str] | None:
    """Returns the first word that asks: one that begins, ends or cannot stand within a sentence otherwise."""
    begun = len(folded) - len(without_beginning(folded, language))
    for found in speech_pattern(language, "asked").finditer(folded):
        ends = not WORD_PIECE.search(folded[found.end() :])
        begins = not any(map(means_something, WORD_PIECE.findall(folded[begun : found.start()])))  # "par qui"
        if begins or ends or not is_relative(found.group(), language):
            return found
    return None


def is_relative(text: str, language: str) -> bool:
    """Whether the question word that a text begins with may go on with a sentence: "qui", "quand", "who"."""
    found = speech_pattern(language, "asked").match(text)
    relative = speech_pattern(language, "relative")
    return found is not None and relative.fullmatch(word_of(found)) is not None


def word_of(found: re.Match[str]) -> str:
    """Returns a question word without what stands before and after it: "depuis quand" -> "quand"."""
    word = found.group().strip(" ¿")
    return _PREPOSITION.sub("", word) if " " in word and not word.endswith(("que", "qu'")) else word


def _states(folded: str, language: str) -> bool:
    """Whether a text has a verb with something on either side."""
    states = speech_pattern(language, "states").pattern
    return re.search(rf"\w\W+(?:{states})\b(?=\W+\w)", folded) is not None


def without_beginning(folded: str, language: str) -> str:
    """Returns a text without "et", "bonjour," or "je voulais savoir" at its beginning."""
    text = folded.lstrip(" ¿¡\"'«“(")
    for part in ("continues", "wonders"):
        found = speech_pattern(language, part).match(text)
        text = text[found.end() :].lstrip(" ,:¿") if found else text
    return text


def folded_line(text: str) -> str:
    """Returns a folded text in one line."""
    return " ".join(fold(text).split())
