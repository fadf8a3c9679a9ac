"""A generation of an index in a database."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import Article, KnownFile
from index.sources.names import Where, is_web_address
from index.store.articles import article_of_record
from index.store.generation import Generation, Spans
from index.store.manifest import FORMAT, IndexFormatError, OldFormatError
from index.store.postgres.database import Database
from index.store.postgres.numbering import Numbering
from index.store.postgres.vectors import PassageVectors
from index.store.postgres.words import PassageWords, spelt_terms

_AT_ONCE = 500  # articles that are read at once
HNSW = "passages_hnsw"  # and the number of dimensions
_STAY = "s.born <= {0} AND (s.died IS NULL OR s.died > {0})"
_OF = "FROM stays s JOIN articles a ON a.key = s.article WHERE " + _STAY
_HELD = (
    "SELECT a.id, a.title, a.text, a.published, a.language, a.source, a.url, a.author, a.origin " + _OF
    + " AND a.id = ANY(%s)"
)  # fmt: skip
_PASSAGES = (
    "SELECT p.key, a.id, a.title, a.source, a.url, a.published, a.language, a.author, p.start, p.stop, "
    "substr(a.text, p.start + 1, p.stop - p.start) FROM passages p JOIN articles a ON a.key = p.article "
    "WHERE p.key = ANY(%s)"
)
_SENTENCES = "SELECT key, spans, arrivals FROM passages WHERE key = ANY(%s)"
_TERMS = "SELECT passage, terms, counted FROM words WHERE passage = ANY(%s)"
_VECTORS = "SELECT passage, vectors FROM sentence_vectors WHERE passage = ANY(%s)"
_WAITING = (
    "SELECT a.key " + _OF + " AND a.passages > 0 "
    "AND NOT EXISTS (SELECT 1 FROM sentence_vectors v WHERE v.passage = a.first_passage)"
)  # fmt: skip


class PostgresGeneration(Generation):
    """A generation in a database, held by an advisory lock, which is shared: no writer removes it meanwhile."""

    vectors: PassageVectors
    lexical: PassageWords

    def __init__(
        self, database: Database, number: int, record: Sequence[Any], release: Callable[[], None] = lambda: None
    ) -> None:
        """Takes what its record says (manifest, what is remembered, terms of all passages), and what lets it go."""
        super().__init__()
        self._close = weakref.finalize(self, release)
        self.database = database
        self.number = number
        self.name = f"{number:08d}"
        self.manifest, self._remembered, lengths = record
        self.numbering = numbering = Numbering.load(database, number)
        self.article_rows = np.repeat(np.arange(len(numbering.keys), dtype=np.int32), numbering.passages)
        self.days = np.repeat(numbering.days, numbering.passages)
        dimension = int(self.manifest["dimension"])
        is_indexed = bool(database.rows(_INDEXED, (database.schema, f"{HNSW}_{dimension}")))
        self.vectors = PassageVectors(database, numbering, dimension, is_indexed=is_indexed)
        self.lexical = PassageWords(database, numbering, number, lengths)
        if self.manifest.get("waiting"):
            waiting = np.zeros(len(numbering.keys), np.bool_)
            keys = np.array([key for (key,) in database.rows(self._sql(_WAITING))], np.int64)
            waiting[self.numbering.numbers_of(keys)] = True
            self.waiting = waiting[self.article_rows] if waiting.any() else None
        self._check_counts()

    def close(self) -> None:
        """Lets a writer remove this generation once it is old."""
        self._close()  # with the last question that uses it, at the latest

    def select(self, columns: str, column: str = "", values: Collection[str] = ()) -> Iterator[tuple[Any, ...]]:
        """Yields number and these columns of the articles that have such a value; see `Articles`."""
        named = ", ".join(f"a.{each.strip()}" for each in columns.split(","))
        query = f"SELECT a.key, {named} {_OF}" + (f" AND a.{column} = ANY(%s)" if column else "")
        found = self.database.rows(self._sql(query), (list(values),) if column else None)
        yield from self._numbered(found)

    def about(self, columns: str, numbers: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """Returns these columns of articles by number."""
        keys = self.numbering.keys[np.asarray(numbers, np.int64)].tolist()
        query = f"SELECT key, {columns} FROM articles WHERE key = ANY(%s)"
        return {number: tuple(record) for number, *record in self._numbered(self.database.rows(query, (keys,)))}

    def counted(self, *columns: str) -> Counter[tuple[str, ...]]:
        """Returns how many articles have each value of these columns."""
        names = ", ".join(f"a.{column}" for column in columns)
        found = self.database.rows(self._sql(f"SELECT {names}, count(*) {_OF} GROUP BY {names}"))
        return Counter({tuple(values): n for *values, n in found})

    def dates(self) -> tuple[date, date] | None:
        """Returns the earliest and latest `published`; None where no article has a date."""
        days = self.numbering.days[self.numbering.days > 0]
        return (date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))) if len(days) else None

    def sources(self) -> dict[str, Where]:
        """Returns the remembered sources: name -> folder, file or address."""
        return sources_of(self._remembered)

    def files(self, origin: str) -> dict[str, KnownFile]:
        """Returns the files of a source that were read whole, by id."""
        query = f"SELECT s.id, s.digest, s.look FROM files s WHERE {_STAY} AND s.origin = %s"
        found = self.database.rows(self._sql(query), (origin,))
        return {file_id: KnownFile(digest, look) for file_id, digest, look in found}

    def failed_by_source(self) -> dict[str, tuple[str, str]]:
        """Returns article id -> (source name, reason)."""
        return {i: (source, reason) for i, (source, reason) in self._remembered["failed"].items()}

    def ids(self, origin: str | None = None) -> list[str]:
        """Returns the ids of all articles, or of those of one source, in order."""
        if origin is None:
            return [i for (i,) in self.database.rows(self._sql(f"SELECT a.id {_OF} ORDER BY a.id"))]
        return sorted(self.ids_of(origin))

    def held(self, article_ids: Iterable[str]) -> Iterator[tuple[Article, str]]:
        """Yields those of these articles that are there, with the name of their source, in the order of the ids."""
        left = iter(article_ids)
        while batch := list(islice(left, _AT_ONCE)):
            found = {}
            for *record, origin in self.database.rows(self._sql(_HELD), (batch,)):
                found[record[0]] = (article_of_record(record), origin)
            yield from (found[i] for i in batch if i in found)

    @cached_property
    def arrivals(self) -> DatabaseArrivals:
        """When its sentences came."""
        return DatabaseArrivals(self)

    def listed_rows(self, window: tuple[date, date] | None = None) -> NDArray[np.int64]:
        """Returns the numbers of the articles, of all or of a time, newest first, undated ones last."""
        days = self.numbering.days
        if window is None:
            rows = np.arange(len(days))
        else:
            first, last = (day.toordinal() for day in window)
            rows = np.flatnonzero((days >= max(first, 1)) & (days <= last))
        return np.asarray(rows[np.lexsort((rows, -days[rows]))], np.int64)

    def spans(self, row: int) -> tuple[tuple[int, int], ...]:
        """Returns the offsets of the sentences of the passage of this row, without their vectors."""
        return self.sentences_of([row])[0][0]

    def sentences_of(self, rows: Sequence[int]) -> list[tuple[Spans, NDArray[np.int64]]]:
        """Returns the offsets and the arrivals of the sentences of each of these passages."""
        found = {row: (spans_of(flat), np.array(came, np.int64)) for row, flat, came in self._of_rows(_SENTENCES, rows)}
        return [found[int(row)] for row in rows]

    def terms_of(self, rows: Sequence[int]) -> list[list[str]]:
        """Returns the search terms of the passages of these rows, each as often as it stands there."""
        found = {row: spelt_terms(terms, counted) for row, terms, counted in self._of_rows(_TERMS, rows)}
        return [found[int(row)] for row in rows]

    def sentences_in(self, inside: NDArray[np.bool_]) -> int:
        """Returns how many sentences these passages have, which are those of whole articles."""
        articles = np.zeros(len(self.numbering.keys), np.bool_)
        articles[self.article_rows[inside]] = True
        return int(self.numbering.sentences[articles].sum())

    def records_of(self, rows: Sequence[int]) -> dict[int, Sequence[Any]]:
        """Returns by row what `passage_of_record` takes."""
        return {row: record for row, *record in self._of_rows(_PASSAGES, rows)}

    def sentence_bytes(self, rows: NDArray[np.int64]) -> Sequence[bytes | None]:
        """Returns the vectors of the sentences of these passages, in half precision; None where they come later."""
        found = dict(self._of_rows(_VECTORS, rows.tolist()))
        return [found.get(row) for row in rows.tolist()]

    def _of_rows(self, query: str, rows: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """Yields the records of a query that takes keys of passages; their first column becomes the row."""
        numbers = np.asarray([*dict.fromkeys(rows)], np.int64)
        keys = self.numbering.keys_of(numbers).tolist()
        of_key = dict(zip(keys, numbers.tolist(), strict=True))
        for key, *record in self.database.rows(query, (keys,)) if keys else ():
            yield of_key[key], *record

    def _numbered(self, found: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yields records whose first column is an article's key with its number in that place."""
        numbers = self.numbering.numbers_of(np.array([record[0] for record in found], np.int64))
        for number, (_, *record) in zip(numbers.tolist(), found, strict=True):
            if number >= 0:
                yield number, *record

    def _sql(self, query: str) -> str:
        """Returns a query of what stays in this generation."""
        return query.format(self.number)

    def _check_counts(self) -> None:
        """Raises where what is there is not what the generation says of itself."""
        if self.manifest["format"] != FORMAT:
            kind = OldFormatError if self.manifest["format"] < FORMAT else IndexFormatError
            raise kind(f"{self.database.address}: index format {self.manifest['format']}, this version reads {FORMAT}")
        counts, numbering = self.counts, self.numbering
        there = {"articles": len(numbering.keys), "passages": int(numbering.passages.sum()),
                 "sentences": int(numbering.sentences.sum())}  # fmt: skip
        for name, number in there.items():
            if number != counts[name]:
                raise IndexFormatError(
                    f"{self.database.address}: generation {self.name} has {number} {name}, wanted {counts[name]}; "
                    "run `articlebot verify --repair`"
                )


