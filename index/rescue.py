"""What a damaged index still tells: articles that are whole, and where they came from."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

from index.generation import GENERATIONS
from index.manifest import MANIFEST, IndexFormatError, OldFormatError, read_manifest, wrong_files
from index.sources import Where
from index.stored import ARTICLES, StoredArticles


def newest_whole(folder: Path) -> StoredArticles | None:
    """Returns the articles of the newest generation that has them as they were written; None where none has.

    Where a manifest is damaged, which knows their checksum, SQLite's own check must do.
    """
    for generation in sorted((folder / GENERATIONS).glob("[0-9]*"), reverse=True):
        stored = StoredArticles(generation)
        try:
            files = read_manifest((generation / MANIFEST).read_bytes(), generation)["files"]
            if not any(wrong_files(generation, {ARTICLES: files[ARTICLES]})):
                return stored
        except OldFormatError:
            continue
        except (IndexFormatError, OSError):
            if _is_readable(stored):
                return stored
    return None


def _is_readable(stored: StoredArticles) -> bool:
    """Whether SQLite finds nothing wrong with these articles, and they are of this version."""
    try:
        if stored.db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            return False
        for origin in stored.sources():
            stored.files(origin)
        stored.failed()
        return all(article.text for article in stored.articles())
    except (sqlite3.Error, ValueError):
        return False


def rescued(folder: Path) -> tuple[dict[str, Where], str | None]:
    """Returns sources and model as far as the newest generation of a damaged index still tells them."""
    sources: dict[str, Where] = {}
    model = None
    for generation in sorted((folder / GENERATIONS).glob("[0-9]*")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            model = str(json.loads((generation / MANIFEST).read_bytes())["model"] or "") or None
        with contextlib.suppress(sqlite3.Error):
            sources = StoredArticles(generation).sources()
    return sources, model
