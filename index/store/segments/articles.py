"""The articles of a generation in a folder, over its segments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Article, KnownFile
from index.sources.names import Where
from index.store.articles import LISTS, SOURCES, Articles, article_of_record, stored_sources
from index.store.segments.segment import Places, Segment

_HELD = (
    "SELECT id, title, text, published, language, source, url, author, origin FROM articles "
    "WHERE id IN (SELECT value FROM json_each(?))"
)
_AT_ONCE = 500  # ids that are looked up in one query


class StoredArticles(Articles):
    """Reads what a generation's folder holds of articles.

    Attributes:
        segments: in the order of their names.
        places: where articles lie in them.
    """

    def __init__(self, folder: Path) -> None:
        """Takes the folder of a generation.

        Raises:
            OSError, ValueError, sqlite3.Error: it is damaged.
        """
        self.folder = folder
        self.segments = [Segment(path) for path in sorted(folder.iterdir()) if path.name.isdigit()]
        self.places = self._left_of("articles")
        self._left_of("files")
        self._remembered: dict[str, Any] = json.loads((folder / SOURCES).read_bytes())

    def select(self, columns: str, column: str = "", values: Collection[str] = ()) -> Iterator[tuple[Any, ...]]:
        """Yields number and these columns of the articles that have such a value; see `Articles`."""
        query = f"SELECT row, {columns} FROM articles"  # noqa: S608  our own names
        where = f" WHERE {column} IN (SELECT value FROM json_each(?))" if column else ""  # noqa: S608  as above
        yield from self.of_query(query + where, *([json.dumps([*values])] if column else ()))

    def about(self, columns: str, numbers: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """Returns these columns of articles by number."""
        query = f"SELECT row, {columns} FROM articles WHERE row IN (SELECT value FROM json_each(?))"  # noqa: S608  our own names
        return {number: tuple(record) for number, record in self.of_rows(query, numbers, self.places).items()}

    def counted(self, *columns: str) -> Counter[tuple[str, ...]]:
        """Returns how many articles have each value of these columns."""
        names = ", ".join(columns)
        counts: Counter[tuple[str, ...]] = Counter()
        for segment in self.segments:
            query = f"SELECT {names}, count(*) FROM articles GROUP BY {names}"  # noqa: S608  our own names
            counts.update({tuple(values): n for *values, n in segment.db.execute(query)})
        return counts

    def dates(self) -> tuple[date, date] | None:
        """Returns the earliest and latest `published`; None where no article has a date."""
        # questions that the index answers without reading the articles
        query = "SELECT published FROM articles WHERE published IS NOT NULL ORDER BY published {} LIMIT 1"
        found = [
            day for way in ("", "DESC") for segment in self.segments for (day,) in segment.db.execute(query.format(way))
        ]
        return (date.fromisoformat(min(found)), date.fromisoformat(max(found))) if found else None

    def sources(self) -> dict[str, Where]:
        """Returns the remembered sources: name -> folder, file or address."""
        return stored_sources(self._remembered, self.folder.parent.parent)

    def files(self, origin: str) -> dict[str, KnownFile]:
        """Returns the files of a source that were read whole, by id."""
        query = "SELECT id, digest, look FROM files WHERE origin = ?"
        records = (record for segment in self.segments for record in segment.db.execute(query, (origin,)))
        return {file_id: KnownFile(digest, look) for file_id, digest, look in records}

    def failed_by_source(self) -> dict[str, tuple[str, str]]:
        """Returns article id -> (source name, reason)."""
        return {i: (source, reason) for i, (source, reason) in self._remembered["failed"].items()}

    def ids(self, origin: str | None = None) -> list[str]:
        """Returns the ids of all articles, or of those of one source, in order."""
        query = "SELECT id FROM articles WHERE ?1 IS NULL OR origin = ?1"
        return sorted(i for segment in self.segments for (i,) in segment.db.execute(query, (origin,)))

    def held(self, article_ids: Iterable[str]) -> Iterator[tuple[Article, str]]:
        """Yields those of these articles that are there, with the name of their source, in the order of the ids."""
        left = iter(article_ids)
        while batch := list(islice(left, _AT_ONCE)):
            found = {}
            for segment in self.segments:
                for *record, origin in segment.db.execute(_HELD, (json.dumps(batch),)):
                    found[record[0]] = (article_of_record(record), origin)
            yield from (found[i] for i in batch if i in found)

    def of_query(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Yields the records of a query whose first column is an article's `row`; that becomes its number here."""
        for base, segment in zip(self.places.bases.tolist(), self.segments, strict=False):
            for row, *rest in segment.db.execute(query, values):
                yield int(self.places.rows[base + row]), *rest

    def of_rows(self, query: str, rows: Sequence[int] | NDArray[np.integer], places: Places) -> dict[int, list[Any]]:
        """Returns record by row; the query takes the rows of a segment as JSON, its first column is the row there."""
        records = {}
        numbers = np.asarray(rows, np.int64)
        for number, mine, there in places.by_segment(numbers):
            here = dict(zip(there.tolist(), numbers[mine].tolist(), strict=True))
            for row, *rest in self.segments[number].db.execute(query, (json.dumps(list(here)),)):
                records[here[row]] = rest
        return records

    def _left_of(self, table: str) -> Places:
        """Reads which rows of a table are left, and tells the segments of those that have gone."""
        sizes = [segment.sizes[table] for segment in self.segments]
        places = Places(sizes, np.frombuffer((self.folder / LISTS[table]).read_bytes(), np.int32))
        for segment, left in zip(self.segments, places.left(), strict=True):
            segment.gone[table] = [] if left is None else np.flatnonzero(~left).tolist()
        return places
