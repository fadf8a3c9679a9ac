"""Which pages a source on the web lists, and which of them stay as they were without being asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.article import Failure, Progress
from index.errors import why
from index.reading.exports.telegram import preview_address
from index.sources.folder import LARGEST_FILE, SourceError
from index.sources.web.addresses import AddressError, FetchError, normal_address, shown
from index.sources.web.feeds import FeedEntry, FeedError
from index.sources.web.fetching import Fetched, Fetcher
from index.sources.web.listings import Listing, ListingKind, read_listing
from index.sources.web.responses import LISTINGS, PAGES
from index.sources.web.seen import SeenPage

MAX_SITEMAPS = 20  # read of a sitemap index in one run


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page that is to be read."""

    address: str  # its key
    entry: FeedEntry
    listed_by: str = ""
    fetched: Fetched | None = None  # where it is the source, which was fetched to see what it is


@dataclass(slots=True)
class Discovery:
    """Finds what one source lists; pages and feeds are kept by their address in normal form, their key."""

    known: Mapping[str, SeenPage]
    fetcher: Fetcher
    limit: int  # pages of one feed or sitemap
    now: float  # seconds since 1970
    progress: Progress
    to_read: dict[str, ListedPage] = field(default_factory=dict)
    stays: dict[str, SeenPage] = field(default_factory=dict)  # not to be asked for
    listings: dict[str, SeenPage] = field(default_factory=dict)  # feeds to be remembered
    failed: list[Failure] = field(default_factory=list)  # entries, feeds and sitemaps that could not be read
    notes: list[str] = field(default_factory=list)  # what a person should know
    _listed_by: dict[str, list[tuple[str, SeenPage]]] = field(init=False)  # feed -> its pages with their keys

    def __post_init__(self) -> None:
        self._listed_by = defaultdict(list)
        for address, page in self.known.items():
            self._listed_by[page.listed_by].append((address, page))

    def read(self, source: str | Path) -> None:
        """Reads the source and what it lists, but not the pages; raises SourceError where it cannot be read."""
        try:
            if isinstance(source, Path):
                self._take(str(source), read_listing(str(source), _file_bytes(source), source.suffix.lower()))
            else:
                self._open(normal_address(preview_address(source)))
        except AddressError as error:
            raise SourceError(str(error)) from error

    def _open(self, key: str) -> None:
        known = self.known.get(key)
        if known and known.article_id:
            self.to_read[key] = ListedPage(key, FeedEntry(key))
            return
        self.progress(f"reading {shown(key)}", 0, 1)
        fetched, listing = self._fetch_listing(key)
        if listing.kind is ListingKind.PAGE and known:  # "we are back soon" is no article
            raise FeedError(key, "a page, the feed that it was before wanted; run it again later or forget it")
        if listing.kind is ListingKind.PAGE:
            page = replace(fetched, suffix=".html") if fetched.suffix == ".xml" else fetched
            self.to_read[key] = ListedPage(key, FeedEntry(key), fetched=page)
        elif listing.kind is ListingKind.CHANNEL:
            self._take_posts(key, listing)
        else:
            self._take(key, listing)

    def _take(self, key: str, listing: Listing) -> None:
        """Notes the pages that a listing, or what it lists, names."""
        if listing.kind is ListingKind.OPML:
            self._take_feeds(key, listing.lists)
        elif listing.kind is ListingKind.SITEMAP_INDEX:
            self._take_sitemaps(key, listing.lists)
        elif listing.kind is ListingKind.PAGE:
            raise FeedError(key, "a page in a file, an OPML list or a feed wanted; name its folder")
        else:
            self._take_entries(key, listing.entries)

    def _fetch_listing(self, key: str, *, remember: bool = True) -> tuple[Fetched, Listing]:
        """Fetches a listing; one that is as it was has no entries, its pages are taken over."""
        page = self.known.get(key) if remember and self._is_quiet(key) else None
        etag, modified = (page.etag, page.modified) if page else ("", "")
        fetched = self.fetcher.fetch(key, {**PAGES, **LISTINGS}, etag=etag, modified=modified)
        if fetched.unchanged and page:
            self.listings[key] = replace(page, checked=self.now)
            self._take_over(key)
            return fetched, Listing(ListingKind.FEED)
        listing = read_listing(fetched.url, fetched.data, fetched.suffix)
        if remember and listing.kind is not ListingKind.PAGE:
            # what lists feeds is always read: whether one of those changed it cannot tell
            validators = (fetched.etag, fetched.modified) if not listing.lists else ("", "")
            self.listings[key] = SeenPage(fetched.url, *validators, checked=self.now)
        return fetched, listing

    def _is_quiet(self, key: str) -> bool:
        """Whether none of a feed's pages is to be asked, so that nothing is missed where the feed is as it was."""
        pages = [page for _, page in self._listed_by[key]]
        return bool(pages) and all(p.article_id and not p.from_entry and p.is_fresh(self.now) for p in pages)

    def _take_over(self, key: str) -> None:
        """Keeps what a feed listed before, as it was."""
        for address, page in self._listed_by[key]:
            if page.article_id and address not in self.to_read:
                self.stays.setdefault(address, page)

    def _take_entries(self, key: str, entries: Iterable[FeedEntry]) -> None:
        taken = 0
        for entry in entries:
            try:
                address = normal_address(entry.url)
            except FetchError as error:
                if taken < self.limit:
                    self.failed.append(Failure(shown(entry.url) or f"{key}#{entry.title}", error.reason))
                    taken += 1
                continue
            page = self.known.get(address)
            if address in self.to_read or address in self.stays:
                continue
            if taken < self.limit:
                self.to_read[address] = ListedPage(address, entry, key)
                taken += 1
            elif page and page.article_id:
                self.stays[address] = replace(page, listed_by=key)

    def _take_posts(self, key: str, page: Listing) -> None:
        """Notes the posts of a channel, back to one that is known; what was before it stays as it is."""
        posts = {post.url: post for post in page.entries}
        while page.earlier and len(posts) < self.limit and not any(post.url in self.known for post in page.entries):
            self.progress(f"reading {shown(page.earlier)}", len(posts), self.limit)
            try:
                fetched = self.fetcher.fetch(page.earlier, PAGES)
                page = read_listing(fetched.url, fetched.data, fetched.suffix)
            except AddressError as error:
                self.failed.append(Failure(shown(page.earlier), error.reason))
                break
            if page.kind is not ListingKind.CHANNEL or all(post.url in posts for post in page.entries):
                break
            posts |= {post.url: post for post in page.entries}
        self._take_entries(key, posts.values())
        oldest = min(map(_number, self.to_read), default=0)
        for address, known in self._listed_by[key]:
            if known.article_id and _number(address) < oldest:
                self.stays.setdefault(address, known)

    def _take_feeds(self, key: str, feeds: list[str]) -> None:
        failed = 0
        for done, written in enumerate(feeds):
            self.progress(f"reading {shown(written)}", done, len(feeds))
            address = written
            try:
                address = normal_address(written)
                _, listing = self._fetch_listing(address)
                if listing.kind not in (ListingKind.FEED, ListingKind.SITEMAP):
                    raise FetchError(address, f"a {listing.kind} within an OPML list, a feed wanted; leave it out")
                self._take_entries(address, listing.entries)
            except AddressError as error:
                failed += 1
                self.failed.append(Failure(shown(address), error.reason))
                self._take_over(address)
        if failed == len(feeds):
            raise self._no_listing(key, f"{failed} feeds of which none could be read")

    def _take_sitemaps(self, key: str, sitemaps: list[str]) -> None:
        """Reads the sitemaps of an index and of those within it, each once; the newest pages of all are taken."""
        entries: list[FeedEntry] = []
        pending, seen = list(sitemaps), {key}
        while pending and len(seen) <= MAX_SITEMAPS:
            address = pending.pop(0)
            try:
                address = normal_address(address)
                if address in seen:
                    continue
                seen.add(address)
                self.progress(f"reading {shown(address)}", len(seen) - 1, len(seen) - 1 + len(pending))
                _, listing = self._fetch_listing(address, remember=False)
            except AddressError as error:
                self.failed.append(Failure(shown(address), error.reason))
                continue
            pending += listing.lists
            entries += listing.entries
        if not entries:
            raise self._no_listing(key, "sitemaps without a page that could be read")
        if pending:
            self.notes.append(f"{key}: {len(pending)} sitemaps were not read, at most {MAX_SITEMAPS} are a run")
        self._take_entries(key, sorted(entries, key=lambda entry: -entry.moment))
        if pending or self.failed:
            self._take_over(key)  # what the others list is not known

    def _no_listing(self, key: str, found: str) -> FeedError:
        """Returns the error of a listing of which nothing could be read, with the first reason."""
        first = "".join(f"; the first: {failure.id}: {failure.reason}" for failure in self.failed[:1])
        return FeedError(key, f"{found}, one wanted{first}")


def _number(address: str) -> int:
    """Returns the number of a post of a channel."""
    number = address.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def _file_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise FeedError(str(path), f"{path.stat().st_size:,} bytes, at most {LARGEST_FILE:,} wanted; split it")
        return path.read_bytes()
    except OSError as error:
        raise FeedError(str(path), f"{why(error).lower()}, an OPML list or a feed wanted; check the path") from error
