"""Puts segments into the tables by COPY in binary, and makes what is searched fast: the index of the vectors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.store.postgres.database import Database
from index.store.postgres.generation import HNSW
from index.store.postgres.vectors import vector_bytes
from index.store.postgres.words import counted_terms
from index.store.segments.arrivals import NEVER
from index.store.segments.segment import SENTENCES, VECTORS, Segment
from index.store.segments.vectors import VectorRows, Vectors

if TYPE_CHECKING:
    from psycopg import Connection

_BLOCK = 4_096  # passages in memory at once
_ARTICLES = (
    "SELECT row, id, origin, title, text, published, language, source, url, author, digest, same_as FROM articles "
    "ORDER BY row"
)
_PASSAGES = (
    "SELECT p.row, p.article, p.start, p.end, p.terms, (SELECT json_group_array(json_array(s.start, s.end)) "
    "FROM sentences s WHERE s.row >= p.first_sentence AND s.row < p.first_sentence + p.sentences) "
    "FROM passages p JOIN articles a ON a.row = p.article ORDER BY p.row"
)
# Of each table: its columns, and the types that they are written as; a halfvec is written as its own bytes.
TABLES = {
    "articles": (
        "key, id, origin, title, text, published, language, source, url, author, digest, same_as, day, first_passage, "
        "passages, sentences, came_first, came_last",
        ["int8", *["text"] * 11, "int4", "int8", "int4", "int4", "int8", "int8"],
    ),
    "files": ("id, origin, digest, look, born", [*["text"] * 4, "int8"]),
    "passages": (
        "key, article, start, stop, spans, arrivals, vector",
        ["int8", "int8", "int4", "int4", "int4[]", "int8[]", "bytea"],
    ),
    "words": ("passage, length, terms, counted", ["int8", "int4", "text[]", "bytea"]),
    "sentence_vectors": ("passage, vectors", ["int8", "bytea"]),
    "stays": ("article, born", ["int8", "int8"]),
}  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """The keys that the rows of a segment get: -1 for what has gone of it."""

    articles: NDArray[np.int64]
    first: NDArray[np.int64]  # of the first passage of each article
    own: NDArray[np.int64]  # passages of each article

    def passages(self, of: NDArray[np.int32]) -> NDArray[np.int64]:
        """Returns the key of each passage; `of`: (passages,), its article's row, rising."""
        begun = np.searchsorted(of, np.arange(len(self.own)))
        return np.where(self.articles[of] < 0, -1, self.first[of] + np.arange(len(of)) - begun[of])


def load_segment(database: Database, connection: Connection[Any], segment: Segment, generation: int) -> None:
    """Writes what is left of a segment into the tables as a part of a generation; the caller's transaction holds it."""
    keys = _keys(database, connection, segment)
    copy_rows(connection, "articles", _articles(segment, keys))
    copy_rows(connection, "stays", ((int(key), generation) for key in keys.articles[keys.articles >= 0]))
    files = segment.db.execute("SELECT id, origin, digest, look FROM files ORDER BY row")
    copy_rows(connection, "files", ((*record, generation) for record in files))
    copy_rows(connection, "passages", _passages(segment, keys))
    copy_rows(connection, "words", _words(segment, keys))
    if segment.is_filled:
        dimension = Vectors.open(segment.folder / VECTORS).sizes[0][1]
        stored = VectorRows.open(segment.folder / SENTENCES, dimension)
        copy_rows(connection, "sentence_vectors", sentence_rows(keys.passages(segment.table[2]), segment.table, stored))


