"""One source on the web, read: which of its pages are new, changed, the same or out of reach."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from pathlib import Path

from index.article import Article, Failure
from index.sources.folder import ArticleError, SourceError
from index.sources.web.addresses import FetchError, host_of, shown
from index.sources.web.discover import Discovery, Page, Progress, Wanted, is_fresh
from index.sources.web.fetching import Fetched, Fetcher
from index.sources.web.page import is_front_page, read_entry, read_webpage
from index.sources.web.responses import PAGES

__all__ = ["MAX_ARTICLES", "Page", "WebReading", "read_web_source"]

MAX_ARTICLES = 50  # of one feed or sitemap in one run


@dataclass(slots=True)
class WebReading:
    """What a source on the web holds; an article is in `articles`, or in `kept`, or (kept as it was) in `failed`."""

    articles: list[Article] = field(default_factory=list)  # new, or fetched anew; by id
    kept: list[str] = field(default_factory=list)  # ids of articles that stay as they are; sorted
    failed: list[Failure] = field(default_factory=list)  # by id, or by address where there was no article yet
    pages: dict[str, Page] = field(default_factory=dict)  # to be remembered in the place of `known`
    listed: set[str] = field(default_factory=set)  # ids that the source lists now; others may go with --prune
    replaced: set[str] = field(default_factory=set)  # ids whose page has another canonical address now: they go
    notes: list[str] = field(default_factory=list)  # what a person should know, a line each


def read_web_source(
    source: str | Path,
    known: Mapping[str, Page],
    fetcher: Fetcher,
    *,
    limit: int = MAX_ARTICLES,
    now: Callable[[], float] = time.time,
    progress: Progress | None = None,
) -> WebReading:
    """Return what a page, feed, sitemap or OPML list on the web holds, or an OPML list or feed in a file.

    Args:
        source: an address, or the path of a file.
        known: `pages` of the reading before, of articles that the index still holds; {} reads everything anew.
        fetcher: fetches; keeps pace and rules of the hosts, so one for all sources of a run.
        limit: pages asked for of one feed or sitemap, the newest; more that are known stay as they are.
        now: seconds since 1970.
        progress: called with (what is being done, done so far, in all).

    Raises:
        SourceError: the source itself cannot be read; nothing is known of what it lists.
    """
    tell = progress or (lambda *_: None)
    started = now()
    found = Discovery(known, fetcher, limit, started, tell)
    found.read(source)
    reader = _PageReader(known, fetcher, started)
    outcomes = [_Outcome(address, page) for address, page in found.stays.items()]
    in_turn = _by_turns(found.wanted.values())
    for done, wanted in enumerate(in_turn):
        tell(f"fetching {shown(wanted.address)}", done, len(in_turn))
        outcomes.append(reader.read(wanted))
    _check_source(outcomes)
    return _told(found, outcomes, known)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a page."""

    address: str
    page: Page  # to be remembered
    article: Article | None = None
    reason: str = ""  # of the failure, where there is no article; that of before stays as it was
    is_gone: bool = False

    @property
    def id(self) -> str:
        return self.page.article_id or self.address

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """Of those with one id the smallest speaks for the article, the same in every run."""
        return self.id == self.address and bool(self.reason), self.address != self.id, self.address


