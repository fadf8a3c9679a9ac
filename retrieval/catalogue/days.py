"""What the articles tell of a day, a month or a year: sentences that name it, in whatever language, and its news."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from index.article import Passage
from index.store.generation import Generation
from index.text.by_language import ByLanguage
from index.text.folding import terms
from index.text.sentences import split_sentences
from retrieval.answering.answer import Draft
from retrieval.catalogue.summaries import is_informative, leans, opening
from retrieval.facts.figures import days_of_months
from retrieval.understanding.times import Window

TOLD = 5  # sentences that are told of a time
_SOUGHT = 1_000  # passages whose words are looked up
_NUMERIC = re.compile(r"(?<![\d/.-])(?:(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)[/.](\d\d?)[/.](\d{4}))(?![\d/])")
_NO_DAY = 1_000_000  # as far as an article without a date is from any
_BEFORE = 1  # sentence in which a year stands that a date without one is of
_ORDINALS = ("", *ByLanguage("published").alternatives()["day_ends"].split("|"))
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20|21)\d\d(?!\d|[.,]\d)")


@dataclass(frozen=True, slots=True)
class Time:
    """A day, a month or a year as sentences name it."""

    year: int
    month: int = 0  # 0: all of the year
    day: int = 0  # 0: all of the month

    @classmethod
    def of(cls, first: date, last: date) -> Time | None:
        """Returns the day, month or year that goes from `first` to `last`; None where it is another time."""
        if first == last:
            return cls(first.year, first.month, first.day)
        if first.day != 1 or first.year != last.year or first == date.min or last == date.max:
            return None
        if (first.month, last.month, last.day) == (1, 12, 31):
            return cls(first.year)
        is_month = first.month == last.month and (last + timedelta(1)).month != last.month
        return cls(first.year, first.month) if is_month else None

    @property
    def middle(self) -> date:
        """A day in the midst of it."""
        return date(self.year, self.month or 7, self.day or 15)

    def is_named_in(self, text: str, language: str, published: date | None, before: str = "") -> bool:
        """Whether a sentence names it.

        Args:
            text: the sentence.
            language: of it.
            published: when its article was: a date without a year is of the year next to that day.
            before: what stands before the sentence: a year that is told of there is not left at once.
        """
        if any(self._is_on(*day) for day in _days_in_digits(text)):
            return True
        if not self.month:
            return str(self.year) in _YEAR.findall(text)
        beside = days_of_months(text, language).get(self.month)
        if not beside or (self.day and str(self.day) not in beside):
            return False
        years = [number for number in beside if len(number) == 4]
        if years:
            return str(self.year) in years
        return self._is_next_to(published) and str(self.year) == (_YEAR.findall(before) or [str(self.year)])[-1]

    def _is_on(self, year: int, month: int, day: int) -> bool:
        return year == self.year and self.month in (0, month) and self.day in (0, day)

    def _is_next_to(self, published: date | None) -> bool:
        """Whether, of all years, the day or month in this one is next to the day of publication."""
        if not published:
            return False
        months = (self.year - published.year) * 12 + self.month - published.month
        return -9 <= months <= 3  # what comes is told of less far ahead than what was

    def words(self, languages: Iterable[str]) -> list[set[str]]:
        """Returns sets of search terms of each of which a passage that names it holds one."""
        names = {(name, language) for language in languages for name in _names_of(self.month, language)}
        wanted = [{str(self.year)} | {term for name, language in names for term in terms(name, language)}]
        if self.day:
            wanted.append({f"{self.day}{ending}" for ending in _ORDINALS} | {f"{self.day:02}"})
        return wanted


def _days_in_digits(text: str) -> Iterator[tuple[int, int, int]]:
    """Yields year, month and day of "2024-12-08" and of "08/12/2024"."""
    for found in _NUMERIC.finditer(text):
        yield int(found[1] or found[6]), int(found[2] or found[5]), int(found[3] or found[4])


def _names_of(month: int, language: str) -> Iterator[str]:
    from babel.core import UnknownLocaleError  # some milliseconds of each start, for a day that few ask after
    from babel.dates import get_month_names

    with suppress(UnknownLocaleError, ValueError):
        for context in ("format", "stand-alone") if month else ():
            yield get_month_names("wide", context, language)[month]


def told_of(generation: Generation, window: Window, language: str, among: Collection[str] | None = None) -> list[Draft]:
    """Returns sentences that name a time, and the openings of articles that were published then.

    Where the time is counted from today, these articles come first: they tell of yesterday without naming it.

    Args:
        generation: that is asked.
        window: the time.
        language: whose articles come before others.
        among: ids of the articles that are asked; None: all.
    """
    time = Time.of(window.first, window.last)
    named = [draft for draft in (naming(generation, time, language) if time else ()) if _is_among(draft, among)]
    rows = generation.newest(TOLD, (window.first, window.last))
    openings = (opening(generation, row, each) for row, each in zip(rows, generation.passages(rows), strict=True))
    leads = [draft for draft in openings if draft and _is_among(draft, among)]
    shown: dict[tuple[str, int], Draft] = {}
    for draft in [*leads, *named] if window.recent else [*named, *leads]:
        articles = {article_id for article_id, _ in shown}
        if draft in named or draft.passage.article_id not in articles:
            shown.setdefault((draft.passage.article_id, draft.start), draft)
    return list(shown.values())[:TOLD]


def _is_among(draft: Draft, among: Collection[str] | None) -> bool:
    return among is None or draft.passage.article_id in among


def naming(generation: Generation, time: Time, language: str) -> Iterator[Draft]:
    """Yields the sentences that name a time, one an article and then the next; those of its own news come first."""
    wanted = time.words(generation.languages)
    rows, _ = generation.lexical.search(sorted(set.union(*wanted)), _SOUGHT, among=generation.searched)
    held = zip(rows.tolist(), map(set, generation.terms_of(rows.tolist())), strict=True)
    holding = [row for row, terms in held if all(words & terms for words in wanted)]
    found: list[tuple[int, int, int, int, Draft]] = []
    for rank, passage in enumerate(generation.passages(holding)):
        far = abs((passage.published - time.middle).days) if passage.published else _NO_DAY
        for draft in _naming_in(passage, time):
            hangs = 2 * (passage.language != language) + leans(draft.text, passage.language)
            found.append((hangs, far, rank, draft.start, draft))
    told = Counter[str]()
    turns: dict[int, list[Draft]] = {}
    for *_, draft in sorted(found, key=lambda each: each[:4]):
        turns.setdefault(told[draft.passage.article_id], []).append(draft)
        told[draft.passage.article_id] += 1
    yield from (draft for turn in sorted(turns) for draft in turns[turn])


def _naming_in(passage: Passage, time: Time) -> Iterator[Draft]:
    spans = split_sentences(passage.text, passage.language)
    for at, (start, end) in enumerate(spans):
        text = passage.text[start:end]
        before = passage.text[spans[max(at - _BEFORE, 0)][0] : start]
        if time.is_named_in(text, passage.language, passage.published, before) and is_informative(
            text, passage.language
        ):
            yield Draft(text, passage, passage.start + start, passage.start + end, text)
