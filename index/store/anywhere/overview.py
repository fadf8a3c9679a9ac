"""An index at a glance: its articles without their texts, and its state in plain values."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from index.article import ABOUT, Passage
from index.sources.names import is_there
from index.store.anywhere.stores import store_of
from index.store.generation import Generation
from index.store.postgres.address import IndexPlace

_SHOWN = 10  # articles in its representation
_AT_ONCE = 1_000  # articles that are read at once


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """An article without its text."""

    id: str
    title: str
    published: date | None
    language: str
    source: str  # the outlet, "" where not known
    url: str
    author: str = ""  # "" where not known

    def __str__(self) -> str:
        about = ", ".join(part for part in (self.source, self.language) if part)
        return f"{self.published or 'no date   '}  {self.title} ({about})  {self.id}"


class Overview(Sequence[ArticleInfo]):
    """The articles, newest first, undated ones last; each is read from the index when it is looked at."""

    def __init__(self, generation: Generation, rows: NDArray[np.int64] | None = None) -> None:
        """Takes a generation, and the rows of those of its articles that count; None: all."""
        self._generation = generation
        self._rows = generation.listed_rows() if rows is None else rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> ArticleInfo: ...
    @overload
    def __getitem__(self, at: slice) -> list[ArticleInfo]: ...
    def __getitem__(self, at: int | slice) -> ArticleInfo | list[ArticleInfo]:
        if isinstance(at, slice):
            return self._read(self._rows[at].tolist())
        return self._read([int(self._rows[at])])[0]

    def __iter__(self) -> Iterator[ArticleInfo]:
        for start in range(0, len(self), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]

    def openings(self, at: slice) -> list[Passage]:
        """Returns the first passage of each of these articles; one whose text another has too is of itself here."""
        articles = self[at]
        rows = opening_rows(self._generation, [each.id for each in articles])
        there = [each for each in articles if each.id in rows]
        passages = self._generation.passages([rows[each.id] for each in there])
        return [_as_of(passage, each) for passage, each in zip(passages, there, strict=True)]

    def __repr__(self) -> str:
        return "\n".join([f"{len(self)} articles, newest first", *map(str, self[:_SHOWN]), *self._rest()])

    def _repr_html_(self) -> str:
        names = ("published", "title", "source", "language", "id")
        head = "".join(f"<th>{name}</th>" for name in names)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(str(getattr(one, name) or ''))}</td>" for name in names) + "</tr>"
            for one in self[:_SHOWN]
        )
        rest = "".join(f"<p>{line}</p>" for line in self._rest())
        return f"<p>{len(self)} articles, newest first</p><table><tr>{head}</tr>{rows}</table>{rest}"

    def _rest(self) -> list[str]:
        left = len(self) - _SHOWN
        return [f"… and {left} more: a slice such as [{_SHOWN}:{2 * _SHOWN}] shows them"] if left > 0 else []

    def _read(self, rows: list[int]) -> list[ArticleInfo]:
        about = self._generation.about("id, title, published, language, source, url, author", rows)
        return [_info(*about[row]) for row in rows]


def _info(article_id: str, title: str, published: str | None, *more: str) -> ArticleInfo:
    return ArticleInfo(article_id, title, date.fromisoformat(published) if published else None, *more)


def _as_of(passage: Passage, article: ArticleInfo) -> Passage:
    """Returns a passage as one of this article, which has its text."""
    about = {name: getattr(article, name) for name in ABOUT}
    return replace(passage, id=f"{article.id}#{passage.start}", article_id=article.id, **about)


def opening_rows(generation: Generation, article_ids: Collection[str]) -> dict[str, int]:
    """Returns the row of the first passage of each of these articles, by its id."""
    holders = generation.holders(article_ids)
    rows = generation.opening_rows(list(holders.values()))
    first = {int(generation.article_rows[row]): row for row in rows}
    return {article_id: first[holder] for article_id, holder in holders.items() if holder in first}


def names_kept(generation: Generation) -> tuple[set[str], set[str]]:
    """Returns the authors and the outlets of an index, its sources by their names among the outlets."""
    authors = {name for (name,) in generation.counted("author")}
    outlets = {name for pair in generation.counted("source", "origin") for name in pair}
    return authors - {""}, outlets - {""}


def articles_of(
    generation: Generation, *, authors: Collection[str] | None = None, outlets: Collection[str] | None = None,
    days: tuple[date, date] | None = None,
) -> Overview:  # fmt: skip
    """Returns the articles of these authors, of these outlets or sources (as the index writes them), of a time."""
    rows = generation.listed_rows(days)
    if authors is not None:
        rows = rows[np.isin(rows, [row for row, _ in generation.select("id", "author", authors)])]
    if outlets is not None:
        named = [row for column in ("source", "origin") for row, _ in generation.select("id", column, outlets)]
        rows = rows[np.isin(rows, named)]
    return Overview(generation, rows)


def index_status(where: str | IndexPlace) -> dict[str, Any]:
    """Returns plain values for people and JSON: counts, recall, dates, languages, sources, model, failed, bytes."""
    from index.sources.folder import passed_over  # asking reads no files

    store = store_of(where)
    with closing(store.open()) as generation:
        dates = generation.dates()
        per_source = generation.counted("origin")
        sizes = store.sizes(generation)
        return {
            "index": str(store.place),
            "generation": generation.name,
            "created": generation.manifest["created"],
            "model": generation.manifest["model"] or "multilingual-e5-small (bundled)",
            "fingerprint": "+".join(generation.fingerprint),
            **generation.counts,
            "sentences_waiting": generation.sentences_waiting,
            "segments": sizes["segments"],
            "first_date": dates[0].isoformat() if dates else None,
            "last_date": dates[1].isoformat() if dates else None,
            "languages": generation.languages,
            "sources": [
                {
                    "name": name,
                    "path": str(path),
                    "articles": per_source[name,],
                    "there": isinstance(path, str) or is_there(path),
                    "passed_over": {} if isinstance(path, str) else passed_over(path),
                }
                for name, path in generation.sources().items()
            ],
            "failures": generation.failed(),
            "generations": store.generations(),
            "bytes": sizes["bytes"],
        }
