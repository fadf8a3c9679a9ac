"""Which articles are searched: of a time, an outlet, a language."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from index.errors import ArticlebotError


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