class _PageReader:
    """Reads pages, one after the other."""

    def __init__(self, known: Mapping[str, Page], fetcher: Fetcher, now: float) -> None:
        self._known = known
        self._fetcher = fetcher
        self._now = now

    def read(self, wanted: Wanted) -> _Outcome:
        """Asks for a page unless that was done just now; falls back to the entry's text."""
        address, entry = wanted.address, wanted.entry
        before = self._known.get(address)
        if before and (before.from_entry or not before.article_id):
            before = None  # its page was never read
        now = Page("", checked=self._now, entry_digest=entry.digest, listed_by=wanted.listed_by)
        if before and wanted.listed_by and before.entry_digest == entry.digest and is_fresh(before, self._now):
            return _Outcome(address, replace(before, listed_by=wanted.listed_by))
        try:
            fetched = wanted.fetched or self._fetch(wanted, before)
            if is_front_page(fetched.url) and not is_front_page(address):
                found = f"leads to the front page {shown(fetched.url)}"
                raise FetchError(address, f"{found}, a page of its own wanted; leave it out", 404)
            if before and fetched.unchanged:
                same = replace(now, url=before.url, article_id=before.article_id)
                return _Outcome(address, replace(same, etag=fetched.etag, modified=fetched.modified))
            article = read_webpage(fetched, entry)
        except (FetchError, ArticleError) as error:
            reason = error.reason if isinstance(error, FetchError) else str(error)
            if before:  # checked 0: it is tried again next time
                gone = isinstance(error, FetchError) and error.is_gone
                again = replace(before, checked=0.0, listed_by=wanted.listed_by)
                return _Outcome(address, again, reason=reason, is_gone=gone)
            return _fallen_back(wanted, reason)
        page = replace(now, url=fetched.url, article_id=article.id)
        return _Outcome(address, replace(page, etag=fetched.etag, modified=fetched.modified), article)

    def _fetch(self, wanted: Wanted, before: Page | None) -> Fetched:
        kinds = PAGES if wanted.listed_by else {**PAGES, "application/xml": ".html", "text/xml": ".html"}
        if before:
            fetched = self._fetcher.fetch(wanted.address, kinds, etag=before.etag, modified=before.modified)
            if not fetched.unchanged or fetched.url == before.url:
                return fetched
        # also where "unchanged" is told of another page than that of before
        return self._fetcher.fetch(wanted.address, kinds)


def _fallen_back(wanted: Wanted, reason: str) -> _Outcome:
    """Returns what a page that was never read leaves: the entry's text, or its failure."""
    page = Page(wanted.address, listed_by=wanted.listed_by, from_entry=True)
    try:
        article = read_entry(wanted.address, wanted.entry)
    except ArticleError:
        return _Outcome(wanted.address, page, reason=reason)
    return _Outcome(wanted.address, replace(page, article_id=article.id), article, reason)


def _by_turns(pages: Iterable[Wanted]) -> list[Wanted]:
    """Returns pages so that the hosts take turns: while one is given its pause another is asked."""
    of_host: dict[str, list[Wanted]] = defaultdict(list)
    for wanted in pages:
        of_host[host_of(wanted.address)].append(wanted)
    return [wanted for wanted in chain(*zip_longest(*of_host.values())) if wanted]


def _check_source(outcomes: list[_Outcome]) -> None:
    """Raises SourceError where the source is one page that never was read."""
    for outcome in outcomes:
        if outcome.page and not outcome.page.listed_by and outcome.reason and not outcome.page.article_id:
            raise SourceError(f"{shown(outcome.address)}: {outcome.reason}")


def _told(found: Discovery, outcomes: list[_Outcome], known: Mapping[str, Page]) -> WebReading:
    """Returns the outcomes sorted; of several pages that are one article only one speaks."""
    reading = WebReading(failed=found.failed, pages=dict(found.listings), notes=found.notes)
    of_article: dict[str, list[_Outcome]] = defaultdict(list)
    for outcome in outcomes:
        of_article[outcome.id].append(outcome)
        reading.pages[outcome.address] = outcome.page
    for article_id in sorted(of_article):
        outcome = min(of_article[article_id], key=lambda outcome: outcome.rank)
        if outcome.article:
            reading.articles.append(outcome.article)
        elif outcome.reason:
            reading.failed.append(Failure(article_id, outcome.reason))
        else:
            reading.kept.append(article_id)
        if outcome.page.article_id and not outcome.is_gone:
            reading.listed.add(article_id)
    had = {known[o.address].article_id for o in outcomes if o.article and o.address in known}
    reading.replaced = {article_id for article_id in had if article_id and article_id not in of_article}
    reading.failed.sort(key=lambda failure: failure.id)
    reading.notes += _fallback_notes(outcomes)
    return reading


def _fallback_notes(outcomes: list[_Outcome]) -> list[str]:
    """Returns a line for each feed whose own text stands in for pages."""
    of_feed: dict[str, list[_Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.article and outcome.reason:
            of_feed[outcome.page.listed_by].append(outcome)
    return [
        f"{feed}: {len(missed)} pages could not be read, the feed's own text is taken; "
        f"the first: {shown(missed[0].address)}: {missed[0].reason}"
        for feed, missed in of_feed.items()
    ]
