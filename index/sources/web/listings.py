"""What an address or a file is (page, feed, sitemap, OPML list) and what it lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urljoin

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, decode
from index.reading.exports.telegram import read_preview
from index.reading.html import parse_html
from index.sources.folder import LARGEST_FILE
from index.sources.web.addresses import FetchError
from index.sources.web.feeds import (
    FeedEntry,
    FeedError,
    newest_first,
    read_feed,
    read_json_feed,
    read_moment,
    read_xml,
)
from index.sources.web.responses import gunzip, head_of, sniffed_suffix


class ListingKind(StrEnum):
    """What an address holds."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap index"
    OPML = "OPML list"
    CHANNEL = "Telegram channel"


@dataclass(frozen=True, slots=True)
class Listing:
    """What an address holds and lists."""

    kind: ListingKind
    entries: list[FeedEntry] = field(default_factory=list)  # pages, newest first; of a feed or sitemap
    lists: list[str] = field(default_factory=list)  # absolute addresses: of feeds (OPML), of sitemaps (index), in order
    earlier: str = ""  # address of the page before this one, of a channel


_ROOTS = {
    "rss": ListingKind.FEED,
    "feed": ListingKind.FEED,
    "RDF": ListingKind.FEED,
    "urlset": ListingKind.SITEMAP,
    "sitemapindex": ListingKind.SITEMAP_INDEX,
    "opml": ListingKind.OPML,
    "html": ListingKind.PAGE,
}
_CHANNEL_MARK = re.compile(rb'class="tgme_(?:header|main|channel_info|page)')  # of Telegram's pages, not of its widgets
_MARKS = (b"<rss", b"<feed", b"<rdf:rdf", b"<urlset", b"<sitemapindex", b"<opml")


def read_listing(address: str, data: bytes, suffix: str) -> Listing:
    """Returns what these bytes are and list; by what they begin with, as servers often name the wrong type.

    Args:
        address: where they came from; relative links are seen from there.
        data: the bytes; .gz is inflated.
        suffix: ".html", ".xml", … as the server named the type.

    Raises:
        FeedError: XML or JSON that is none of these.
    """
    if sniffed_suffix(data) == ".gz":
        try:
            data = gunzip(address, data, LARGEST_FILE)
        except FetchError as error:
            raise FeedError(address, error.reason) from error
    if suffix == ".json" or head_of(data).startswith(b"{"):
        return Listing(ListingKind.FEED, read_json_feed(address, data))
    shown_suffix = sniffed_suffix(data)
    if suffix == ".pdf" or shown_suffix == ".html" or (suffix in (".html", ".txt", ".md") and not _lists(data)):
        return _channel(address, data) if _CHANNEL_MARK.search(data) else Listing(ListingKind.PAGE)
    root = read_xml(address, data)
    kind = _ROOTS.get(_name(root))
    if kind is None:
        found = f"XML of kind <{_name(root)[:40]}>"
        raise FeedError(address, f"{found}, a page, feed, sitemap or OPML list wanted; check the address")
    return _read(kind, root, address)


def _channel(address: str, data: bytes) -> Listing:
    """Returns the posts of a page of a channel's public preview, newest first."""
    try:
        page = read_preview(parse_html(decode(data, is_html=True)))
    except (ArticleError, MemoryError):
        return Listing(ListingKind.PAGE)
    if page is None:
        found = "a page of Telegram without posts"
        raise FeedError(address, f"{found}, a public channel with a preview wanted; export it from the desktop program")
    entries = [FeedEntry(post.url, published=post.published, post=post) for _, post in reversed(page.posts)]
    return Listing(ListingKind.CHANNEL, entries, earlier=urljoin(address, page.before) if page.before else "")


def _read(kind: ListingKind, root: Any, address: str) -> Listing:  # noqa: ANN401  lxml publishes no types
    if kind is ListingKind.FEED:
        return Listing(kind, read_feed(root, address))
    if kind is ListingKind.SITEMAP:
        return Listing(kind, newest_first(_sitemap_entry(url) for url in _children(root, "url")))
    if kind is ListingKind.SITEMAP_INDEX:
        sitemaps = newest_first(_sitemap_entry(url) for url in _children(root, "sitemap"))
        return Listing(kind, lists=[entry.url for entry in sitemaps if entry.url])
    if kind is ListingKind.OPML:
        outlines = (element for element in root.iter(etree.Element) if _name(element) == "outline")
        feeds = ((outline.get("xmlUrl") or outline.get("xmlurl") or "").strip() for outline in outlines)
        return Listing(kind, lists=list(dict.fromkeys(filter(None, feeds))))
    return Listing(kind)


def _lists(data: bytes) -> bool:
    """Whether bytes that are called a page are a feed or the like all the same."""
    head = head_of(data)
    return head.startswith(_MARKS) or (head.startswith(b"<?xml") and any(mark in head for mark in _MARKS))


def _sitemap_entry(url: Any) -> FeedEntry:  # noqa: ANN401  as above
    """Returns what a sitemap says of one address; `lastmod` orders, but only news sitemaps tell days of publication."""
    texts = {_name(element): (element.text or "").strip() for element in url.iter(etree.Element)}
    published, moment = read_moment(texts.get("publication_date", ""))
    _, modified = read_moment(texts.get("lastmod", ""))
    address = next(((loc.text or "").strip() for loc in _children(url, "loc")), "")
    title = " ".join(texts.get("title", "").split()) if published else ""
    return FeedEntry(address, title, published, moment=max(moment, modified))


def _children(root: Any, name: str) -> Iterator[Any]:  # noqa: ANN401  as above
    return (child for child in root if _name(child) == name)


def _name(element: Any) -> str:  # noqa: ANN401  as above
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
