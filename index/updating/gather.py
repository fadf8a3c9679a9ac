"""What the sources hold now that are read, beside what the generation before holds: what came, and what they lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.article import Article, KnownFile
from index.sources.folder import LARGEST_FILE, SourceError, SourceReading, read_source
from index.sources.names import SourcesError, Where, is_on_the_web
from index.store.articles import Articles, text_digest
from index.updating.run import Run
from index.updating.spool import Spool

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
    """What the index shall hold of the sources that were read; of the others it keeps what it has."""

    sources: Mapping[str, Where]  # name -> folder, file or address; all that are remembered
    articles: Spool  # what was read; perhaps as it was before
    read: set[str] = field(default_factory=set)  # names of those that were read
    owners: dict[str, str] = field(default_factory=dict)  # id -> source name, of all articles of what was read
    lost: set[str] = field(default_factory=set)  # ids of what a source had before and has no more
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> (source name, reason)
    files: dict[str, tuple[str, KnownFile]] = field(default_factory=dict)  # id -> (source name, file), if not as before
    lost_files: set[str] = field(default_factory=set)  # ids of files that are other ones now, or gone
    pages: dict[str, dict[str, SeenPage]] = field(default_factory=dict)  # source name -> address -> page
    notes: list[str] = field(default_factory=list)

    def take_over(self, stored: Articles) -> None:
        """Counts all that a generation holds as read just now."""
        for origin in self.sources:
            self.articles.add(stored.articles(origin))
            self.add(origin, stored.ids(origin))
            self.add_failed(origin, stored.failed(origin))
            self.files.update((i, (origin, known)) for i, known in stored.files(origin).items())

    def add(self, origin: str, article_ids: Iterable[str]) -> None:
        """Adds what a source holds; one of two sources counts for the first by name, whichever is read first.

        Args:
            origin: name of the source.
            article_ids: those that were read now, which are in `articles`, and those that it holds as they were.
        """
        self.read.add(origin)
        for article_id in article_ids:
            self.owners[article_id] = min(origin, self.owners.get(article_id, origin))

    def add_failed(self, origin: str, reasons: Mapping[str, str]) -> None:
        """Adds what could not be read: id -> reason."""
        self.failed.update((i, (origin, reason)) for i, reason in reasons.items())


class Held(Mapping[str, Article]):
    """The articles of a generation by id, each read when it is asked for."""

    def __init__(self, stored: Articles | None) -> None:
        self._stored = stored

    def __getitem__(self, article_id: str) -> Article:
        article = self._stored.article(article_id) if self._stored else None
        if article is None:
            raise KeyError(article_id)
        return article

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored.ids() if self._stored else ())

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass
class Gatherer:
    """Reads the sources of a run; close it."""

    run: Run
    gathered: Gathered
    how: Reading = field(default_factory=Reading)
    prune: bool = False  # what a source lacks goes, however much it is, and what a feed no longer lists

    def keep(self, origin: str) -> None:
        """Takes a source over as it was."""
        if self.run.before:
            self.gathered.add_failed(origin, self.run.before.failed(origin))

    def forget(self) -> None:
        """Drops what the generation before holds of sources that are no longer remembered."""
        before = self.run.before
        for (origin,) in before.counted("origin") if before else ():
            if before and origin not in self.gathered.sources:
                self.gathered.lost.update(before.ids(origin))
                self.gathered.lost_files.update(before.files(origin))

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

    def claimed(self, article_ids: set[str]) -> dict[str, str]:
        """Returns the names of sources that are kept and had these articles too, by the id of the article."""
        claims: dict[str, str] = {}
        for origin in sorted(self.gathered.sources.keys() - self.gathered.read, reverse=True):
            if article_ids and is_on_the_web(self.gathered.sources[origin]):
                pages = self.run.pages.known(origin, self._held).values()
                claims.update((page.article_id, origin) for page in pages if page.article_id in article_ids)
        return claims

    def close(self) -> None:
        """Closes connections, and lets go what was read."""
        self.gathered.articles.close()
        if "_fetcher" in self.__dict__:
            self._fetcher.close()

    def _read_files(self, origin: str, where: Path, *, may_be_gone: bool) -> None:
        before = self._before(origin)
        files_before = self.run.before.files(origin) if self.run.before else {}
        known = files_before if self.run.readable else {}
        gathered, read = self.gathered, dict[str, str]()  # id -> digest of the text

        def take(articles: Sequence[Article]) -> None:
            gathered.articles.add(articles)
            read.update((article.id, text_digest(article.text)) for article in articles)

        try:
            progress = partial(self.run.progress, f"reading {origin}")
            reading = read_source(
                where, origin, max_bytes=self.how.max_bytes, known=known, take=take, progress=progress
            )
        except SourceError:
            if not may_be_gone:
                raise
            reading = SourceReading()
        failed = {failure.id: failure.reason for failure in reading.failed}
        stay = reading.unchanged | failed.keys()
        kept = [i for i in before if i not in read and _is_of(i, stay)]
        lost = set(before).difference(kept, read)
        if not may_be_gone and len(lost) * 2 > len(before):
            self._check_loss(where, lost, before, read)
        gathered.add(origin, [*read, *kept])
        gathered.lost |= lost
        gathered.add_failed(origin, failed)
        # what was not read again is the same object: comparing what is in 20,000 takes a while
        gathered.files |= {i: (origin, file) for i, file in reading.files.items() if files_before.get(i) is not file}
        gathered.lost_files |= {i for i, file in files_before.items() if reading.files.get(i) is not file}
        if reading.others:
            kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in reading.others.most_common(MOST_KINDS))
            gathered.notes.append(
                f"{origin}: passed over {kinds}: kinds of file that are not read; "
                "to have them read, save them as .docx, .pdf or .txt"
            )

    def _read_web(self, origin: str, where: Where) -> None:
        """Reads a feed, a page or a list on the web; what a feed forgets stays, unless it is to be pruned."""
        from index.sources.web.source import read_web_source

        known = self.run.pages.known(origin, self._held) if self.run.readable else {}
        reading = read_web_source(where, known, self._fetcher, limit=self.how.most_of_feed, progress=self.run.progress)
        failed = {failure.id: failure.reason for failure in reading.failed}
        before = self._before(origin)
        stay = {*reading.kept, *(failed.keys() & reading.listed if self.prune else failed)}
        if not self.prune:
            stay |= set(before) - reading.replaced - reading.listed
        articles = {article.id: article for article in reading.articles}
        # also what another source had: it is read, for it may be of this one from now on
        others = stay - set(before) - articles.keys()
        articles |= {i: self._held[i] for i in others if i in self._held}
        kept = [i for i in before if i in stay and i not in articles]
        self.gathered.articles.add(articles.values())
        self.gathered.add(origin, [*articles, *kept])
        self.gathered.lost |= set(before).difference(kept, articles)
        self.gathered.add_failed(origin, failed)
        self.gathered.pages[origin] = reading.pages
        self.gathered.notes += reading.notes

    def _before(self, origin: str) -> list[str]:
        """Returns the ids of what the generation before holds of a source."""
        return self.run.before.ids(origin) if self.run.before else []

    def _check_loss(self, where: Path, lost: set[str], before: Collection[str], read: Mapping[str, str]) -> None:
        """Raises where more than half are gone; one was only renamed whose text is there, or whose file is many now."""
        digests = self.run.before.digests(before) if self.run.before else {}
        there = set(read.values())
        there |= {digest for i, digest in digests.items() if i not in lost and i not in read}
        files = {i.rsplit("/", n)[0] for i in read for n in range(i.count("/"))}
        missing = sum(i not in files and digests[i] not in there for i in lost)
        if missing * 2 > len(before):
            raise SourcesError(
                f"{where}: lacks {missing} of its {len(before)} articles; nothing was changed; "
                "if they are meant to go, run it again with --prune"
            )

    @cached_property
    def _held(self) -> Held:
        return Held(self.run.before)

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
