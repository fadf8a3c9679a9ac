"""What a text tells that can be compared, read at its first use and kept: figures, dates, measures, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index.text.folding import fold
from retrieval.facts.figures import counted, days_of_months, dimensions, figures, measured
from retrieval.facts.names import names_in, places

_KEPT = 1_024  # a sentence and its quote are asked about by many


@dataclass(frozen=True)
class Facts:
    """What a text of a few sentences tells, in a normal form that texts of other languages share.

    `Facts.of` keeps the last ones, so that a text that is asked about again is not read again.
    """

    text: str
    language: str  # ISO 639-1

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
