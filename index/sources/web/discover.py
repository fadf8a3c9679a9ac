"""Which pages a source on the web lists, and which of them stay as they were without being asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from index.article import Failure
from index.sources.folder import MAX_BYTES, SourceError
from index.sources.web.addresses import FetchError, normal_address, shown
from index.sources.web.feeds import Entry, FeedError
from index.sources.web.fetching import Fetched, Fetcher
from index.sources.web.listings import Kind, Listing, read_listing
from index.sources.web.responses import LISTINGS, PAGES

MAX_SITEMAPS = 20  # read of a sitemap index in one run
FRESH_S = 3600.0  # a page whose entry says the same is not asked again so soon

Progress: TypeAlias = Callable[[str, int, int], None]  # what is being done, done so far, in all


@dataclass(frozen=True, slots=True)
class Page:
    """What is remembered of an address that was fetched; a feed of its own has no `article_id`."""

    url: str  # where the answer came from, after redirects
    etag: str = ""
    modified: str = ""
    article_id: str = ""
    checked: float = 0.0  # seconds since 1970 of the last answer; 0: to be asked anew
    entry_digest: str = ""  # of what the feed said of it
    listed_by: str = ""  # the feed, under its key here; "" for a source itself
    from_entry: bool = False  # the article is the entry's own text, because the page could not be read


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to be read."""

    address: str  # its key
    entry: Entry
    listed_by: str = ""
    fetched: Fetched | None = None  # where it is the source, which was fetched to see what it is


