"""The articles of a generation on disk: their texts, what is known of each, and where they came from."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Article, KnownFile, Passage
from index.sources.names import Where, stored_text, stored_where
from index.store.segments.segment import Places, Segment

SOURCES = "sources.json"  # what a generation remembers beside its articles
# What is left of the segments: rows of a table, numbered over all segments; the articles in the order of their ids.
LISTS = {"articles": "articles.i32", "files": "files.i32"}
_HELD = (
    "SELECT id, title, text, published, language, source, url, author, origin FROM articles "
    "WHERE id IN (SELECT value FROM json_each(?))"
)
_AT_ONCE = 500  # ids that are looked up in one query


class StoredArticles:
    """Reads what a generation's folder holds of articles; from several threads.

    Articles are numbered in the order of their ids: nothing of the history is in their numbers.

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

    @cached_property
    def languages(self) -> dict[str, int]:
        """Number of articles by language, most first."""
        counted = self.counted("language")
        return {language: n for (language,), n in sorted(counted.items(), key=lambda each: (-each[1], each[0]))}

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

    def failed(self, origin: str | None = None) -> dict[str, str]:
        """Returns article id -> reason, of all sources or of one."""
        failed = sorted(self.failed_by_source().items())
        return {i: reason for i, (source, reason) in failed if origin in (None, source)}

    def failed_by_source(self) -> dict[str, tuple[str, str]]:
        """Returns article id -> (source name, reason)."""
        return {i: (source, reason) for i, (source, reason) in self._remembered["failed"].items()}

    def ids(self, origin: str | None = None) -> list[str]:
        """Returns the ids of all articles, or of those of one source, in order."""
        query = "SELECT id FROM articles WHERE ?1 IS NULL OR origin = ?1"
        return sorted(i for segment in self.segments for (i,) in segment.db.execute(query, (origin,)))

    def articles(self, origin: str | None = None) -> Iterator[Article]:
        """Yields the articles by id, of all sources or of one."""
        yield from (article for article, _ in self.held(self.ids(origin)))

    def article(self, article_id: str) -> Article | None:
        """Returns one article, None where the index has none of this id."""
        return next((article for article, _ in self.held([article_id])), None)

    def held(self, article_ids: Iterable[str]) -> Iterator[tuple[Article, str]]:
        """Yields those of these articles that are there, with the name of their source, in the order of the ids."""
        left = iter(article_ids)
        while batch := list(islice(left, _AT_ONCE)):
            found = {}
            for segment in self.segments:
                for *record, origin in segment.db.execute(_HELD, (json.dumps(batch),)):
                    found[record[0]] = (article_of_record(record), origin)
            yield from (found[i] for i in batch if i in found)

    def digests(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Returns what tells texts apart, by id, of those of these articles that are there."""
        query = "SELECT row, id, digest FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        return {article_id: digest for _, article_id, digest in self.select(query, json.dumps(list(article_ids)))}

    def of_texts(self, digests: Iterable[str]) -> list[tuple[str, str, str | None]]:
        """Returns digest, id, and the id of the article that has the passages, of the articles of these texts."""
        query = "SELECT row, digest, id, same_as FROM articles WHERE digest IN (SELECT value FROM json_each(?))"
        return [(digest, i, same_as) for _, digest, i, same_as in self.select(query, json.dumps(list(digests)))]

    def same(self, text: str, url: str, besides: str = "") -> tuple[str, str] | None:
        """Returns id and title of an article of this text or address, besides the one of an id; None: there is none."""
        query = "SELECT row, id, title FROM articles WHERE id <> ? AND (digest = ? OR (url <> '' AND url = ?))"
        return next(((str(i), str(title)) for _, i, title in self.select(query, besides, text_digest(text), url)), None)

    def origin(self, article_id: str) -> tuple[str, int]:
        """Returns the name of the source of an article, and how many articles that has; ("", 0) for an unknown one."""
        for _, origin in self.held([article_id]):
            return origin, self.counted("origin")[origin,]
        return "", 0

    def ids_of(self, origin: str) -> list[str]:
        """Returns the ids of the articles of a source, by its name."""
        return [str(i) for _, i in self.select("SELECT row, id FROM articles WHERE origin = ?", origin)]

    def holders(self, article_ids: Iterable[str]) -> dict[str, int]:
        """Returns the number of the article that has the passages of each of these: itself, or one of the same text."""
        query = "SELECT row, id, same_as FROM articles WHERE id IN (SELECT value FROM json_each(?))"
        found = list(self.select(query, json.dumps(list(article_ids))))
        others = self.holders([same_as for _, _, same_as in found if same_as]) if any(s for *_, s in found) else {}
        return {article_id: others[same_as] if same_as else row for row, article_id, same_as in found}

    def select(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
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


def text_digest(text: str) -> str:
    """Returns what equal texts have in common, and no others."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def remembered(sources: Mapping[str, Where], failed: Mapping[str, tuple[str, str]], index: Path) -> bytes:
    """Returns the file of what a generation remembers: its sources, and article id -> (source name, reason)."""
    paths = {name: stored_text(where, index) for name, where in sorted(sources.items())}
    return json.dumps({"sources": paths, "failed": dict(sorted(failed.items()))}, indent=1).encode()


def stored_sources(remembered: Mapping[str, Any], index: Path) -> dict[str, Where]:
    """Returns the sources of what a generation remembers, of an index that has perhaps moved since."""
    names: dict[Where, str] = {}  # in a moved index, the folder of what was added may have got a second name
    for name, path in sorted(remembered["sources"].items()):
        names.setdefault(stored_where(path, index), name)
    return {name: where for where, name in names.items()}


def article_of_record(record: Sequence[Any]) -> Article:
    """Returns the article of a record of id, title, text, published (ISO), language, source, url, author."""
    article_id, title, text, published, language, source, url, author = record
    when = date.fromisoformat(published) if published else None
    return Article(article_id, title, text, when, language, source, url, author)


def passage_of_record(record: Sequence[Any], also_in: Mapping[str, tuple[str, ...]]) -> Passage:
    """Returns the passage of a record of id, title, source, url, published, language, author, start, end, text."""
    article_id, title, source, url, published, language, author, start, end, text = record
    return Passage(
        id=f"{article_id}#{start}", article_id=article_id, title=title, source=source, url=url,
        published=date.fromisoformat(published) if published else None, language=language,
        start=start, end=end, text=text, also_in=also_in.get(article_id, ()), author=author,
    )  # fmt: skip
