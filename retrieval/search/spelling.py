"""Misspelt words of a question, mended by the words of the articles."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from index.embedding.embedder import Embedder
from index.store.generation import Generation
from index.text.folding import fold, terms
from index.text.function_words import has_trait

_WORD = re.compile(r"[^\W\d_]+")
_DOUBLED = re.compile(r"(.)\1+")
_BEGINNING, _LONG_BEGINNING = 2, 3  # letters that are taken as right; more of a long word, to look at fewer terms
_SHORTEST, _SHORTEST_NAME = 6, 8  # letters; a shorter word is near to too many
_LONG = 10  # letters of a word that may differ in two
# Cosine of a word as it was typed and as it is meant; of 31 mistakes and 33 words of their own it takes 25 and 7.
_SAME = 0.93
_SAME_LETTERS = 0.9  # where letters changed places
_TERMS = 4  # that are looked at, the nearest
_LOOKED_AT = 3  # passages in which the right spelling of each is looked for


class Speller:
    """Mends the words of a question that no article holds and that are nearly what one holds.

    One is left alone that the embedder knows as a whole, or as a word of its own: it is spelt right, whatever the
    articles hold. So is one that looks like a name, unless it differs in nothing but doubled letters.
    """

    def __init__(self, generation: Generation, embedder: Embedder) -> None:
        self._generation = generation
        self._lexical = generation.lexical
        self._embedder = embedder

    def mended(self, text: str, language: str, unknown: Collection[str]) -> str:
        """Returns a question with the words that are meant.

        Args:
            text: the question.
            language: of it; only words of articles in this language are put in.
            unknown: its folded words that no article holds.
        """

        def meant(found: re.Match[str]) -> str:
            word = found.group()
            if fold(word) not in unknown or not self._may_be_misspelt(word):
                return word
            is_name = not word.islower() and not has_trait(language, "nameless") and not text.isupper()
            right = self._nearest(fold(word), language, 0 if is_name else _allowed(word))
            return right if right and self._mean_the_same(word, right) else word

        return _WORD.sub(meant, text) if any(len(word) >= _SHORTEST for word in unknown) else text

    def _may_be_misspelt(self, word: str) -> bool:
        if len(word) < (_SHORTEST if word.islower() or word.isupper() else _SHORTEST_NAME):
            return False
        return self._embedder.count_tokens(word.lower()) > self._embedder.count_tokens("a")

    def _mean_the_same(self, word: str, right: str) -> bool:
        """Whether the embedder takes one for the other: "county" is near to "country", but a word of its own."""
        mine, theirs = self._embedder.embed_questions([word.lower(), right.lower()])
        has_the_same_letters = sorted(fold(word)) == sorted(fold(right))
        return float(mine @ theirs) >= (_SAME_LETTERS if has_the_same_letters else _SAME)

    def _nearest(self, word: str, language: str, allowed: int) -> str:
        """Returns the one nearest word of the articles within so many mistakes; "" where there is none, or several."""
        right = _LONG_BEGINNING if len(word) >= _LONG else _BEGINNING
        beginning = [term for term, _ in self._lexical.terms_beginning(word[:right])]
        stem = next(iter(terms(word, language)), word)
        mistakes = _mistakes(word, beginning, allowed)
        if len(stem) >= _SHORTEST:
            mistakes |= {term: min(n, mistakes.get(term, n)) for term, n in _mistakes(stem, beginning, allowed).items()}
        nearest = sorted(mistakes, key=lambda term: (mistakes[term], term))[:_TERMS]
        spelt = sorted(
            (distance(word, fold(each), allowed), term, each)
            for term in nearest
            for each in self._spelt(term, language)
        )
        if not spelt or spelt[0][0] > allowed:
            return ""
        least, meant, best = spelt[0]
        return "" if any(other == least and term != meant for other, term, _ in spelt) else best

    def _spelt(self, term: str, language: str) -> set[str]:
        """Returns how a term is written in articles of a language."""
        rows, _ = self._lexical.search([term], _LOOKED_AT)
        passages = [each for each in self._generation.passages(rows.tolist()) if each.language == language]
        words = {word for passage in passages for word in _WORD.findall(f"{passage.title} {passage.text}")}
        return {word.lower() if word.islower() else word for word in words if terms(word, language) == [term]}


def _allowed(word: str) -> int:
    """Returns the mistakes that a word may have; who types accents looks what they type."""
    return (2 if len(word) >= _LONG else 1) if word.isascii() else 0


def _mistakes(word: str, others: Iterable[str], most: int) -> dict[str, int]:
    """Returns those of the others that differ from a word in at most so many letters, and in how many."""
    length, letters = len(word), set(word)
    alike = (  # which is seen faster
        other
        for other in others
        if abs(len(other) - length) <= most + 2 and len(letters.symmetric_difference(other)) <= 2 * most
    )
    return {other: mistakes for other in alike if (mistakes := distance(word, other, most)) <= most}


def distance(one: str, other: str, most: int) -> int:
    """Returns in how many letters two words differ, those that are doubled taken once; beyond `most`, `most` + 1.

    A letter that is wrong, missing or too much is one, as are two that changed places.
    """
    one, other = _DOUBLED.sub(r"\1", one), _DOUBLED.sub(r"\1", other)
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, there in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