_INDEXED = (
    "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = %s AND c.relname = %s AND i.indisvalid"
)


@dataclass(frozen=True)
class DatabaseArrivals:
    """The arrivals of a generation's sentences, in microseconds since 1970; 0 where they are not known."""

    generation: PostgresGeneration

    def of(self, row: int) -> NDArray[np.int64]:
        """Returns when each sentence of a passage came, in their order."""
        return self.generation.sentences_of([row])[0][1]

    @cached_property
    def by_article(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When the first and the latest sentence of each article came, (articles,) each; without any NEVER and 0."""
        found = np.zeros((2, len(self.generation.numbering.keys)), np.int64)
        for number, first, latest in self.generation.select("came_first, came_last"):
            found[:, number] = first, latest
        return found[0], found[1]

    @cached_property
    def latest(self) -> int:
        """When the newest sentence came; 0 where nothing is known."""
        return int(self.by_article[1].max(initial=0))


def sources_of(remembered: Mapping[str, Any]) -> dict[str, Where]:
    """Returns the sources of what a generation remembers: name -> folder, file or address."""
    stored = sorted(remembered["sources"].items())
    return {name: where if is_web_address(where) else Path(where) for name, where in stored}


def spans_of(flat: Sequence[int]) -> Spans:
    """Returns start and end of each sentence."""
    return tuple(zip(flat[::2], flat[1::2], strict=True))
