"""An index of format 3 is taken over once: nothing is read, cut or embedded again."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from index import build_index
from index.disk import sha256_of
from index.store.folder import FolderGeneration
from index.store.live import roll_back
from index.store.manifest import OldFormatError, manifest_bytes
from index.store.segments.vectors import Vectors
from index.updating.build import forget_source

if TYPE_CHECKING:
    from tests.index.conftest import Library

Content = Callable[[Path], dict[str, Any]]

SCHEMA = """
CREATE TABLE sources (name TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, published TEXT, language TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL,
    author TEXT NOT NULL, same_as INTEGER
);
CREATE TABLE failed (id TEXT PRIMARY KEY, origin TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (id TEXT PRIMARY KEY, origin TEXT NOT NULL, digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES articles, start INTEGER NOT NULL,
    end INTEGER NOT NULL, first_sentence INTEGER NOT NULL, sentences INTEGER NOT NULL, terms TEXT NOT NULL
);
CREATE TABLE sentences (row INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER NOT NULL);
"""


@pytest.fixture
def indexed(library: Library) -> Library:
    """Four articles, two of one text, and a file that fails."""
    library.write(
        c=(library.source / "a.md").read_text(), moon="---\ndate: 2025-02-12\n---\n# The moon\n\nIt is full.\n"
    )
    library.write(bad="")
    library.build()
    return library


def make_former(library: Library) -> None:
    """Rewrites the live generation as earlier versions wrote it, without its words."""
    folder = library.generation
    with closing(FolderGeneration.open(library.index)) as generation:
        rows = range(generation.counts["passages"])
        manifest, articles = generation.manifest, list(generation.held(generation.ids()))
        sources, failed = generation.sources(), generation.failed()
        files = [(i, "news", known.digest) for i, known in generation.files("news").items()]
        number = {article.id: row for row, (article, _) in enumerate(articles)}
        holders = {
            i: number[holder] for _, i, holder in generation.of_texts(generation.digests(number).values()) if holder
        }
        passages, spans = generation.passages(rows), [generation.sentences(row).spans for row in rows]
        terms = [" ".join(generation.terms(row)) for row in rows]
        vectors, sentences = generation.vectors[:], generation.sentence_vectors_of(np.arange(len(rows)))[0]
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with closing(sqlite3.connect(folder / "articles.sqlite")) as db, db:
        db.executescript(SCHEMA)
        db.executemany("INSERT INTO sources VALUES (?, ?)", ((name, str(where)) for name, where in sources.items()))
        db.executemany("INSERT INTO failed VALUES (?, 'news', ?)", failed.items())
        db.executemany("INSERT INTO files VALUES (?, ?, ?)", files)
        for row, (a, origin) in enumerate(articles):
            day = a.published and a.published.isoformat()
            about = (row, a.id, origin, a.title, a.text, day, a.language, a.source, a.url, a.author, holders.get(a.id))
            db.execute("INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", about)
        first = 0
        for row, (passage, inner, joined) in enumerate(zip(passages, spans, terms, strict=True)):
            record = (row, number[passage.article_id], passage.start, passage.end, first, len(inner), joined)
            db.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?)", record)
            db.executemany("INSERT INTO sentences VALUES (?, ?, ?)", ((first + n, *at) for n, at in enumerate(inner)))
            first += len(inner)
    Vectors.write(folder / "vectors.faiss", vectors)
    (folder / "sentences.f16").write_bytes(sentences.astype(np.float16).tobytes())
    written = {path.name: {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in folder.iterdir()}
    (folder / "manifest.json").write_bytes(manifest_bytes({**manifest, "format": 3, "vectors": {}, "files": written}))


def test_all_is_taken_over_without_embedding_and_said_in_one_line(indexed: Library, content: Content) -> None:
    before = content(indexed.index)
    make_former(indexed)
    with pytest.raises(
        OldFormatError, match="index format 3, this version reads 4; run `articlebot index` to renew it"
    ):
        FolderGeneration.open(indexed.index)
    report = indexed.build()
    assert (len(report.unchanged), report.embedded) == (4, 0)
    assert report.notes == ["the index of format 3 was taken over; nothing of it was embedded again"]
    assert content(indexed.index) == before
    assert indexed.build().notes == []


def test_articles_that_only_the_index_has_are_kept(indexed: Library) -> None:
    make_former(indexed)
    shutil.rmtree(indexed.source)
    (indexed.source.with_name("more")).mkdir()
    (indexed.source.with_name("more") / "x.md").write_text("# Le coq\n\nLe coq chante.\n", encoding="utf-8")
    assert build_index(indexed.source.with_name("more"), indexed.index).embedded == 1
    assert list(indexed.texts()) == ["more/x.md", "news/a.md", "news/b.md", "news/c.md", "news/moon.md"]
    forget_source("more", indexed.index)
    roll_back(indexed.index)
    assert "more/x.md" in indexed.texts()


def test_damaged_index_of_format_3_is_made_from_its_sources(indexed: Library) -> None:
    make_former(indexed)
    path = indexed.generation / "sentences.f16"
    path.write_bytes(path.read_bytes()[::-1])
    report = build_index([], indexed.index)  # which still knows them
    assert "made from scratch" in report.notes[0]
    assert (len(report.added), report.embedded) == (4, 3)
    json.loads((indexed.generation / "manifest.json").read_bytes())