class Discovery:
    """Finds what one source lists.

    Attributes:
        wanted: pages to be read, by their key.
        stays: pages that are not to be asked for, by their key.
        listings: feeds to be remembered, by their key.
        failed: entries, feeds and sitemaps that could not be read.
        notes: what a person should know.
    """

    def __init__(self, known: Mapping[str, Page], fetcher: Fetcher, limit: int, now: float, progress: Progress) -> None:
        self.wanted: dict[str, Wanted] = {}
        self.stays: dict[str, Page] = {}
        self.listings: dict[str, Page] = {}
        self.failed: list[Failure] = []
        self.notes: list[str] = []
        self._known = known
        self._listed_by: dict[str, list[tuple[str, Page]]] = defaultdict(list)  # feed -> its pages and their keys
        for address, page in known.items():
            self._listed_by[page.listed_by].append((address, page))
        self._fetcher = fetcher
        self._limit = limit
        self._now = now
        self._progress = progress

    def read(self, source: str | Path) -> None:
        """Reads the source and what it lists, but not the pages; raises SourceError where it cannot be read."""
        try:
            if isinstance(source, Path):
                self._take(str(source), read_listing(str(source), _file_bytes(source), source.suffix.lower()))
            else:
                self._open(normal_address(source))
        except (FetchError, FeedError) as error:
            raise SourceError(str(error)) from error

    def _open(self, key: str) -> None:
        known = self._known.get(key)
        if known and known.article_id:
            self.wanted[key] = Wanted(key, Entry(key))
            return
        self._progress(f"reading {shown(key)}", 0, 1)
        fetched, listing = self._fetch_listing(key)
        if listing.kind is Kind.PAGE and known:  # "we are back soon" is no article
            raise FeedError(key, "a page, the feed that it was before wanted; run it again later or forget it")
        if listing.kind is Kind.PAGE:
            page = replace(fetched, suffix=".html") if fetched.suffix == ".xml" else fetched
            self.wanted[key] = Wanted(key, Entry(key), fetched=page)
        else:
            self._take(key, listing)

    def _take(self, key: str, listing: Listing) -> None:
        """Notes the pages that a listing, or what it lists, names."""
        if listing.kind is Kind.OPML:
            self._take_feeds(key, listing.lists)
        elif listing.kind is Kind.SITEMAP_INDEX:
            self._take_sitemaps(key, listing.lists)
        elif listing.kind is Kind.PAGE:
            raise FeedError(key, "a page in a file, an OPML list or a feed wanted; name its folder")
        else:
            self._take_entries(key, listing.entries)

    def _fetch_listing(self, key: str, *, remember: bool = True) -> tuple[Fetched, Listing]:
        """Fetches a listing; one that is as it was has no entries, its pages are taken over."""
        page = self._known.get(key) if remember and self._is_quiet(key) else None
        etag, modified = (page.etag, page.modified) if page else ("", "")
        fetched = self._fetcher.fetch(key, {**PAGES, **LISTINGS}, etag=etag, modified=modified)
        if fetched.unchanged and page:
            self.listings[key] = replace(page, checked=self._now)
            self._take_over(key)
            return fetched, Listing(Kind.FEED)
        listing = read_listing(fetched.url, fetched.data, fetched.suffix)
        if remember and listing.kind is not Kind.PAGE:
            # what lists feeds is always read: whether one of those changed it cannot tell
            validators = (fetched.etag, fetched.modified) if not listing.lists else ("", "")
            self.listings[key] = Page(fetched.url, *validators, checked=self._now)
        return fetched, listing

    def _is_quiet(self, key: str) -> bool:
        """Whether none of a feed's pages is to be asked, so that nothing is missed where the feed is as it was."""
        pages = self._listed_by[key]
        return bool(pages) and all(
            page.article_id and not page.from_entry and is_fresh(page, self._now) for _, page in pages
        )

    def _take_over(self, key: str) -> None:
        """Keeps what a feed listed before, as it was."""
        for address, page in self._listed_by[key]:
            if page.article_id and address not in self.wanted:
                self.stays.setdefault(address, page)

    def _take_entries(self, key: str, entries: Iterable[Entry]) -> None:
        taken = 0
        for entry in entries:
            try:
                address = normal_address(entry.url)
            except FetchError as error:
                if taken < self._limit:
                    self._fail(shown(entry.url) or f"{key}#{entry.title}", error.reason)
                    taken += 1
                continue
            page = self._known.get(address)
            if address in self.wanted or address in self.stays:
                continue
            if taken < self._limit:
                self.wanted[address] = Wanted(address, entry, key)
                taken += 1
            elif page and page.article_id:
                self.stays[address] = replace(page, listed_by=key)

    def _take_feeds(self, key: str, feeds: list[str]) -> None:
        failed = 0
        for done, written in enumerate(feeds):
            self._progress(f"reading {shown(written)}", done, len(feeds))
            address = written
            try:
                address = normal_address(written)
                _, listing = self._fetch_listing(address)
                if listing.kind not in (Kind.FEED, Kind.SITEMAP):
                    raise FetchError(address, f"a {listing.kind} within an OPML list, a feed wanted; leave it out")
                self._take_entries(address, listing.entries)
            except (FetchError, FeedError) as error:
                failed += 1
                self._fail(shown(address), error.reason)
                self._take_over(address)
        if failed == len(feeds):
            first = "".join(f"; the first: {f.id}: {f.reason}" for f in self.failed[:1])
            raise FeedError(key, f"{failed} feeds of which none could be read, one wanted{first}")

    def _take_sitemaps(self, key: str, sitemaps: list[str]) -> None:
        """Reads the sitemaps of an index and of those within it, each once; the newest pages of all are taken."""
        entries: list[Entry] = []
        pending, seen = list(sitemaps), {key}
        while pending and len(seen) <= MAX_SITEMAPS:
            address = pending.pop(0)
            try:
                address = normal_address(address)
                if address in seen:
                    continue
                seen.add(address)
                self._progress(f"reading {shown(address)}", len(seen) - 1, len(seen) - 1 + len(pending))
                _, listing = self._fetch_listing(address, remember=False)
            except (FetchError, FeedError) as error:
                self._fail(shown(address), error.reason)
                continue
            pending += listing.lists
            entries += listing.entries
        if not entries:
            first = "".join(f"; the first: {f.id}: {f.reason}" for f in self.failed[:1])
            raise FeedError(key, f"sitemaps without a page that could be read, one wanted{first}")
        if pending:
            self.notes.append(f"{key}: {len(pending)} sitemaps were not read, at most {MAX_SITEMAPS} are a run")
        self._take_entries(key, sorted(entries, key=lambda entry: -entry.moment))
        if pending or self.failed:
            self._take_over(key)  # what the others list is not known

    def _fail(self, failed_id: str, reason: str) -> None:
        self.failed.append(Failure(failed_id, reason))


def is_fresh(page: Page, now: float) -> bool:
    """Whether a page was asked for within the last hour."""
    return 0 <= now - page.checked < FRESH_S


def _file_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FeedError(str(path), f"{path.stat().st_size:,} bytes, at most {MAX_BYTES:,} wanted; split it")
        return path.read_bytes()
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise FeedError(str(path), f"{why}, an OPML list or a feed wanted; check the path") from error
