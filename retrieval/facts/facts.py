"""What a text tells that can be compared, read at its first use and kept: figures, dates, measures, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index.article import Span
from index.text.folding import content_terms, fold, fold_with_places, in_ascii_digits, terms_of_folded
from retrieval.facts.denial import denies, excludes
from retrieval.facts.figures import counted, days_of_months, dimensions, figures, measured
from retrieval.facts.injection import speaks_to_machines
from retrieval.facts.kinds import (
    CASELESS,
    NAME_LETTERS,
    Kind,
    beginnings,
    capitalised,
    counted_noun,
    counts_nothing,
    full_names,
    holds,
    kind_asked,
)
from retrieval.facts.names import names_in, places
from retrieval.facts.numerals import in_digits

LONGEST = 2_000  # characters that are looked at; some patterns take time with the square of a text's length
_KEPT = 4_096  # texts, most of them sentences, which many ask about and on which questions meet: some megabytes


@dataclass(frozen=True)
class Facts:
    """What a text of a few sentences tells, in a normal form that texts of other languages share.

    `Facts.of` keeps the last ones, so that a text that is asked about again is not read again.
    """

    text: str
    language: str  # ISO 639-1; "" where it is not known

    @classmethod
    @lru_cache(maxsize=_KEPT)
    def of(cls, text: str, language: str) -> Facts:
        """Returns the facts of a text."""
        return cls(text, language)

    @cached_property
    def folded(self) -> str:
        """The text in lower case without accents."""
        return fold(self.text)

    @cached_property
    def beginning(self) -> str:
        """What is looked at for things that answer: the first characters of `folded`, digits in ASCII."""
        return in_ascii_digits(self.folded[:LONGEST])

    def folded_part(self, span: Span) -> str:
        """Returns a part of the text folded."""
        is_alike = len(self.folded) == len(self.text)  # nearly always: each letter is one
        return self.folded[slice(*span)] if is_alike else fold(self.text[slice(*span)])

    def unfolded(self, span: Span) -> Span:
        """Returns where in the text a part of its beginning stands, with what follows it and folds to nothing."""
        start, end = span
        after = self._origin[end] if end < len(self._origin) else len(self.text)
        return self._origin[start], max(after, self._origin[end - 1] + 1)

    @cached_property
    def _origin(self) -> list[int]:
        """Where in the text each character of `folded` comes from."""
        return fold_with_places(self.text)[1]

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its search terms: see `index.text.folding.terms`."""
        return frozenset(terms_of_folded(self.folded, self.language))

    @cached_property
    def content(self) -> frozenset[str]:
        """The stems of its content words."""
        return frozenset(content_terms(self.folded, self.language))

    @cached_property
    def in_digits(self) -> str:
        """The text folded, with all its numbers in Western digits."""
        return in_digits(self.text, self.language).text

    @cached_property
    def denies(self) -> bool | None:
        """Whether it denies anything; None where its language is not known here."""
        return denies(self.folded, self.language)

    @cached_property
    def is_denial(self) -> bool:
        """Whether it denies or leaves something out: "sauf les TGV", "Only three …"; answers "Which … not …?"."""
        return bool(self.denies) or excludes(self.folded, self.language)

    @cached_property
    def speaks_to_machines(self) -> bool:
        """Whether it gives orders to a language model instead of telling something."""
        return speaks_to_machines(self.folded)

    @cached_property
    def figures(self) -> frozenset[str]:
        """Its numbers, months, weekdays, clock times, shares and currencies: {"12", "month 2", "eur"}."""
        return figures(self.text, self.language)

    @cached_property
    def perhaps_figures(self) -> frozenset[str]:
        """Those, and what may be meant as one: "un", "a decade"."""
        return figures(self.text, self.language, generous=True)

    @cached_property
    def counted(self) -> Mapping[str, set[str]]:
        """The numbers before each word: {"soldats": {"3", "12"}}."""
        return counted(self.text, self.language)

    @cached_property
    def measured(self) -> Mapping[str, set[str]]:
        """The units of each number: {"49": {"year"}}."""
        return measured(self.text, self.language)

    @cached_property
    def dimensions(self) -> Mapping[str, set[int]]:
        """What the numbers beside a word of measure are, by its place: {"12": {2}} where they are a width."""
        return dimensions(self.text, self.language)

    @cached_property
    def dates(self) -> Mapping[int, set[str]]:
        """The days and years beside each month: {1: {"18", "2017"}}."""
        return days_of_months(self.text, self.language)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The words that are written as names, folded, in order."""
        return tuple(names_in(self.text, self.language))

    @cached_property
    def places(self) -> Mapping[str, set[str]]:
        """The words that name a country or a great city, by its code: {"DE": {"allemande"}}."""
        return places(self.text, self.language)

    # What a question asks for, and whether a text holds it --------------------------------------------------------

    @cached_property
    def kind(self) -> Kind:
        """The kind of thing that it asks for, by its question words in any language; else OTHER."""
        return kind_asked(self.beginning.strip())

    @cached_property
    def counted_noun(self) -> str:
        """The beginning of the word for what it asks how many of: "combien d'élèves" -> "eleve"; "" for none."""
        return counted_noun(self.beginning)[:NAME_LETTERS]

    def holds(self, kind: Kind, question: Facts) -> bool:
        """Whether it holds a thing of this kind that is not in the question already; True where that cannot be told.

        A person is a capitalised word inside the text; scripts without capitals pass. Of the others see `kinds.holds`.
        """
        if kind is Kind.PERSON:
            return CASELESS.search(self.text) is not None or not self._capitalised <= question._beginnings
        return holds(kind, self.beginning, question.beginning)

    def names_person(self, question: Facts) -> bool:
        """Whether it holds a name of several words, or one after a title, whose last word is not in the question."""
        return not self._full_names <= question._beginnings

    def counts_nothing(self, question: Facts) -> bool:
        """Whether a question counts things and this holds figures of none: a day, a time, a sum of money."""
        return counts_nothing(self.beginning, question.beginning)

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return beginnings(self.beginning)

    @cached_property
    def _capitalised(self) -> frozenset[str]:
        return beginnings(fold(" ".join(capitalised(self.text[:LONGEST]))))

    @cached_property
    def _full_names(self) -> frozenset[str]:
        return frozenset(name[:NAME_LETTERS] for name in full_names(self.text[:LONGEST]))
