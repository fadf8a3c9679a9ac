"""All articles that the next generation shall hold: read now, or kept as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article
from index.sources.folder import LARGEST_FILE, SourceError, SourceReading, read_source
from index.sources.names import SourcesError, Where, is_on_the_web
from index.store.articles import StoredArticles
from index.updating.run import Run

if TYPE_CHECKING:
    from index.sources.web.fetching import Fetcher
    from index.sources.web.seen import SeenPage


MOST_KINDS = 8  # of files that are passed over, named in one line


@dataclass(frozen=True, slots=True)
class Reading:
    """How sources are read."""

    max_bytes: int = LARGEST_FILE  # a larger file is listed as failed
    allow_private: bool = False  # addresses of this machine and of private networks may be fetched
    most_of_feed: int = 50  # articles of one feed and run


@dataclass(slots=True)
class Gathered:
    """All articles that the index shall hold."""

    sources: Mapping[str, Where]  # name -> folder, file or address
    articles: dict[str, tuple[Article, str]] = field(default_factory=dict)  # id -> (article, source name)
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> (source name, reason)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)  # id of a file -> (source name, digest)
    pages: dict[str, dict[str, SeenPage]] = field(default_factory=dict)  # source name -> address -> page
    notes: list[str] = field(default_factory=list)

    def keep(self, origin: str, stored: StoredArticles) -> None:
        """Takes over all that a generation holds of a source."""
        for article in stored.articles(origin):
            self.articles.setdefault(article.id, (article, origin))
        self.add_failed(origin, stored.failed(origin))
        self.add_files(origin, stored.files(origin))

    def add_articles(self, origin: str, articles: Mapping[str, Article]) -> None:
        """Adds articles by id; one of two sources counts for the first by name, in whatever order they are read."""
        for i, article in articles.items():
            self.articles[i] = (article, min(origin, self.articles[i][1]) if i in self.articles else origin)

    def add_failed(self, origin: str, reasons: Mapping[str, str]) -> None:
        """Adds what could not be read: id -> reason."""
        self.failed.update((i, (origin, reason)) for i, reason in reasons.items())

    def add_files(self, origin: str, digests: Mapping[str, str]) -> None:
        """Adds files that were read whole: id -> digest."""
        self.files.update((i, (origin, digest)) for i, digest in digests.items())


@dataclass
class Gatherer:
    """Reads the sources of a run, or keeps what the generation before holds of them; close it."""

    run: Run
    gathered: Gathered
    how: Reading = field(default_factory=Reading)
    prune: bool = False  # what a source lacks goes, however much it is, and what a feed no longer lists

    def keep(self, origin: str) -> None:
        """Takes a source over as it was."""
        if not self.run.before:
            return
        self.gathered.keep(origin, self.run.before)
        if is_on_the_web(self.gathered.sources[origin]):  # another source may have had an article of both
            for page in self.run.pages.known(origin, self._all_before).values():
                if page.article_id:
                    self.gathered.articles.setdefault(page.article_id, (self._all_before[page.article_id], origin))

    def read(self, origin: str, *, may_be_gone: bool) -> None:
        """Reads a source; an article that fails now stays as it was.

        Raises:
            ArticlebotError: it cannot be read, or lacks more than half of its articles, unless that is accepted.
        """
        where = self.gathered.sources[origin]
        self.run.progress(f"reading {origin}", 0, 0)
        if is_on_the_web(where):
            self._read_web(origin, where)
        else:
            self._read_files(origin, Path(where), may_be_gone=may_be_gone)

    def close(self) -> None:
        """Closes connections."""
        if "_fetcher" in self.__dict__:
            self._fetcher.close()

    def _read_files(self, origin: str, where: Path, *, may_be_gone: bool) -> None:
        articles_before = self._before(origin)
        known = self.run.readable.files(origin) if self.run.readable else {}
        try:
            reading = read_source(where, origin, max_bytes=self.how.max_bytes, known=known)
        except SourceError:
            if not may_be_gone:
                raise
            reading = SourceReading()
        articles = {article.id: article for article in reading.articles}
        failed = {failure.id: failure.reason for failure in reading.failed}
        stay = reading.unchanged | failed.keys()
        articles.update((i, a) for i, a in articles_before.items() if i not in articles and _is_of(i, stay))
        if not may_be_gone:
            _check_loss(where, articles_before, articles)
        self.gathered.add_articles(origin, articles)
        self.gathered.add_failed(origin, failed)
        self.gathered.add_files(origin, reading.digests)
        if reading.others:
            kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in reading.others.most_common(MOST_KINDS))
            self.gathered.notes.append(
                f"{origin}: passed over {kinds}: kinds of file that are not read; "
                "to have them read, save them as .docx, .pdf or .txt"
            )

    def _read_web(self, origin: str, where: Where) -> None:
        """Reads a feed, a page or a list on the web; what a feed forgets stays, unless it is to be pruned."""
        from index.sources.web.source import read_web_source

        known = self.run.pages.known(origin, self._all_before) if self.run.readable else {}
        reading = read_web_source(where, known, self._fetcher, limit=self.how.most_of_feed, progress=self.run.progress)
        failed = {failure.id: failure.reason for failure in reading.failed}
        stay = {*reading.kept, *(failed.keys() & reading.listed if self.prune else failed)}
        articles = {i: self._all_before[i] for i in stay if i in self._all_before}
        if not self.prune:
            gone = reading.replaced | reading.listed
            articles |= {i: a for i, a in self._before(origin).items() if i not in gone and i not in articles}
        articles |= {article.id: article for article in reading.articles}
        self.gathered.add_articles(origin, articles)
        self.gathered.add_failed(origin, failed)
        self.gathered.pages[origin] = reading.pages
        self.gathered.notes += reading.notes

    def _before(self, origin: str) -> dict[str, Article]:
        """Returns what the generation before holds of a source, by id."""
        return {a.id: a for a in self.run.before.articles(origin)} if self.run.before else {}

    @cached_property
    def _all_before(self) -> dict[str, Article]:
        return {article.id: article for article in self.run.before.articles()} if self.run.before else {}

    @cached_property
    def _fetcher(self) -> Fetcher:
        from index.sources.web.fetching import Fetcher, FetchLimits

        return Fetcher(allow_private=self.how.allow_private, limits=FetchLimits(max_bytes=self.how.max_bytes))


def _is_of(article_id: str, files: set[str]) -> bool:
    """Whether an article is one of these files, or of a file or folder (its id ends in "/") among them."""
    if article_id in files:
        return True
    parts = article_id.split("/")
    return any("/".join(parts[:n]) + "/" in files or "/".join(parts[:n]) in files for n in range(1, len(parts)))


def _check_loss(where: Path, articles_before: Mapping[str, Article], articles: Mapping[str, Article]) -> None:
    """Raises where more than half are gone; one whose text is still there was only renamed, or its file is many now."""
    texts = {article.text for article in articles.values()}
    files = {"/".join(parts[:n]) for parts in (i.split("/") for i in articles) for n in range(1, len(parts) + 1)}
    lost = sum(i not in files and article.text not in texts for i, article in articles_before.items())
    if lost * 2 > len(articles_before):
        raise SourcesError(
            f"{where}: lacks {lost} of its {len(articles_before)} articles; nothing was changed; "
            "if they are meant to go, run it again with --prune"
        )
