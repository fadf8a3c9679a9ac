"""Which articles are searched: of a time, an outlet, a language; a generation as if it held these alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.article import ABOUT, Article, Passage
from index.errors import ArticlebotError
from index.store.generation import Generation
from index.text.folding import fold

_LISTED = 12  # sources or languages that an error names


class FilterError(ArticlebotError, ValueError):
    """What is to be searched cannot be what was meant."""


class FilterTypeError(FilterError, TypeError):
    """It is of a wrong type."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles are searched; what is None does not matter. One without a date is outside of any time."""

    since: date | None = None  # first day of publication
    until: date | None = None  # last day of publication
    source: str | None = None  # an outlet, or a source of the index by its name; case and accents do not matter
    language: str | None = None  # ISO 639-1
    articles: frozenset[str] | None = None  # these alone, by their ids
    newer: int | None = None  # holds a sentence that came into the index later, in microseconds since 1970
    older: int | None = None  # holds one that came by then

    @classmethod
    def of(
        cls,
        since: date | str | None = None,
        until: date | str | None = None,
        source: str | None = None,
        language: str | None = None,
        articles: Collection[str] | None = None,
    ) -> Self | None:
        """Returns the filter that people's values make; None where all is searched.

        Raises:
            FilterError: a value that is none, or `since` after `until`.
        """
        names = _name("source", source), _name("language", language)
        chosen = cls(_day("since", since), _day("until", until), *names, articles=_ids(articles))
        if chosen.since and chosen.until and chosen.since > chosen.until:
            raise FilterError(
                f"since {chosen.since} is after until {chosen.until}, no later day wanted; "
                "name them the other way round"
            )
        return None if chosen == cls() else chosen


def _day(name: str, value: date | str | None) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise FilterTypeError(f"{name}: found {type(value).__name__}, a date wanted; such as date(2024, 1, 31)")
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise FilterError(f"{name}: found {value!r}, a day such as 2024-01-31 wanted; write it so") from None


