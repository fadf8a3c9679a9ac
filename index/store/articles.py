"""The articles of a generation on disk: their texts, what is known of each, and where they came from."""

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
    def has_authors(self) -> bool:
        """Whether authors are kept; an index of an earlier version has none until it is read anew."""
        return any(name == "author" for _, name, *_ in self.db.execute("PRAGMA table_info(articles)"))

    @property
    def _query(self) -> str:
        author = "author" if self.has_authors else "''"
        return f"SELECT id, title, text, published, language, source, url, {author} FROM articles"  # noqa: S608  ours

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
        names: dict[Where, str] = {}  # in a moved index, the folder of what was added may have got a second name
        for name, path in self.db.execute("SELECT name, path FROM sources ORDER BY 1"):
            names.setdefault(stored_where(path, index), name)
        return {name: where for where, name in names.items()}

    def files(self, origin: str) -> dict[str, str]:
        """Returns, for each file of a source that was read whole, the SHA-256 of its bytes."""
        return dict(self.db.execute("SELECT id, digest FROM files WHERE origin = ?", (origin,)))

    def failed(self, origin: str | None = None) -> dict[str, str]:
        """Returns article id -> reason, of all sources or of one."""
        query = "SELECT id, reason FROM failed WHERE ?1 IS NULL OR origin = ?1 ORDER BY 1"
        return dict(self.db.execute(query, (origin,)))

    def articles(self, origin: str | None = None) -> Iterator[Article]:
        """Yields the articles by id, of all sources or of one."""
        for row in self.db.execute(f"{self._query} WHERE ?1 IS NULL OR origin = ?1 ORDER BY id", (origin,)):
            yield _article(row)

    def article(self, article_id: str) -> Article | None:
        """Returns one article, None where the index has none of this id."""
        row = self.db.execute(f"{self._query} WHERE id = ?", (article_id,)).fetchone()
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
    article_id, title, text, published, language, source, url, author = row
    when = date.fromisoformat(published) if published else None
    return Article(article_id, title, text, when, language, source, url, author)
