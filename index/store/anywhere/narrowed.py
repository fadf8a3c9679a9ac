"""A generation as if it held the articles of a filter alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import ABOUT, Article, KnownFile, Passage
from index.sources.names import Where
from index.store.anywhere.filters import Filter, FilterError
from index.store.generation import ArrivalTimes, Generation, Spans
from index.text.folding import fold

_LISTED = 12  # sources or languages that an error names


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
        super().__init__()
        self._whole = whole
        self.name, self.manifest, self.embed = whole.name, whole.manifest, whole.embed
        self.article_rows, self.days, self.waiting = whole.article_rows, whole.days, whole.waiting
        self.vectors, self.lexical = whole.vectors, whole.lexical
        self._inside = self._articles_of(chosen)  # (articles,)
        self._holder = np.arange(len(self._inside))  # (articles,), the one that has the passages of each
        sharing = {i: row for row, i, same_as in self.select("id, same_as") if same_as is not None}
        for article_id, holder in self.holders(sharing).items():
            self._holder[sharing[article_id]] = holder
        holders = np.zeros_like(self._inside)
        holders[self._holder[self._inside]] = True  # of a text that an article inside shares, too
        self.searched = holders[self.article_rows]

    # What lies where is as in the whole.

    def close(self) -> None:
        """Closes the whole."""
        self._whole.close()

    @property
    def arrivals(self) -> ArrivalTimes:
        """When the sentences of the whole came."""
        return self._whole.arrivals

    def select(self, columns: str, column: str = "", values: Collection[str] = ()) -> Iterator[tuple[Any, ...]]:
        """Yields as the whole does."""
        return self._whole.select(columns, column, values)

    def about(self, columns: str, numbers: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """Returns as the whole does."""
        return self._whole.about(columns, numbers)

    def counted(self, *columns: str) -> Counter[tuple[str, ...]]:
        """Returns as the whole does."""
        return self._whole.counted(*columns)

    def sources(self) -> dict[str, Where]:
        """Returns as the whole does."""
        return self._whole.sources()

    def files(self, origin: str) -> dict[str, KnownFile]:
        """Returns as the whole does."""
        return self._whole.files(origin)

    def failed_by_source(self) -> dict[str, tuple[str, str]]:
        """Returns as the whole does."""
        return self._whole.failed_by_source()

    def ids(self, origin: str | None = None) -> list[str]:
        """Returns as the whole does."""
        return self._whole.ids(origin)

    def held(self, article_ids: Iterable[str]) -> Iterator[tuple[Article, str]]:
        """Yields as the whole does."""
        return self._whole.held(article_ids)

    def hold(self, rows: NDArray[np.int64]) -> None:
        """Has the whole hold them."""
        self._whole.hold(rows)

    def sentence_vectors_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Returns as the whole does."""
        return self._whole.sentence_vectors_of(rows)

    def sentence_bytes(self, rows: NDArray[np.int64]) -> Sequence[bytes | None]:
        """Returns as the whole does."""
        return self._whole.sentence_bytes(rows)

    def spans(self, row: int) -> tuple[tuple[int, int], ...]:
        """Returns as the whole does."""
        return self._whole.spans(row)

    def sentences_of(self, rows: Sequence[int]) -> list[tuple[Spans, NDArray[np.int64]]]:
        """Returns as the whole does."""
        return self._whole.sentences_of(rows)

    def terms_of(self, rows: Sequence[int]) -> list[list[str]]:
        """Returns as the whole does."""
        return self._whole.terms_of(rows)

    def sentences_in(self, inside: NDArray[np.bool_]) -> int:
        """Returns as the whole does."""
        return self._whole.sentences_in(inside)

    def records_of(self, rows: Sequence[int]) -> dict[int, Sequence[Any]]:
        """Returns as the whole does."""
        return self._whole.records_of(rows)

    # What is shown, listed and counted is inside.

    @property
    def counts(self) -> dict[str, int]:
        """Number of articles, passages, sentences inside; failed: of the whole index."""
        return {
            **self._whole.counts,
            "articles": int(np.count_nonzero(self._inside)),
            "passages": int(np.count_nonzero(self.searched)),
            "sentences": self.sentences_in(self.searched),
        }

    @cached_property
    def languages(self) -> dict[str, int]:
        """Number of articles inside by language, most first."""
        counted = Counter(str(language) for row, language in self.select("language") if self._inside[row])
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def dates(self) -> tuple[date, date] | None:
        """Returns the earliest and latest `published` inside; None where no article there has a date."""
        days = [published for row, published in self.select("published") if published and self._inside[row]]
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
        rows = self._whole.listed_rows(window)
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
        return [i for row, i in sorted(self.select("id", "id", list(article_ids))) if self._inside[row]]

    def _articles_of(self, chosen: Filter) -> NDArray[np.bool_]:
        """Returns which articles a filter lets in, (articles,); each condition has an index of its own in the store."""
        inside = np.ones(self._whole.counts["articles"], np.bool_)
        if chosen.since or chosen.until:
            dated = self._whole.listed_rows((chosen.since or date.min, chosen.until or date.max))
            inside &= self._named(dated.tolist())
        if chosen.newer is not None:
            inside &= self._whole.arrivals.by_article[1] > chosen.newer
        if chosen.older is not None:
            inside &= self._whole.arrivals.by_article[0] <= chosen.older
        if chosen.language is not None:
            language = chosen.language.replace("_", "-").partition("-")[0].lower()
            _check_known("language", chosen.language, language, self._whole.languages)
            inside &= self._with("language", [language])
        if chosen.articles is not None:
            inside &= self._of_ids(chosen.articles)
        if chosen.source is not None:
            names = self._names_of(chosen.source)
            inside &= self._with("source", names) | self._with("origin", names)
        return inside

    def _of_ids(self, ids: Collection[str]) -> NDArray[np.bool_]:
        """Returns which articles have these ids, (articles,)."""
        named = self._with("id", ids)
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

    def _with(self, column: str, values: Collection[str]) -> NDArray[np.bool_]:
        """Returns which articles have one of these values, (articles,)."""
        return self._named([row for row, _ in self.select("id", column, values)])

    def _named(self, numbers: Sequence[int]) -> NDArray[np.bool_]:
        """Returns which articles have these numbers, (articles,)."""
        named = np.zeros(self._whole.counts["articles"], np.bool_)
        named[numbers] = True
        return named


def _check_known(what: str, given: str, meant: str, there: Mapping[str, int]) -> None:
    """Raises FilterError where the articles have no such value."""
    if there.get(meant):
        return
    named = [f"{name} ({count})" for name, count in sorted(there.items(), key=lambda item: (-item[1], item[0])) if name]
    more = f", and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
    known = ", ".join(named[:_LISTED]) + more or "none"
    raise FilterError(f"{what} {given!r}: no article is of it; there are: {known}; name one of these, or leave it out")
