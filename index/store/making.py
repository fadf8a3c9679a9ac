"""Makes segments of the articles of an update."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.article import KnownFile, PlannedArticle
from index.store.articles import text_digest
from index.store.segments.segment import (
    ARRIVALS,
    ARTICLES,
    PASSAGES_FILE,
    SENTENCES,
    SUMS,
    VECTORS,
    WORDS,
    Segment,
)
from index.store.segments.vectors import Embedded, Vectors, blocks
from index.store.segments.words import write_words

MERGED_AFTER = 250_000  # passages that are written or merged at once: so much is held in memory
_BLOCK_OF_ARTICLES = 1_000  # that are in memory at once

Arrived: TypeAlias = Callable[[Sequence[PlannedArticle]], NDArray[np.int64]]

_SCHEMA = """
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, published TEXT, language TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL,
    author TEXT NOT NULL, digest TEXT NOT NULL,  -- of the text
    same_as TEXT  -- id of the article of the smallest id with the same text, which has the passages
);
CREATE INDEX articles_published ON articles (published DESC, id);
CREATE INDEX articles_language ON articles (language);
CREATE INDEX articles_source ON articles (source, origin);
CREATE INDEX articles_origin ON articles (origin, id);
CREATE INDEX articles_author ON articles (author) WHERE author <> '';
CREATE INDEX articles_digest ON articles (digest);
CREATE INDEX articles_same_as ON articles (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE files (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, digest TEXT NOT NULL, look TEXT NOT NULL
);
CREATE INDEX files_origin ON files (origin, id, digest, look);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles, start INTEGER NOT NULL,
    end INTEGER NOT NULL, first_sentence INTEGER NOT NULL, sentences INTEGER NOT NULL, terms TEXT NOT NULL
);
CREATE INDEX passages_article ON passages (article);
CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER NOT NULL
);
"""


def write_segment(
    folder: Path,
    articles: Iterator[PlannedArticle],
    files: Mapping[str, tuple[str, KnownFile]],
    arrivals: Arrived | None,
) -> None:
    """Writes a segment but for its vectors into a new folder: of the next articles, until it has `MERGED_AFTER`.

    Args:
        folder: where to.
        articles: by id; those that it holds are taken.
        files: id of a file -> (source name, what is known of it).
        arrivals: of some articles: when each of their sentences came, in their order; None: not known.
    """
    folder.mkdir()
    _write_articles(folder, _next_articles(articles), files, arrivals)
    terms = Segment(folder).db.execute("SELECT terms FROM passages ORDER BY row")
    write_words(folder / WORDS, (joined for (joined,) in terms))


def _next_articles(articles: Iterator[PlannedArticle]) -> Iterator[list[PlannedArticle]]:
    """Yields blocks of the next articles; no more than are needed for as many passages as are merged at most."""
    passages = 0
    while passages < MERGED_AFTER:
        block = list[PlannedArticle]()
        for planned in islice(articles, _BLOCK_OF_ARTICLES):
            block.append(planned)
            passages += len(planned.passages)
            if passages >= MERGED_AFTER:
                break
        if not block:
            return
        yield block


def write_vectors(folder: Path, passages: Embedded, sentences: Embedded | None) -> None:
    """Writes the vectors of a segment's passages and sentences into its folder; None: those come later."""
    Vectors.write(folder / VECTORS, passages.rows)
    _write_sums(folder, VECTORS, passages)
    if sentences is not None:
        write_sentence_vectors(folder, sentences)


def write_sentence_vectors(folder: Path, vectors: Embedded) -> None:
    """Writes the vectors of the sentences of a segment, (sentences, dimension), into its folder."""
    with (folder / SENTENCES).open("wb") as file:
        file.writelines(block.astype(np.float16).data for block in blocks(vectors.rows))
    _write_sums(folder, SENTENCES, vectors)


def _write_sums(folder: Path, name: str, vectors: Embedded) -> None:
    if vectors.sums is not None:
        (folder / SUMS[name]).write_bytes(vectors.sums.astype(np.uint32).tobytes())


@contextlib.contextmanager
def new_articles(folder: Path) -> Iterator[sqlite3.Connection]:
    """Yields the empty database of a new segment, which is whole when all went well."""
    (folder / ARTICLES).touch()  # by the umask: SQLite would leave out the group
    with contextlib.closing(sqlite3.connect(folder / ARTICLES)) as db:
        # nobody reads this file before it is whole, and it is synced with the others: no journal
        db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")
        yield db
        db.commit()


def insert(db: sqlite3.Connection, table: str, records: Iterable[Sequence[object]]) -> None:
    """Writes records into a table of a segment, all of its columns in each."""
    columns = len(db.execute(f"PRAGMA table_info({table})").fetchall())
    marks = ", ".join("?" * columns)
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", records)  # noqa: S608  our own names


def _write_articles(
    folder: Path,
    articles: Iterable[Sequence[PlannedArticle]],
    files: Mapping[str, tuple[str, KnownFile]],
    arrivals: Arrived | None,
) -> None:
    """Writes what is not vectors or words, block by block."""
    tables = [np.empty((4, 0), np.int32)]
    row = passage = sentence = 0
    with new_articles(folder) as db, (folder / ARRIVALS).open("wb") as came:
        insert(db, "files", _file_records(files))
        for block in articles:
            table = _passage_table(block, row, sentence)
            spans = [(span, terms) for each in block for span, terms in zip(each.passages, each.terms, strict=True)]
            passages = (
                (number, article, span.start, span.end, first, many, terms)
                for number, (first, many, article, _), (span, terms) in zip(
                    count(passage), table.T.tolist(), spans, strict=False
                )
            )
            inner = (each for span, _ in spans for each in span.sentences)
            insert(db, "articles", (_record(number, planned) for number, planned in enumerate(block, row)))
            insert(db, "passages", passages)
            insert(db, "sentences", ((number, *span) for number, span in enumerate(inner, sentence)))
            if arrivals is not None:
                came.write(arrivals(block).tobytes())
            tables.append(table)
            row, passage, sentence = row + len(block), passage + len(spans), sentence + int(table[1].sum())
    # not tofile: it may not tell of a full disk
    (folder / PASSAGES_FILE).write_bytes(np.concatenate(tables, axis=1).tobytes())
    if arrivals is None:
        (folder / ARRIVALS).unlink()


def _file_records(files: Mapping[str, tuple[str, KnownFile]]) -> Iterator[Sequence[object]]:
    for row, (file_id, (origin, known)) in enumerate(sorted(files.items())):
        yield row, file_id, origin, known.digest, known.look


def _passage_table(articles: Sequence[PlannedArticle], row: int, sentence: int) -> NDArray[np.int32]:
    """Returns what a search wants to know of every passage, (4, passages); see `PASSAGES_FILE`.

    Args:
        articles: which.
        row: of the first of them.
        sentence: number of their first one.
    """
    own = [len(planned.passages) for planned in articles]
    days = [planned.article.published.toordinal() if planned.article.published else 0 for planned in articles]
    many = np.fromiter((len(span.sentences) for planned in articles for span in planned.passages), np.int32, sum(own))
    first = sentence + np.cumsum(many) - many
    return np.array([first, many, row + np.repeat(np.arange(len(own)), own), np.repeat(days, own)], np.int32)


def _record(row: int, planned: PlannedArticle) -> tuple[object, ...]:
    article = planned.article
    published = article.published.isoformat() if article.published else None
    return (
        row, article.id, planned.origin, article.title, article.text, published, article.language, article.source,
        article.url, article.author, text_digest(article.text), planned.same_as,
    )  # fmt: skip
