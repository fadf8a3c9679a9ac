"""A question made ready for searching: its language, vector, words and their weights."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embedding.centring import Centring
from index.embedding.embedder import Embedder
from index.store.generation import Generation
from index.text import function_words
from index.text.folding import fold, terms_of_folded, words
from index.text.languages import detect_language
from retrieval.facts.facts import Facts
from retrieval.search.fusion import Fusion
from retrieval.search.spelling import Speller

QUESTION_CHARS = 4_000  # of a question that are searched; the rest of a longer one is left out
_KEPT = 8  # questions that were made ready last
_QUESTION_TERMS = 64  # of a question, the rarest
_CAPITALISED = re.compile(r"(?<![\w])[A-ZÀ-ÖØ-ÞА-ЯЁ]\w{2,}")


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for searching."""

    text: str
    language: str
    vector: NDArray[np.float32]  # (dimension,), unit, centred by its language
    names: tuple[str, ...]  # folded: its capitalised words after the first
    terms: dict[str, float]  # searched word, under every language of the index -> its idf there
    weights: dict[str, float]  # folded content word -> idf, of the words that the index holds
    variants: dict[str, frozenset[str]]  # folded content word -> its terms
    coverage: float  # share of the question's idf mass whose words the index holds, 0 to 1
    gate: float  # how far to listen to its words, 0 to 1

    @property
    def facts(self) -> Facts:
        """What it tells and asks for."""
        return Facts.of(self.text, self.language)

    @property
    def rarest(self) -> str:
        """The rarest of its content words that the index holds; "" where it holds none."""
        return max(self.weights, key=lambda word: (self.weights[word], word), default="")


class QueryBuilder:
    """Makes questions ready for searching one generation."""

    def __init__(self, generation: Generation, embedder: Embedder, centring: Centring, fusion: Fusion) -> None:
        self._languages = list(generation.languages)
        self._lexical = generation.lexical
        self._embedder = embedder
        self._centring = centring
        self._fusion = fusion
        self._speller = Speller(generation, embedder)
        self._kept: dict[tuple[str, str | None], Query] = {}  # a follow-up is searched alone, then with others

    def build(self, question: str, language: str | None = None) -> Query:
        """Returns the question made ready; its language is found out where it is not given."""
        query = self._kept.get((question, language))
        if query is None:
            query = self._kept[question, language] = self._build(question, language)
            for old in list(self._kept)[:-_KEPT]:
                self._kept.pop(old, None)
        return query

    def _build(self, question: str, language: str | None) -> Query:
        text = question.strip()[:QUESTION_CHARS]
        language = language or detect_language(text, self._languages)
        variants = self._variants(text, language)
        unknown = {word for word, terms in _content(variants).items() if not self._frequency(terms)}
        if unknown and (mended := self._speller.mended(text, language, unknown)) != text:
            text, variants = mended, self._variants(mended, language)
        return self._of(text, language, variants)

    def _of(self, text: str, language: str, variants: dict[str, frozenset[str]]) -> Query:
        # the embedder knows capitals for names, not for shouting
        vector = self._embedder.embed_questions([text.lower() if text.isupper() else text])
        vector = self._centring.apply(vector, [language], "question")[0]
        content = _content(variants)
        idf = {word: self._idf(terms) for word, terms in content.items()}
        held = {word: weight for word, weight in idf.items() if self._frequency(content[word])}
        total = sum(idf.values())
        coverage = sum(held.values()) / total if total else 0.0
        return Query(
            text=text, language=language, vector=vector,
            names=_names(text) if language != "de" else (), terms=self._rarest(variants),
            weights=held,
            variants={word: content[word] for word in held},
            coverage=coverage, gate=self._fusion.gate(coverage),
        )  # fmt: skip

    def _variants(self, text: str, language: str) -> dict[str, frozenset[str]]:
        """Returns the words of a text with their terms in the languages of the index."""
        found = dict.fromkeys(words(fold(text), language))
        variants = {
            word: frozenset(term for each in self._languages for term in terms_of_folded(word, each)) for word in found
        }
        self._lexical.look_up({term for terms in variants.values() for term in terms})
        return variants

    def _rarest(self, variants: dict[str, frozenset[str]]) -> dict[str, float]:
        frequency = {t: self._lexical.document_frequency(t) for ts in variants.values() for t in ts}
        present = sorted((t for t, n in frequency.items() if n), key=lambda t: (frequency[t], t))
        return {t: self._idf(frozenset([t])) for t in present[:_QUESTION_TERMS]}

    def _frequency(self, variants: frozenset[str]) -> int:
        return max((self._lexical.document_frequency(t) for t in variants), default=0)

    def _idf(self, variants: frozenset[str]) -> float:
        """BM25's idf of a word, by its most frequent variant: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        count, frequency = self._lexical.count, self._frequency(variants)
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))


def _content(variants: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Returns the words that weigh in a question, with their terms; all of them where none does."""
    return {word: terms for word, terms in variants.items() if word not in function_words.ALL and terms} or variants


def _names(question: str) -> tuple[str, ...]:
    """Returns the folded capitalised words of three letters or more, but for the first word."""
    found = [fold(match.group()) for match in _CAPITALISED.finditer(question) if match.start() > 0]
    return tuple(dict.fromkeys(name for name in found if name not in function_words.ALL))