def copy_rows(connection: Connection[Any], table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows into a table by COPY."""
    columns, types = TABLES[table.removeprefix("new_")]
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def sentence_rows(
    keys: NDArray[np.int64], table: NDArray[np.int32], vectors: VectorRows
) -> Iterator[tuple[int, bytes]]:
    """Yields key and vectors of the sentences of each passage that has a key; for `table` see `PASSAGES_FILE`."""
    for key, first, many in zip(keys.tolist(), table[0].tolist(), table[1].tolist(), strict=True):
        if key >= 0:
            yield key, vectors.read(first, many)


def _keys(database: Database, connection: Connection[Any], segment: Segment) -> Keys:
    """Returns keys that nobody else has or gets."""
    count = segment.sizes["articles"]
    left = np.zeros(count, np.bool_)
    left[[row for (row,) in segment.db.execute("SELECT row FROM articles")]] = True
    own = np.bincount(segment.table[2], minlength=count) * left
    articles, passages = int(left.sum()), int(own.sum())
    lock = (database.key("keys"),)
    connection.execute("SELECT pg_advisory_lock(%s)", lock)
    try:
        ((article, passage),) = connection.execute(
            "SELECT setval('article_keys', nextval('article_keys') + %s), "
            "setval('passage_keys', nextval('passage_keys') + %s)",
            (articles, passages),
        ).fetchall()
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", lock)
    numbers = np.where(left, article - articles + np.cumsum(left) - 1, -1)
    return Keys(numbers.astype(np.int64), (passage - passages + np.cumsum(own) - own).astype(np.int64), own)


def _articles(segment: Segment, keys: Keys) -> Iterator[Sequence[Any]]:
    first_sentence, many, of, _ = segment.table
    count = len(keys.own)
    sentences = np.bincount(of, many, count).astype(np.int64).tolist()
    came = np.full(count, NEVER), np.zeros(count, np.int64)
    if len(of):
        np.minimum.at(came[0], of, np.minimum.reduceat(segment.arrivals, first_sentence))
        np.maximum.at(came[1], of, np.maximum.reduceat(segment.arrivals, first_sentence))
    own, first, numbers = keys.own.tolist(), keys.first.tolist(), keys.articles.tolist()
    for row, *record in segment.db.execute(_ARTICLES):
        day = _day(record[4])
        yield (numbers[row], *record, day, first[row], own[row], sentences[row], int(came[0][row]), int(came[1][row]))


def _day(published: str | None) -> int:
    from datetime import date

    return date.fromisoformat(published).toordinal() if published else 0


def _passages(segment: Segment, keys: Keys) -> Iterator[Sequence[Any]]:
    numbers = keys.passages(segment.table[2])
    vectors = Vectors.open(segment.folder / VECTORS)
    ready: dict[int, bytes] = {}
    for row, article, start, end, _, spans in segment.db.execute(_PASSAGES):
        if row not in ready:
            rows = np.arange(row, min(row + _BLOCK, vectors.count))
            ready = dict(zip(rows.tolist(), vector_bytes(vectors.rows(rows)), strict=True))
        first, many = segment.table[:2, row].tolist()
        came = segment.arrivals[first : first + many].tolist()
        flat = [at for span in sorted(json.loads(spans)) for at in span]
        yield int(numbers[row]), int(keys.articles[article]), start, end, flat, came, ready[row]


def _words(segment: Segment, keys: Keys) -> Iterator[Sequence[Any]]:
    numbers = keys.passages(segment.table[2])
    query = "SELECT p.row, p.terms FROM passages p JOIN articles a ON a.row = p.article ORDER BY p.row"
    for row, joined in segment.db.execute(query):
        yield int(numbers[row]), *counted_terms(joined)


def count_anew(connection: Connection[Any], passages: int) -> None:
    """Has the server look at the tables where it takes them for far smaller or larger than they are."""
    query = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'passages'::regclass"
    ((known,),) = connection.execute(query).fetchall()
    if not known <= 2 * passages or not passages <= 2 * known:
        connection.execute("ANALYZE articles, stays, files, passages, words, sentence_vectors, frequencies")


def index_vectors(database: Database, connection: Connection[Any], dimension: int) -> None:
    """Makes an index of the vectors by HNSW where there is none; a half one of a run that was killed goes first."""
    name = f"{HNSW}_{dimension}"
    found = connection.execute(
        "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s",
        (database.schema, name),
    ).fetchone()
    if found and found[0]:
        return
    ((rows,),) = connection.execute("SELECT count(*) FROM passages").fetchall()
    # of each: vector, neighbours; where there is less, it is built more slowly
    memory = min(max(int(rows) * (2 * dimension + 700) // 1_000_000, 64), 4_000)
    connection.execute("SELECT set_config('maintenance_work_mem', %s, false)", (f"{memory}MB",))
    connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    connection.execute(
        f"CREATE INDEX CONCURRENTLY {name} ON passages USING hnsw "
        f"((vector::halfvec({dimension})) halfvec_ip_ops) WHERE vector_dims(vector) = {dimension}"
    )
