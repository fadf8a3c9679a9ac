"""The articles that a run has read: in a file, for there may be more than memory has room for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from index.article import Article
from index.store.articles import article_of_record

_SCHEMA = """
PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
CREATE TABLE articles (
    id TEXT PRIMARY KEY, title TEXT, text TEXT, published TEXT, language TEXT, source TEXT, url TEXT, author TEXT
);
"""
_COLUMNS = "id, title, text, published, language, source, url, author"


class Spool(Mapping[str, Article]):
    """Articles by id, in the order of their ids; each is read from the file when it is looked at."""

    def __init__(self, folder: Path) -> None:
        """Makes the file, which has no name and is gone with the process."""
        path = folder / ".articles"
        path.unlink(missing_ok=True)
        self._db = sqlite3.connect(path)
        self._db.executescript(_SCHEMA)
        path.unlink()

    def add(self, articles: Iterable[Article]) -> None:
        """Adds articles; one takes the place of another of its id."""
        records = (
            (a.id, a.title, a.text, a.published and a.published.isoformat(), a.language, a.source, a.url, a.author)
            for a in articles
        )
        self._db.executemany("INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?)", records)

    def close(self) -> None:
        """Lets the file go."""
        self._db.close()

    def __getitem__(self, article_id: str) -> Article:
        query = f"SELECT {_COLUMNS} FROM articles WHERE id = ?"  # noqa: S608  our own names
        record = self._db.execute(query, (article_id,)).fetchone()
        if record is None:
            raise KeyError(article_id)
        return article_of_record(record)

    def __iter__(self) -> Iterator[str]:
        return (article_id for (article_id,) in self._db.execute("SELECT id FROM articles ORDER BY id"))

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM articles").fetchone()[0])


class Written(Mapping[str, tuple[Article, str]]):
    """Of a spool the articles that are written, each with the name of its source, in the order of their ids."""

    def __init__(self, articles: Spool, origins: Mapping[str, str]) -> None:
        self._articles = articles
        self._origins = origins

    def __getitem__(self, article_id: str) -> tuple[Article, str]:
        return self._articles[article_id], self._origins[article_id]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._origins))

    def __len__(self) -> int:
        return len(self._origins)
