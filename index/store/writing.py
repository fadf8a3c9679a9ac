"""Writes a generation beside the live one and publishes it atomically."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.article import PlannedArticle
from index.errors import why
from index.sources.names import Where, stored_text
from index.store.articles import ARTICLES
from index.store.generation import LEXICAL, PASSAGES_FILE, SENTENCES, VECTORS, Generation
from index.store.lexical import Lexical
from index.store.live import GENERATIONS, KEPT, IndexWriteError, go_live, next_name, tidy
from index.store.manifest import MANIFEST, write_manifest
from index.store.vectors import Rows, Vectors, blocks

_SCHEMA = """
CREATE TABLE sources (name TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, published TEXT, language TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL,
    author TEXT NOT NULL,
    same_as INTEGER  -- row of the article of the smallest id with the same text, which has the passages
);
CREATE INDEX articles_published ON articles (published DESC, id);
CREATE INDEX articles_language ON articles (language);
CREATE INDEX articles_source ON articles (source, origin);
CREATE INDEX articles_author ON articles (author) WHERE author <> '';
CREATE INDEX articles_same_as ON articles (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE failed (id TEXT PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (id TEXT PRIMARY KEY, origin TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles, start INTEGER NOT NULL,
    end INTEGER NOT NULL, first_sentence INTEGER NOT NULL, sentences INTEGER NOT NULL, terms TEXT NOT NULL
);
CREATE INDEX passages_article ON passages (article);
CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a generation holds; articles by id, vectors in the order of their passages and sentences."""

    sources: Mapping[str, Where]
    failed: Mapping[str, tuple[str, str]]  # article id -> (source name, reason)
    files: Mapping[str, tuple[str, str]]  # id of a file -> (source name, digest of its bytes)
    articles: Sequence[PlannedArticle]
    passage_vectors: Rows
    sentence_vectors: Rows


def publish(folder: Path, contents: Contents, about: dict[str, Any], kept: int = KEPT) -> str:
    """Writes `contents` as a new generation, makes it the live one, and returns its name.

    A reader sees the generation before or this one, at every point where this process may be killed: all
    files are written and synced under a temporary name, renamed, and only then CURRENT is replaced.

    Args:
        folder: the index; the caller holds its writer lock.
        contents: what to write.
        about: what the manifest says besides counts and checksums (model, fingerprint, dimension, settings).
        kept: generations that stay, this one among them.

    Raises:
        IndexWriteError: no space, no permission; nothing is left behind, the old generation is live.
    """
    generations = folder / GENERATIONS
    try:
        generations.mkdir(exist_ok=True)
        name = next_name(folder)
        unfinished = generations / f".{name}"
        unfinished.mkdir()
        counts = _write_articles(unfinished, contents)
        searched = Vectors.write(unfinished / VECTORS, contents.passage_vectors)
        with (unfinished / SENTENCES).open("wb") as file:
            file.writelines(block.astype(np.float16).data for block in blocks(contents.sentence_vectors))
        Lexical.write(unfinished / LEXICAL, (t for a in contents.articles for t in a.terms))
        write_manifest(unfinished, {**about, "counts": counts, "vectors": searched})
        Generation(unfinished, (unfinished / MANIFEST).open("rb")).close()  # nothing is published that cannot be read
        go_live(folder, name)
    except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        raise IndexWriteError(
            f"{folder}: the new generation could not be written ({why(error)}); "
            "what was there before stays live; make room and run it again"
        ) from error
    finally:
        tidy(folder, kept)
    return name


def _write_articles(folder: Path, contents: Contents) -> dict[str, int]:
    """Writes what is not vectors or words and returns its counts.

    Rows follow the order of ids: nothing of the history is in it. They are made one by one while they are written.
    """
    rows = {planned.article.id: row for row, planned in enumerate(contents.articles)}
    table = _passage_table(contents.articles)
    (folder / PASSAGES_FILE).write_bytes(table.tobytes())  # not tofile: it may not tell of a full disk
    spans = ((row, s, t) for row, a in enumerate(contents.articles) for s, t in zip(a.passages, a.terms, strict=True))
    passages = (
        (number, row, span.start, span.end, int(table[0, number]), len(span.sentences), joined)
        for number, (row, span, joined) in enumerate(spans)
    )
    sentences = enumerate(s for a in contents.articles for span in a.passages for s in span.sentences)
    articles = (_article_record(row, planned, rows) for row, planned in enumerate(contents.articles))
    failed = ((i, origin, reason) for i, (origin, reason) in sorted(contents.failed.items()))
    files = ((i, origin, digest) for i, (origin, digest) in sorted(contents.files.items()))
    index = folder.parent.parent
    sources = sorted((name, stored_text(where, index)) for name, where in contents.sources.items())
    (folder / ARTICLES).touch()  # by the umask: SQLite would leave out the group
    with contextlib.closing(sqlite3.connect(folder / ARTICLES)) as db:
        # nobody reads this file before it is whole, and it is synced with the others: no journal
        db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA} BEGIN;")
        db.executemany("INSERT INTO sources VALUES (?, ?)", sources)
        db.executemany("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", articles)
        db.executemany("INSERT INTO failed VALUES (?, ?, ?)", failed)
        db.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
        db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", passages)
        db.executemany("INSERT INTO sentences VALUES (?, ?, ?)", ((row, *span) for row, span in sentences))
        db.commit()
    return {
        "articles": len(rows),
        "passages": table.shape[1],
        "sentences": int(table[1].sum()),
        "failed": len(contents.failed),
    }


def _passage_table(articles: Sequence[PlannedArticle]) -> NDArray[np.int32]:
    """Returns what a search wants to know of every passage, (4, passages); see generation.PASSAGES."""
    own = [len(planned.passages) for planned in articles]
    days = [planned.article.published.toordinal() if planned.article.published else 0 for planned in articles]
    many = np.fromiter((len(span.sentences) for planned in articles for span in planned.passages), np.int32, sum(own))
    first = np.cumsum(many) - many
    return np.array([first, many, np.repeat(np.arange(len(own)), own), np.repeat(days, own)], np.int32)


def _article_record(row: int, planned: PlannedArticle, rows: dict[str, int]) -> tuple[object, ...]:
    article = planned.article
    published = article.published.isoformat() if article.published else None
    same_as = rows[planned.same_as] if planned.same_as else None
    return (
        row, article.id, planned.origin, article.title, article.text, published, article.language,
        article.source, article.url, article.author, same_as,
    )  # fmt: skip
