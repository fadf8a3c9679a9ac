"""The articles of one generation as SQLite holds them: what they are, where they come from, what failed."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from index.article import Article
from index.sources.names import Where, stored_where

ARTICLES = "articles.sqlite"

SCHEMA = """
CREATE TABLE sources (name TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE articles (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, published TEXT, language TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL,
    same_as INTEGER  -- row of the article of the smallest id with the same text, which has the passages
);
CREATE INDEX articles_published ON articles (published DESC, id);
CREATE INDEX articles_language ON articles (language);
CREATE INDEX articles_source ON articles (source, origin);
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


class StoredArticles:
    """Reads articles.sqlite of a generation's folder; from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connections = threading.local()

    @property
    def db(self) -> sqlite3.Connection:
        """This thread's read-only connection to articles.sqlite."""
        connection = getattr(self._connections, "db", None)
        if connection is None:
            address = f"{(self.folder / ARTICLES).absolute().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True, check_same_thread=False, factory=_Connection)
            self._connections.db = connection
        return connection

    @cached_property
    def languages(self) -> dict[str, int]:
        """Number of articles by language, most first."""
        query = "SELECT language, count(*) FROM articles GROUP BY 1 ORDER BY 2 DESC, 1"
        return dict(self.db.execute(query))

    def dates(self) -> tuple[date, date] | None:
        """Returns the earliest and latest `published`; None where no article has a date."""
        # two questions that the index answers without reading the articles
        query = "SELECT (SELECT min(published) FROM articles), (SELECT max(published) FROM articles)"
        first, last = self.db.execute(query).fetchone()
        return (date.fromisoformat(first), date.fromisoformat(last)) if first else None

    def sources(self) -> dict[str, Where]:
        """Returns the remembered sources: name -> folder, file or address."""
        index = self.folder.parent.parent
        found: dict[Where, str] = {}  # in a moved index, the folder of what was added may have got a second name
        for name, path in self.db.execute("SELECT name, path FROM sources ORDER BY 1"):
            found.setdefault(stored_where(path, index), name)
        return {name: where for where, name in found.items()}

    def files(self, origin: str) -> dict[str, str]:
        """Returns, for each file of a source that was read whole, the SHA-256 of its bytes."""
        return dict(self.db.execute("SELECT id, digest FROM files WHERE origin = ?", (origin,)))

    def failed(self, origin: str | None = None) -> dict[str, str]:
        """Returns article id -> reason, of all sources or of one."""
        query = "SELECT id, reason FROM failed WHERE ?1 IS NULL OR origin = ?1 ORDER BY 1"
        return dict(self.db.execute(query, (origin,)))

    def articles(self, origin: str | None = None) -> Iterator[Article]:
        """Yields the articles by id, of all sources or of one."""
        query = (
            "SELECT id, title, text, published, language, source, url FROM articles "
            "WHERE ?1 IS NULL OR origin = ?1 ORDER BY id"
        )
        for row in self.db.execute(query, (origin,)):
            yield _article(row)

    def article(self, article_id: str) -> Article | None:
        """Returns one article, None where the index has none of this id."""
        query = "SELECT id, title, text, published, language, source, url FROM articles WHERE id = ?"
        row = self.db.execute(query, (article_id,)).fetchone()
        return _article(row) if row else None

    def origin(self, article_id: str) -> tuple[str, int]:
        """Returns the name of the source of an article, and how many articles that has; ("", 0) for an unknown one."""
        query = "SELECT origin, count(*) FROM articles WHERE origin = (SELECT origin FROM articles WHERE id = ?)"
        name, count = self.db.execute(query, (article_id,)).fetchone()
        return name or "", int(count)


class _Connection(sqlite3.Connection):
    """Closed with the thread or the generation that it belongs to."""

    def __del__(self) -> None:
        with contextlib.suppress(sqlite3.ProgrammingError):  # one that could not be opened
            self.close()


def _article(row: tuple[Any, ...]) -> Article:
    article_id, title, text, published, language, source, url = row
    when = date.fromisoformat(published) if published else None
    return Article(article_id, title, text, when, language, source, url)
