"""What is remembered of pages on the web between two runs, so that a server need only say "not modified"."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from index.articles import Article

if TYPE_CHECKING:
    from index.discover import Page

PAGES_FILE = "pages.sqlite"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    source TEXT NOT NULL, address TEXT NOT NULL, article TEXT NOT NULL, page TEXT NOT NULL,
    PRIMARY KEY (source, address)
) WITHOUT ROWID
"""


class PageStore:
    """Pages by source, beside the generations. Losing it costs nothing but asking anew.

    A page is only believed together with the article that was made of it: its hash is kept beside it, so that a
    store that is ahead of the index, or behind it, is never wrong about what a "not modified" stands for.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def known(self, source: str, articles: Mapping[str, Article]) -> dict[str, Page]:
        """Returns address -> page of one source, of pages whose articles are these, and of feeds.

        Args:
            source: its name.
            articles: what the index holds, by id.
        """
        from index.discover import Page

        found, all_there = {}, True
        query = "SELECT address, article, page FROM pages WHERE source = ?"
        with contextlib.suppress(sqlite3.DatabaseError, ValueError, TypeError), self._opened() as db:
            for address, digest, stored in db.execute(query, (source,)):
                page = Page(**json.loads(stored))
                if not page.article_id or digest == _digest(articles.get(page.article_id)):
                    found[address] = page
                else:
                    all_there = False
        # "not modified" of a feed stands for all of its pages
        return found if all_there else {address: page for address, page in found.items() if page.article_id}

    def replace(self, source: str, pages: Mapping[str, Page], articles: Mapping[str, Article]) -> None:
        """Remembers these pages of a source in the place of what was known of it."""
        rows = [
            (source, address, _digest(articles.get(page.article_id)), json.dumps(asdict(page)))
            for address, page in pages.items()
        ]
        try:
            with self._opened() as db, db:
                db.execute("DELETE FROM pages WHERE source = ?", (source,))
                db.executemany("INSERT INTO pages VALUES (?, ?, ?, ?)", rows)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # no room, no permission
            self._path.unlink(missing_ok=True)  # damaged: everything is asked anew

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path)) as db:
            db.execute(_SCHEMA)
            yield db


def _digest(article: Article | None) -> str:
    return hashlib.sha256(repr(article).encode()).hexdigest() if article else ""
