"""What is remembered of pages on the web between two runs, so that a server need only say "not modified"."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.article import Article
from index.embedding.cache import is_damage

PAGES_FILE = "pages.sqlite"
FRESH_S = 3600.0  # a page whose entry says the same is not asked again so soon

_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    source TEXT NOT NULL, address TEXT NOT NULL, article TEXT NOT NULL, page TEXT NOT NULL,
    PRIMARY KEY (source, address)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What is remembered of an address that was fetched; a feed of its own has no `article_id`."""

    url: str  # where the answer came from, after redirects
    etag: str = ""
    modified: str = ""
    article_id: str = ""
    checked: float = 0.0  # seconds since 1970 of the last answer; 0: to be asked anew
    entry_digest: str = ""  # of what the feed said of it
    listed_by: str = ""  # the feed, under its key here; "" for a source itself
    from_entry: bool = False  # the article is the entry's own text, because the page could not be read

    def is_fresh(self, now: float) -> bool:
        """Whether the page was asked for within the last hour."""
        return 0 <= now - self.checked < FRESH_S


class PageStore:
    """Pages by source, beside the generations. Losing it costs nothing but asking anew.

    A page is only believed together with the article that was made of it: their hash is kept beside it, so that a
    store that is ahead of the index, behind it or damaged is never wrong about what a "not modified" stands for.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def known(self, source: str, articles: Mapping[str, Article]) -> dict[str, SeenPage]:
        """Returns address -> page of one source, of pages whose articles are these, and of feeds.

        Where one had to be left out, feeds have no validators: "not modified" would hide it for good.

        Args:
            source: its name.
            articles: what the index holds, by id.
        """
        rows = self._read(source)
        read = ((address, _page(digest, stored, articles)) for address, digest, stored in rows)
        pages = {address: page for address, page in read if page}
        if len(pages) < len(rows):
            for address, page in pages.items():
                if not page.article_id:
                    pages[address] = replace(page, etag="", modified="")
        return pages

    def replace(self, source: str, pages: Mapping[str, SeenPage], articles: Mapping[str, Article]) -> None:
        """Remembers these pages of a source in the place of what was known of it; raises sqlite3.Error, OSError."""
        rows = []
        for address, page in pages.items():
            stored = json.dumps(asdict(page))
            rows.append((source, address, _digest(stored, articles.get(page.article_id)), stored))
        try:
            self._write(source, rows)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            for name in (self._path.name, f"{self._path.name}-journal"):  # everything else is asked anew
                self._path.with_name(name).unlink(missing_ok=True)
            self._write(source, rows)

    def _read(self, source: str) -> list[tuple[str, str, str]]:
        """Returns address, digest and page of what is known of a source; nothing where that is damaged."""
        if self._path.exists():
            with contextlib.suppress(sqlite3.DatabaseError), self._opened() as db:
                query = "SELECT address, article, page FROM pages WHERE source = ?"
                return db.execute(query, (source,)).fetchall()
        return []

    def _write(self, source: str, rows: list[tuple[str, str, str, str]]) -> None:
        with self._opened() as db, db:
            db.execute("DELETE FROM pages WHERE source = ?", (source,))
            db.executemany("INSERT INTO pages VALUES (?, ?, ?, ?)", rows)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self._path.exists():
            self._path.touch()  # by the umask: SQLite would leave out the group
        with contextlib.closing(sqlite3.connect(self._path)) as db:
            db.execute(_SCHEMA)
            yield db


def _page(digest: str, stored: str, articles: Mapping[str, Article]) -> SeenPage | None:
    """Returns a stored page; None where it is damaged, or its article is not this one."""
    from index.sources.web.seen import SeenPage

    with contextlib.suppress(ValueError, TypeError):
        page = SeenPage(**json.loads(stored))
        article = articles.get(page.article_id)
        if (article or not page.article_id) and digest == _digest(stored, article):
            return page
    return None


def _digest(stored: str, article: Article | None) -> str:
    """Returns the hash of a page as it is stored, and of its article."""
    return hashlib.sha256(f"{stored}{article!r}".encode("utf-8", "surrogatepass")).hexdigest()