def _name(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise FilterTypeError(f"{name}: found {type(value).__name__}, a str wanted; such as {name}='fr'")
    if not value.strip():
        raise FilterError(f"{name}: found nothing, a name wanted; leave {name} out to search all")
    return value.strip()


def _ids(articles: Collection[str] | None) -> frozenset[str] | None:
    if articles is None:
        return None
    if isinstance(articles, str) or not all(isinstance(each, str) for each in articles):
        raise FilterTypeError("articles: found no list of ids, one wanted; such as [citation.article_id]")
    return frozenset(articles)


class Narrowed(Generation):
    """A generation as if it held the articles of a filter alone: nothing else of it is searched, shown or named.

    A text that several articles share is shown as one of those inside, whichever of them has the passages.
    """

    searched: NDArray[np.bool_]

    def __init__(self, whole: Generation, chosen: Filter) -> None:
        """Takes a generation, which stays open with it.

        Raises:
            FilterError: no article of the index is of this source or in this language, or has one of these ids.
        """
        self.__dict__.update({name: value for name, value in vars(whole).items() if name != "languages"})
        self._whole = whole
        self._inside = self._articles_of(chosen)  # (articles,)
        self._holder = np.arange(len(self._inside))  # (articles,), the one that has the passages of each
        sharing = {i: row for row, i in self.select("SELECT row, id FROM articles WHERE same_as IS NOT NULL")}
        for article_id, holder in self.holders(sharing).items():
            self._holder[sharing[article_id]] = holder
        holders = np.zeros_like(self._inside)
        holders[self._holder[self._inside]] = True  # of a text that an article inside shares, too
        self.searched = holders[self.article_rows]

    @property
    def counts(self) -> dict[str, int]:
        """Number of articles, passages, sentences inside; failed: of the whole index."""
        return {
            **self._whole.counts,
            "articles": int(np.count_nonzero(self._inside)),
            "passages": int(np.count_nonzero(self.searched)),
            "sentences": int(self._many[self.searched].sum()),
        }

    @cached_property
    def languages(self) -> dict[str, int]:
        """Number of articles inside by language, most first."""
        rows = self.select("SELECT row, language FROM articles")
        counted = Counter(str(language) for row, language in rows if self._inside[row])
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def dates(self) -> tuple[date, date] | None:
        """Returns the earliest and latest `published` inside; None where no article there has a date."""
        query = "SELECT row, published FROM articles WHERE published IS NOT NULL"
        days = [published for row, published in self.select(query) if self._inside[row]]
        return (date.fromisoformat(min(days)), date.fromisoformat(max(days))) if days else None

    def published(self, first: date, last: date) -> NDArray[np.bool_]:
        """Returns which passages are inside, and of articles published from `first` to `last`, (passages,)."""
        return np.asarray(super().published(first, last) & self.searched)

    def newest(self, count: int, window: tuple[date, date] | None = None) -> list[int]:
        """Returns the rows of the first passages of the newest articles inside, as the whole generation does."""
        rows: dict[int, None] = {}
        for holder in self._holder[self.listed_rows(window)].tolist():
            if len(rows) >= count:
                break
            rows |= dict.fromkeys(self.opening_rows([holder]))
        return list(rows)

    def listed_rows(self, window: tuple[date, date] | None = None) -> NDArray[np.int64]:
        """Returns the numbers of the articles inside, newest first."""
        rows = super().listed_rows(window)
        return rows[self._inside[rows]]

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """Returns the passages of these rows, in this order, without scores; as of an article inside."""
        return [self._of_one_inside(passage) for passage in super().passages(rows)]

    def article(self, article_id: str) -> Article | None:
        """Returns one article, None where there is none of this id inside."""
        return super().article(article_id) if self._are_inside([article_id]) else None

    def articles(self, origin: str | None = None) -> Iterator[Article]:
        """Yields the articles inside by id, of all sources or of one."""
        for article in super().articles(origin):
            if self._are_inside([article.id]):
                yield article

    def _of_one_inside(self, passage: Passage) -> Passage:
        """Returns the passage as of the article of the smallest id that is inside."""
        if not passage.also_in:
            return passage  # there is no other
        shown, *others = self._are_inside([passage.article_id, *passage.also_in])
        if shown != passage.article_id:
            article = super().article(shown)
            assert article is not None  # noqa: S101  it was found just now
            about = {name: getattr(article, name) for name in ABOUT}
            passage = replace(passage, id=f"{shown}#{passage.start}", article_id=shown, **about)
        return replace(passage, also_in=tuple(others))

    def _are_inside(self, article_ids: Collection[str]) -> list[str]:
        """Returns those of these ids that are inside, in order."""
        query = "SELECT row, id FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return [i for row, i in sorted(self.select(query, json.dumps(list(article_ids)))) if self._inside[row]]

    def _articles_of(self, chosen: Filter) -> NDArray[np.bool_]:
        """Returns which articles a filter lets in, (articles,); each condition has an index of its own in SQLite."""
        inside = np.ones(self._whole.counts["articles"], np.bool_)
        if chosen.since or chosen.until:
            days = ((chosen.since or date.min).isoformat(), (chosen.until or date.max).isoformat())
            inside &= self._rows("SELECT row FROM articles WHERE published BETWEEN ? AND ?", *days)
        if chosen.newer is not None:
            inside &= self._whole.arrivals.by_article[1] > chosen.newer
        if chosen.older is not None:
            inside &= self._whole.arrivals.by_article[0] <= chosen.older
        if chosen.language is not None:
            language = chosen.language.replace("_", "-").partition("-")[0].lower()
            _check_known("language", chosen.language, language, self._whole.languages)
            inside &= self._rows("SELECT row FROM articles WHERE language = ?", language)
        if chosen.articles is not None:
            inside &= self._of_ids(chosen.articles)
        if chosen.source is not None:
            inside &= self._rows(
                "SELECT row FROM articles WHERE source IN (SELECT value FROM json_each(?1)) "
                "OR origin IN (SELECT value FROM json_each(?1))",
                json.dumps(self._names_of(chosen.source)),
            )
        return inside

    def _of_ids(self, ids: Collection[str]) -> NDArray[np.bool_]:
        """Returns which articles have these ids, (articles,)."""
        named = self._rows("SELECT row FROM articles WHERE id IN (SELECT value FROM json_each(?))", json.dumps([*ids]))
        if not named.any():
            found = ", ".join(sorted(ids)[:_LISTED]) or "no id"
            raise FilterError(f"articles {found}: none of the index; `articlebot status` and qa.articles() list them")
        return named

    def _names_of(self, source: str) -> list[str]:
        """Returns the outlets and sources of the index that this names, as they are written."""
        counted: Counter[str] = Counter()
        for named, count in self.counted("source", "origin").items():
            for name in {*named} - {""}:
                counted[name] += count
        meant = [name for name in counted if fold(name) == fold(source)]
        if not meant:
            _check_known("source", source, source, counted)
        return meant

    def _rows(self, query: str, *values: str) -> NDArray[np.bool_]:
        """Returns which articles a query names, (articles,)."""
        named = np.zeros(self._whole.counts["articles"], np.bool_)
        named[[row for (row,) in self.select(query, *values)]] = True
        return named


def _check_known(what: str, given: str, meant: str, there: Mapping[str, int]) -> None:
    """Raises FilterError where the articles have no such value."""
    if there.get(meant):
        return
    named = [f"{name} ({count})" for name, count in sorted(there.items(), key=lambda item: (-item[1], item[0])) if name]
    more = f", and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
    known = ", ".join(named[:_LISTED]) + more or "none"
    raise FilterError(f"{what} {given!r}: no article is of it; there are: {known}; name one of these, or leave it out")
