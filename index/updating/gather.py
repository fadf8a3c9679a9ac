"""All articles that the next generation shall hold: read now, or kept as they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.article import Article
from index.sources.folder import MAX_BYTES, SourceError, SourceReading, read_source
from index.sources.names import SourcesError, Where, is_on_the_web
from index.store.generation import Generation

if TYPE_CHECKING:
    from index.sources.web.fetching import Fetcher
    from index.sources.web.seen import PageStore
    from index.sources.web.source import Page

Progress: TypeAlias = Callable[[str, int, int], None]  # what is being done, done so far, in all


@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are read."""

    max_bytes: int = MAX_BYTES  # a larger file is listed as failed
    allow_private: bool = False  # addresses of this machine and of private networks may be fetched
    most_of_feed: int = 50  # articles of one feed and run


@dataclass(slots=True)
class Gathered:
    """All articles that the index shall hold."""

    sources: Mapping[str, Where]  # name -> folder, file or address
    found: dict[str, tuple[Article, str]] = field(default_factory=dict)  # id -> (article, source name)
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> (source name, reason)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)  # id of a file -> (source name, digest)
    pages: dict[str, dict[str, Page]] = field(default_factory=dict)  # source name -> address -> page; of web sources
    notes: list[str] = field(default_factory=list)


class Gatherer:
    """Reads sources, or keeps what the generation before holds of them."""

    def __init__(
        self,
        before: Generation | None,
        readable: Generation | None,
        sources: Mapping[str, Where],
        reading: Reading,
        prune: bool,
        store: PageStore,
        progress: Progress,
    ) -> None:
        """Takes what a run knows.

        Args:
            before: the generation before.
            readable: the same where its files and pages need not be read anew as long as they are as they were.
            sources: all of them, by name.
            reading: how to read.
            prune: what a source lacks goes, however much it is, and what a feed no longer lists.
            store: what is remembered of pages on the web.
            progress: is told what is read.
        """
        self.gathered = Gathered(sources)
        self._before = before
        self._readable = readable
        self._reading = reading
        self._prune = prune
        self._store = store
        self._progress = progress

    def keep(self, origin: str) -> None:
        """Takes a source over as it was."""
        if self._before:
            gathered = self.gathered
            for article in self._before.articles(origin):
                gathered.found.setdefault(article.id, (article, origin))
            gathered.failed.update((i, (origin, reason)) for i, reason in self._before.failed(origin).items())
            gathered.files.update((i, (origin, digest)) for i, digest in self._before.files(origin).items())
            if is_on_the_web(gathered.sources[origin]):  # another source may have had an article of both
                for page in self._store.known(origin, self._all_before).values():
                    if page.article_id:
                        gathered.found.setdefault(page.article_id, (self._all_before[page.article_id], origin))

    def read(self, origin: str, *, may_be_gone: bool) -> None:
        """Reads a source; an article that fails now stays as it was.

        Raises:
            ArticlebotError: it cannot be read, or lacks more than half of its articles, unless that is accepted.
        """
        where = self.gathered.sources[origin]
        self._progress(f"reading {origin}", 0, 0)
        if is_on_the_web(where):
            self._read_web(origin, where)
        else:
            assert isinstance(where, Path)  # noqa: S101  an address is on the web
            self._read_files(origin, where, may_be_gone=may_be_gone)

    def close(self) -> None:
        """Closes connections."""
        if "_fetcher" in self.__dict__:
            self._fetcher.close()

    def _read_files(self, origin: str, where: Path, *, may_be_gone: bool) -> None:
        had = {a.id: a for a in self._before.articles(origin)} if self._before else {}
        known = self._readable.files(origin) if self._readable else {}
        try:
            reading = read_source(where, origin, max_bytes=self._reading.max_bytes, known=known)
        except SourceError:
            if not may_be_gone:
                raise
            reading = SourceReading()
        now = {article.id: article for article in reading.articles}
        failed = {failure.id: failure.reason for failure in reading.failed}
        stay = reading.unchanged | failed.keys()
        now.update((i, article) for i, article in had.items() if i not in now and _is_of(i, stay))
        if not may_be_gone:
            _check_loss(where, had, now)
        self._take(origin, now, failed)
        self.gathered.files.update((i, (origin, digest)) for i, digest in reading.digests.items())

    def _read_web(self, origin: str, where: Where) -> None:
        """Reads a feed, a page or a list on the web; what a feed forgets stays, unless it is to be pruned."""
        from index.sources.web.source import read_web_source

        had = {a.id: a for a in self._before.articles(origin)} if self._before else {}
        known = self._store.known(origin, self._all_before) if self._readable else {}
        reading = read_web_source(
            where, known, self._fetcher, limit=self._reading.most_of_feed, progress=self._progress
        )
        now = {article.id: article for article in reading.articles}
        failed = {failure.id: failure.reason for failure in reading.failed}
        still = failed.keys() & reading.listed if self._prune else failed.keys()
        kept = {i: self._all_before[i] for i in (*reading.kept, *still) if i in self._all_before}
        forgotten = {i: a for i, a in had.items() if i not in reading.replaced and i not in reading.listed}
        now = {**({} if self._prune else forgotten), **kept, **now}
        self._take(origin, now, failed)
        self.gathered.pages[origin] = reading.pages
        self.gathered.notes += reading.notes

    def _take(self, origin: str, now: Mapping[str, Article], failed: Mapping[str, str]) -> None:
        found = self.gathered.found
        for i, article in now.items():  # of an article of two sources it is the first that counts, in any order
            found[i] = (article, min(origin, found[i][1]) if i in found else origin)
        self.gathered.failed.update((i, (origin, reason)) for i, reason in failed.items())

    @cached_property
    def _all_before(self) -> dict[str, Article]:
        return {article.id: article for article in self._before.articles()} if self._before else {}

    @cached_property
    def _fetcher(self) -> Fetcher:
        from index.sources.web.fetching import Fetcher, Limits

        return Fetcher(allow_private=self._reading.allow_private, limits=Limits(max_bytes=self._reading.max_bytes))


def _is_of(article_id: str, files: set[str]) -> bool:
    """Whether an article is one of these files, or of a file or folder (its id ends in "/") among them."""
    if article_id in files:
        return True
    parts = article_id.split("/")
    return any("/".join(parts[:n]) + "/" in files or "/".join(parts[:n]) in files for n in range(1, len(parts)))


def _check_loss(where: Where, had: Mapping[str, Article], now: Mapping[str, Article]) -> None:
    """Raises where more than half of the articles are gone; one whose text is still there was only renamed."""
    texts = {article.text for article in now.values()}
    lost = sum(i not in now and article.text not in texts for i, article in had.items())
    if lost * 2 > len(had):
        raise SourcesError(
            f"{where}: lacks {lost} of its {len(had)} articles; nothing was changed; "
            "if they are meant to go, run it again with --prune"
        )
