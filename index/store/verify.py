"""Finds what is wrong with an index on disk, and what of a damaged one is still whole."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding.cache import CACHE_FILE, EmbeddingCache
from index.errors import ArticlebotError
from index.sources.names import Where
from index.store.articles import LISTS, SOURCES, stored_sources
from index.store.folder import FolderGeneration
from index.store.live import CURRENT, GENERATIONS, NEXT, check_index_readable, live_generation, lock_generation
from index.store.manifest import MANIFEST, IndexFormatError, OldFormatError, read_manifest, wrong_files
from index.store.segments.articles import StoredArticles
from index.store.segments.segment import ARTICLES

_AT_ONCE = 16_384  # vectors
_TRIES = 10  # at reading what a writer is changing


def problems(folder: Path) -> list[str]:
    """Returns what is wrong with the live generation, one line each; an empty list where all is well.

    Checks every file's checksum, then the counts, that passages and sentences lie in their articles, that every
    vector is a unit row, and the embedding cache.
    """
    # a folder that may not be read is told once
    return list(dict.fromkeys([*_of_generation(folder), *_of_cache(folder / CACHE_FILE)]))


def _of_generation(folder: Path) -> list[str]:
    try:
        live, lock = lock_generation(folder)
        with lock:
            if newer := _newer(folder, live.name):
                return [f"{folder / CURRENT}: names {live.name}, the last one published, {newer}, wanted"]
            check_index_readable(folder, [live, *live.rglob("*")])
            manifest = read_manifest(lock.read(), live)
            # first, and alone: what reads a file may not survive a damaged one
            if wrong := list(wrong_files(live, manifest["files"])):
                return wrong
            with contextlib.closing(FolderGeneration.open(folder, live.name)) as generation:
                return [*_wrong_spans(generation), *_wrong_vectors(generation)]
    except ArticlebotError as error:
        return [str(error)]
    except (OSError, sqlite3.Error) as error:
        return [f"{folder}: cannot be read ({error})"]


def _newer(folder: Path, live: str) -> str:
    """Returns the newest generation where it is later than the live one and no writer is publishing it, else ""."""
    newest = max(path.name for path in (folder / GENERATIONS).iterdir() if path.name.isdigit())
    coming = folder / NEXT  # of a writer that is at it, or was killed
    if newest <= live or (coming.exists() and coming.read_text(errors="replace") == newest):
        return ""
    return newest if live_generation(folder) == live else ""


def _wrong_spans(generation: FolderGeneration) -> Iterator[str]:
    outside = {
        "passage {} to {} is not in its text": "SELECT a.id, p.start, p.end FROM passages p "
        "JOIN articles a ON a.row = p.article WHERE p.start < 0 OR p.end <= p.start OR p.end > length(a.text)",
        "sentence {} to {} is not in its passage": "SELECT a.id, s.start, s.end FROM passages p "
        "JOIN articles a ON a.row = p.article "
        "JOIN sentences s ON s.row >= p.first_sentence AND s.row < p.first_sentence + p.sentences "
        "WHERE s.start < p.start OR s.end <= s.start OR s.end > p.end",
    }
    for problem, query in outside.items():
        for segment in generation.segments:
            for article_id, start, end in segment.db.execute(query):
                yield f"{article_id}: {problem.format(start, end)}"


def _wrong_vectors(generation: FolderGeneration) -> Iterator[str]:
    for start in range(0, count := generation.vectors.count, _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, count))
        lengths = np.linalg.norm(generation.vectors.rows(rows), axis=1)
        for row in np.flatnonzero(~(np.abs(lengths - 1) < 0.01))[:10]:  # so written, that NaN is wrong
            yield f"passage vector {rows[row]}: length {lengths[row]:.3f}, wanted 1"


def _of_cache(path: Path) -> list[str]:
    """Returns what is wrong with what a run has embedded that was stopped; one that is at it may be removing it."""
    told: list[str] = []
    for _ in range(_TRIES):
        look = _look(path)
        if look is None:
            return []
        try:
            check_index_readable(path.parent, [path])
            with EmbeddingCache.reading(path) as cache:
                wrong = cache.wrong()
            told = (
                [f"{path}: {wrong} vectors are not as they were written; they will be embedded again"] if wrong else []
            )
        except ArticlebotError as error:
            told = [str(error)]
        except sqlite3.Error as error:
            told = [f"{path}: cannot be read ({error}); it will be made anew"]
        if not told or _look(path) == look:
            break
    return told


def _look(path: Path) -> tuple[int, int] | None:
    """Returns what would be different if a file had changed; None: it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def newest_whole(folder: Path) -> StoredArticles | None:
    """Returns the articles of the newest generation that has them as they were written; None where none has.

    Where a manifest is damaged, which knows their checksum, SQLite's own check must do.
    """
    for generation in sorted((folder / GENERATIONS).glob("[0-9]*"), reverse=True):
        with contextlib.suppress(OldFormatError, OSError, ValueError, sqlite3.Error):
            try:
                files = read_manifest((generation / MANIFEST).read_bytes(), generation)["files"]
                is_whole = not any(wrong_files(generation, of_articles(files)))
            except OldFormatError:
                raise
            except (IndexFormatError, OSError):
                is_whole = _is_readable(StoredArticles(generation))
            if is_whole:
                return StoredArticles(generation)
    return None


def of_articles(files: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Returns those files of a generation that tell what its articles are."""
    names = (ARTICLES, SOURCES, *LISTS.values())
    return {name: about for name, about in files.items() if Path(name).name in names}


def _is_readable(stored: StoredArticles) -> bool:
    """Whether SQLite finds nothing wrong with these articles, and they are of this version."""
    for segment in stored.segments:
        if segment.db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return False
    for origin in stored.sources():
        stored.files(origin)
    stored.failed()
    return all(article.text for article in stored.articles())


def rescued(folder: Path) -> tuple[dict[str, Where], str | None]:
    """Returns sources and model as far as the newest generation of a damaged index still tells them."""
    sources: dict[str, Where] = {}
    model = None
    for generation in sorted((folder / GENERATIONS).glob("[0-9]*")):
        files = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            manifest = json.loads((generation / MANIFEST).read_bytes())
            model = str(manifest["model"] or "") or None
            files = {SOURCES: manifest["files"][SOURCES]}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            if not any(wrong_files(generation, files)):
                sources = stored_sources(json.loads((generation / SOURCES).read_bytes()), folder)
        if (generation / ARTICLES).exists():  # of format 3
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(generation / ARTICLES)) as db:
                known = dict(db.execute("SELECT name, path FROM sources"))
                sources = stored_sources({"sources": known}, folder)
    return sources, model
