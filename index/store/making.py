"""Makes segments: of the articles of an update, and one of several without cutting or embedding anything."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import KnownFile, PlannedArticle
from index.store.articles import text_digest
from index.store.segments.segment import ARRIVALS, ARTICLES, PASSAGES_FILE, SENTENCES, VECTORS, WORDS, Places, Segment
from index.store.segments.words import Words, write_words
from index.store.vectors import Rows, VectorRows, Vectors, blocks

_LEVEL = 4  # segments of about one size become one, so many times as large
_SMALLEST = 256  # passages; smaller segments are of one size
MERGED_FIRST = 4_000  # passages that are merged before what is new is published: it waits for no more than that
MERGED_AFTER = 250_000  # passages that are merged at once: no later update waits for more
_GONE = 4  # a segment is written anew of which one in so many articles has gone
_BLOCK = 16_384  # sentences in memory at once

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
    folder: Path, articles: Sequence[PlannedArticle], passage_vectors: Rows, sentence_vectors: Rows | None,
    files: Mapping[str, tuple[str, KnownFile]], arrivals: NDArray[np.int64] | None = None,
) -> None:  # fmt: skip
    """Writes a segment into a new folder.

    Args:
        folder: where to.
        articles: in the order of their rows.
        passage_vectors: in the order of their passages.
        sentence_vectors: in the order of their sentences; None: they come later.
        files: id of a file -> (source name, what is known of it).
        arrivals: when each sentence came, in the order of their sentences; None: not known.
    """
    folder.mkdir()
    table = _passage_table(articles)
    (folder / PASSAGES_FILE).write_bytes(table.tobytes())  # not tofile: it may not tell of a full disk
    if arrivals is not None:
        (folder / ARRIVALS).write_bytes(arrivals.tobytes())
    _write_articles(folder, articles, table, files)
    Vectors.write(folder / VECTORS, passage_vectors)
    if sentence_vectors is not None:
        write_sentence_vectors(folder, sentence_vectors)
    write_words(folder / WORDS, (terms for planned in articles for terms in planned.terms))


def write_sentence_vectors(folder: Path, vectors: Rows) -> None:
    """Writes the vectors of the sentences of a segment, (sentences, dimension), into its folder."""
    with (folder / SENTENCES).open("wb") as file:
        file.writelines(block.astype(np.float16).data for block in blocks(vectors))


@contextlib.contextmanager
def _new_articles(folder: Path) -> Iterator[sqlite3.Connection]:
    """Yields the empty database of a new segment, which is whole when all went well."""
    (folder / ARTICLES).touch()  # by the umask: SQLite would leave out the group
    with contextlib.closing(sqlite3.connect(folder / ARTICLES)) as db:
        # nobody reads this file before it is whole, and it is synced with the others: no journal
        db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")
        yield db
        db.commit()


def _insert(db: sqlite3.Connection, table: str, records: Iterable[Sequence[object]]) -> None:
    """Writes records into a table of a segment, all of its columns in each."""
    columns = len(db.execute(f"PRAGMA table_info({table})").fetchall())
    marks = ", ".join("?" * columns)
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", records)  # noqa: S608  our own names


def _write_articles(
    folder: Path,
    articles: Sequence[PlannedArticle],
    table: NDArray[np.int32],
    files: Mapping[str, tuple[str, KnownFile]],
) -> None:
    """Writes what is not vectors or words; the records are made one by one while they are written."""
    spans = ((row, s, t) for row, a in enumerate(articles) for s, t in zip(a.passages, a.terms, strict=True))
    passages = (
        (number, row, span.start, span.end, int(table[0, number]), len(span.sentences), joined)
        for number, (row, span, joined) in enumerate(spans)
    )
    sentences = (span for planned in articles for passage in planned.passages for span in passage.sentences)
    with _new_articles(folder) as db:
        _insert(db, "articles", (_record(row, planned) for row, planned in enumerate(articles)))
        _insert(db, "files", _file_records(files))
        _insert(db, "passages", passages)
        _insert(db, "sentences", ((row, *span) for row, span in enumerate(sentences)))


def _file_records(files: Mapping[str, tuple[str, KnownFile]]) -> Iterator[Sequence[object]]:
    for row, (file_id, (origin, known)) in enumerate(sorted(files.items())):
        yield row, file_id, origin, known.digest, known.look


def _passage_table(articles: Sequence[PlannedArticle]) -> NDArray[np.int32]:
    """Returns what a search wants to know of every passage, (4, passages); see `PASSAGES_FILE`."""
    own = [len(planned.passages) for planned in articles]
    days = [planned.article.published.toordinal() if planned.article.published else 0 for planned in articles]
    many = np.fromiter((len(span.sentences) for planned in articles for span in planned.passages), np.int32, sum(own))
    first = np.cumsum(many) - many
    return np.array([first, many, np.repeat(np.arange(len(own)), own), np.repeat(days, own)], np.int32)


def _record(row: int, planned: PlannedArticle) -> tuple[object, ...]:
    article = planned.article
    published = article.published.isoformat() if article.published else None
    return (
        row, article.id, planned.origin, article.title, article.text, published, article.language, article.source,
        article.url, article.author, text_digest(article.text), planned.same_as,
    )  # fmt: skip


@dataclass
class Part:
    """A segment and what is left of it.

    Attributes:
        segment: which.
        left: "articles" or "files" -> (rows,), those that are left.
    """

    segment: Segment
    left: dict[str, NDArray[np.bool_]]

    @cached_property
    def passages(self) -> NDArray[np.bool_]:
        """(passages,), those of articles that are left."""
        return np.asarray(self.left["articles"][self.segment.table[2]])

    @property
    def is_needed(self) -> bool:
        """Whether anything is left."""
        return any(mask.any() for mask in self.left.values())

    @property
    def size(self) -> float:
        """Passages that are left, and what else there is to be copied, as passages."""
        return float(np.count_nonzero(self.passages)) + sum(map(np.count_nonzero, self.left.values())) / 4 + 1

    @property
    def is_worn(self) -> bool:
        """Whether too much of it has gone."""
        articles = self.left["articles"]
        return bool((len(articles) - np.count_nonzero(articles)) * _GONE > len(articles))


def to_merge(parts: Sequence[Part], most: int) -> list[int]:
    """Returns which segments become one, so that few are left and each passage is written again a few times only.

    A level that is full goes, and the next ones with it that become full by that; segments that are worn.

    Args:
        parts: all segments; those that wait for vectors of sentences stay.
        most: passages that are merged at most.
    """
    levels: dict[int, list[int]] = {}
    filled = {number: part for number, part in enumerate(parts) if part.segment.is_filled}
    for number, part in filled.items():
        levels.setdefault(max(int(math.log(part.size / _SMALLEST, _LEVEL)), 0), []).append(number)
    chosen: list[int] = []
    for _, members in sorted(levels.items()):
        if len(members) >= _LEVEL - bool(chosen):
            chosen += members
        elif chosen:
            break
    chosen += [number for number, part in filled.items() if part.is_worn and number not in chosen]
    chosen.sort(key=lambda number: parts[number].size)
    while chosen and sum(parts[number].size for number in chosen) > most:
        chosen.pop()
    return sorted(chosen) if len(chosen) > 1 or any(parts[number].is_worn for number in chosen) else []


def merge_segments(folder: Path, parts: Sequence[Part]) -> None:
    """Writes what is left of segments as one into a new folder, in their order."""
    folder.mkdir()
    numbers = {name: _renumbered([part.left[name] for part in parts]) for name in ("articles", "files")}
    rows = _renumbered([part.passages for part in parts])
    many = np.concatenate([part.segment.table[1, part.passages] for part in parts])
    first = np.cumsum(many) - many
    of = [new[part.segment.table[2, part.passages]] for new, part in zip(numbers["articles"], parts, strict=True)]
    days = np.concatenate([part.segment.table[3, part.passages] for part in parts])
    (folder / PASSAGES_FILE).write_bytes(np.array([first, many, np.concatenate(of), days], np.int32).tobytes())
    came = [part.segment.arrivals[np.repeat(part.passages, part.segment.table[1])] for part in parts]
    (folder / ARRIVALS).write_bytes(np.concatenate(came).tobytes())
    with _new_articles(folder) as db:
        for number, part in enumerate(parts):
            for name in ("articles", "files"):
                _insert(db, name, _records(part, name, numbers[name][number]))
            _insert(db, "passages", _passages(part, numbers["articles"][number], rows[number], first))
            _insert(db, "sentences", _sentences(part, rows[number], first))
    at = np.flatnonzero(np.concatenate([part.passages for part in parts])).astype(np.int32)
    sizes = [len(part.passages) for part in parts]
    vectors = Vectors.open(*(part.segment.folder / VECTORS for part in parts), places=Places(sizes, at))
    Vectors.write(folder / VECTORS, vectors)
    with (folder / SENTENCES).open("wb") as file:
        file.writelines(block for part in parts for block in _sentence_vectors(part, vectors[:0].shape[1]))
    words = [Words(part.segment.folder / WORDS) for part in parts]
    Words.merge(folder / WORDS, list(zip(words, rows, strict=True)))


def _renumbered(left: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.int32]]:
    """Returns by segment the new number of each row; -1: it has gone."""
    numbers, begun = [], 0
    for mask in left:
        new = np.where(mask, np.cumsum(mask) - 1 + begun, -1).astype(np.int32)
        begun += int(np.count_nonzero(mask))
        numbers.append(new)
    return numbers


def _records(part: Part, table: str, new: NDArray[np.int32]) -> Iterator[Sequence[Any]]:
    query = f"SELECT * FROM main.{table} ORDER BY row"  # noqa: S608  our own names
    return ((int(new[row]), *rest) for row, *rest in part.segment.db.execute(query) if new[row] >= 0)


def _passages(
    part: Part, articles: NDArray[np.int32], rows: NDArray[np.int32], first: NDArray[np.integer]
) -> Iterator[Sequence[Any]]:
    query = "SELECT row, article, start, end, first_sentence, sentences, terms FROM passages ORDER BY row"
    for row, article, start, end, _, count, terms in part.segment.db.execute(query):
        if (new := rows[row]) >= 0:
            yield int(new), int(articles[article]), start, end, int(first[new]), count, terms


def _sentences(part: Part, rows: NDArray[np.int32], first: NDArray[np.integer]) -> Iterator[Sequence[Any]]:
    left = part.passages
    old = np.repeat(left, part.segment.table[1])  # (sentences,), those that are left
    number = int(first[rows[left][0]]) if left.any() else 0
    for row, start, end in part.segment.db.execute("SELECT row, start, end FROM sentences ORDER BY row"):
        if old[row]:
            yield number, start, end
            number += 1


def _sentence_vectors(part: Part, dimension: int) -> Iterator[bytes]:
    """Yields the vectors of the sentences that are left, run by run."""
    vectors = VectorRows.open(part.segment.folder / SENTENCES, dimension)
    left = np.repeat(part.passages, part.segment.table[1])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], left, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2).tolist():
        for begin in range(start, stop, _BLOCK):
            yield vectors.read(begin, min(_BLOCK, stop - begin))
