"""One source on the web, read: which of its pages are new, changed, the same or out of reach."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from pathlib import Path

from index.article import Article, Failure, Progress, no_progress
from index.reading.content import ArticleError, Content
from index.sources.folder import SourceError, article_of
from index.sources.web.addresses import FetchError, host_of, shown
from index.sources.web.discover import Discovery, ListedPage
from index.sources.web.fetching import Fetched, Fetcher
from index.sources.web.page import is_front_page, read_entry, read_webpage
from index.sources.web.responses import PAGES
from index.sources.web.seen import SeenPage

MAX_ARTICLES = 50  # of one feed or sitemap in one run


@dataclass(slots=True)
class WebReading:
    """What a source on the web holds; an article is in `articles`, or in `kept`, or (kept as it was) in `failed`."""

    articles: list[Article] = field(default_factory=list)  # new, or fetched anew; by id
    kept: list[str] = field(default_factory=list)  # ids of articles that stay as they are; sorted
    failed: list[Failure] = field(default_factory=list)  # by id, or by address where there was no article yet
    pages: dict[str, SeenPage] = field(default_factory=dict)  # to be remembered in the place of `known`
    listed: set[str] = field(default_factory=set)  # ids that the source lists now; others may go with --prune
    replaced: set[str] = field(default_factory=set)  # ids whose page has another canonical address now: they go
    notes: list[str] = field(default_factory=list)  # what a person should know, a line each


def read_web_source(
    source: str | Path,
    known: Mapping[str, SeenPage],
    fetcher: Fetcher,
    *,
    limit: int = MAX_ARTICLES,
    now: Callable[[], float] = time.time,
    progress: Progress = no_progress,
) -> WebReading:
    """Returns what a page, feed, sitemap or OPML list on the web holds, or an OPML list or feed in a file.

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
    started = now()
    discovery = Discovery(known, fetcher, limit, started, progress)
    discovery.read(source)
    outcomes = [_Outcome(address, page) for address, page in discovery.stays.items()]
    in_turn = _by_turns(discovery.to_read.values())
    for done, listed in enumerate(in_turn):
        progress(f"fetching {shown(listed.address)}", done, len(in_turn))
        outcomes.append(_read_page(listed, known.get(listed.address), fetcher, started))
    for outcome in outcomes:
        if not outcome.page.listed_by and outcome.reason and not outcome.page.article_id:  # the source is this page
            raise SourceError(f"{shown(outcome.address)}: {outcome.reason}")
    return _reading_of(discovery, outcomes, known)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a page."""

    address: str
    page: SeenPage  # to be remembered
    article: Article | None = None
    reason: str = ""  # of the failure, where there is no article; that of before stays as it was
    is_gone: bool = False

    @property
    def id(self) -> str:
        return self.page.article_id or self.address

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """What outcomes of one article are ordered by: the smallest tells what became of it, the same in every run."""
        return self.id == self.address and bool(self.reason), self.address != self.id, self.address


def _read_page(listed: ListedPage, before: SeenPage | None, fetcher: Fetcher, now: float) -> _Outcome:
    """Asks for a page unless that was done just now; falls back to the entry's text."""
    address, entry = listed.address, listed.entry
    if entry.post:
        return _read_post(listed, entry.post, before, now)
    if before and (before.from_entry or not before.article_id):
        before = None  # its page was never read
    if before and listed.listed_by and before.entry_digest == entry.digest and before.is_fresh(now):
        return _Outcome(address, replace(before, listed_by=listed.listed_by))
    try:
        fetched = listed.fetched or _fetch(listed, before, fetcher)
        if is_front_page(fetched.url) and not is_front_page(address):
            found = f"leads to the front page {shown(fetched.url)}"
            raise FetchError(address, f"{found}, a page of its own wanted; leave it out", 404)
        page = SeenPage(
            fetched.url, fetched.etag, fetched.modified, checked=now, entry_digest=entry.digest,
            listed_by=listed.listed_by,
        )  # fmt: skip
        if before and fetched.unchanged:
            return _Outcome(address, replace(page, url=before.url, article_id=before.article_id))
        article = read_webpage(fetched, entry)
    except (FetchError, ArticleError) as error:
        reason = error.reason if isinstance(error, FetchError) else str(error)
        if not before:
            return _fallen_back(listed, reason)
        page = replace(before, checked=0.0, listed_by=listed.listed_by)  # it is tried again next time
        return _Outcome(address, page, reason=reason, is_gone=isinstance(error, FetchError) and error.is_gone)
    return _Outcome(address, replace(page, article_id=article.id), article)


def _read_post(listed: ListedPage, post: Content, before: SeenPage | None, now: float) -> _Outcome:
    """Returns what became of an entry that is the article itself."""
    address, digest = listed.address, listed.entry.digest
    page = SeenPage(address, article_id=address, checked=now, entry_digest=digest, listed_by=listed.listed_by)
    if before and before.article_id and before.entry_digest == digest:
        return _Outcome(address, page)
    try:
        return _Outcome(address, page, article_of(address, post))
    except ArticleError as error:
        return _Outcome(address, replace(page, article_id=before.article_id if before else ""), reason=str(error))


def _fetch(listed: ListedPage, before: SeenPage | None, fetcher: Fetcher) -> Fetched:
    kinds = PAGES if listed.listed_by else {**PAGES, "application/xml": ".html", "text/xml": ".html"}
    if before:
        fetched = fetcher.fetch(listed.address, kinds, etag=before.etag, modified=before.modified)
        if not fetched.unchanged or fetched.url == before.url:
            return fetched
    # also where "unchanged" is told of another page than that of before
    return fetcher.fetch(listed.address, kinds)


def _fallen_back(listed: ListedPage, reason: str) -> _Outcome:
    """Returns what a page that was never read leaves: the entry's text, or its failure."""
    page = SeenPage(listed.address, listed_by=listed.listed_by, from_entry=True)
    try:
        article = read_entry(listed.address, listed.entry)
    except ArticleError:
        return _Outcome(listed.address, page, reason=reason)
    return _Outcome(listed.address, replace(page, article_id=article.id), article, reason)


def _by_turns(pages: Iterable[ListedPage]) -> list[ListedPage]:
    """Returns pages so that the hosts take turns: while one is given its pause another is asked."""
    of_host: dict[str, list[ListedPage]] = defaultdict(list)
    for listed in pages:
        of_host[host_of(listed.address)].append(listed)
    return [listed for listed in chain(*zip_longest(*of_host.values())) if listed]


def _reading_of(discovery: Discovery, outcomes: list[_Outcome], known: Mapping[str, SeenPage]) -> WebReading:
    """Returns the outcomes sorted; of several pages that are one article only one speaks."""
    reading = WebReading(failed=discovery.failed, pages=dict(discovery.listings), notes=discovery.notes)
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
    before = {known[o.address].article_id for o in outcomes if o.article and o.address in known}
    reading.replaced = before - of_article.keys() - {""}
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
