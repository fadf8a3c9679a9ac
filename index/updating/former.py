"""Takes over an index of format 3, which held everything in one piece: nothing is read, cut or embedded again."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from index.article import KnownFile, PassageSpan, PlannedArticle
from index.sources.names import stored_where
from index.store.articles import article_of_record
from index.store.live import lock_generation
from index.store.manifest import WRITTEN, manifest_bytes, wrong_files
from index.store.segments.segment import ARTICLES, SENTENCES, VECTORS, Segment
from index.store.segments.vectors import Embedded, SomeRows, VectorRows, Vectors
from index.store.writing import Contents, publish

FORMER = 3
_FILES = "SELECT id, origin, digest FROM files"
_OWN = (*WRITTEN, "vectors")  # what the new manifest says otherwise, or not


def take_over(folder: Path, kept: int) -> bool:
    """Publishes what the live generation of format 3 holds in today's format; False where it is another, or damaged.

    Args:
        folder: the index; the caller holds its writer lock.
        kept: generations that stay.

    Raises:
        IndexWriteError: no space, no permission; the old generation is live.
    """
    generation, lock = lock_generation(folder)
    with lock:
        data = lock.read()
        manifest = json.loads(data)
        is_whole = manifest["format"] == FORMER and manifest_bytes(manifest) == data
        if not is_whole or any(wrong_files(generation, manifest["files"])):
            return False
        with contextlib.closing(sqlite3.connect(generation / ARTICLES)) as db:
            where = {name: stored_where(path, folder) for name, path in db.execute("SELECT name, path FROM sources")}
            contents = Contents(
                sources=where,
                failed={
                    i: (origin, reason) for i, origin, reason in db.execute("SELECT id, origin, reason FROM failed")
                },
                articles=_planned(db),
                embed=partial(_vectors_of, generation, int(manifest["dimension"])),
                files={i: (origin, KnownFile(digest, "")) for i, origin, digest in db.execute(_FILES)},
            )
            publish(folder, None, contents, {key: manifest[key] for key in manifest if key not in _OWN}, kept)
    return True


def _vectors_of(generation: Path, dimension: int, segments: Sequence[Segment]) -> list[tuple[Embedded, Embedded]]:
    """Returns the vectors that the former generation has, by segment."""
    every = Vectors.open(generation / VECTORS), VectorRows.open(generation / SENTENCES, dimension)
    found: list[tuple[Embedded, Embedded]] = []
    passage = sentence = 0
    for size in (segment.sizes for segment in segments):
        passages = SomeRows(every[0], passage, size["passages"])
        sentences = SomeRows(every[1], sentence, size["sentences"])
        found.append((Embedded(passages), Embedded(sentences)))
        passage, sentence = passage + len(passages), sentence + len(sentences)
    return found


def _planned(db: sqlite3.Connection) -> Iterator[PlannedArticle]:
    """Yields the articles by id with their passages as they were cut."""
    columns = {name for _, name, *_ in db.execute("PRAGMA table_info(articles)")}
    author = "author" if "author" in columns else "''"  # the first indexes of the format had none
    query = (
        "SELECT row, id, title, text, published, language, source, url, "  # noqa: S608  our own names
        f"{author}, origin, (SELECT id FROM articles first WHERE first.row = a.same_as) FROM articles a ORDER BY row"
    )
    for row, *about, origin, same_as in db.execute(query):
        spans, terms = _passages(db, row)
        yield PlannedArticle(article_of_record(about), origin, same_as, spans, terms)


def _passages(db: sqlite3.Connection, article: int) -> tuple[tuple[PassageSpan, ...], tuple[str, ...]]:
    query = "SELECT start, end, first_sentence, sentences, terms FROM passages WHERE article = ? ORDER BY row"
    records: list[tuple[Any, ...]] = db.execute(query, (article,)).fetchall()
    inner = "SELECT start, end FROM sentences WHERE row >= ? AND row < ? ORDER BY row"
    spans = tuple(
        PassageSpan(start, end, tuple(db.execute(inner, (first, first + count)).fetchall()))
        for start, end, first, count, _ in records
    )
    return spans, tuple(terms for *_, terms in records)
