"""What an address or a file is (page, feed, sitemap, OPML list) and what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.sources.folder import MAX_BYTES
from index.sources.web.addresses import FetchError
from index.sources.web.feeds import Entry, FeedError, newest_first, parse_xml, read_feed, read_json_feed, read_moment
from index.sources.web.responses import gunzip

_HTML = (b"<!doctype html", b"<html")


class Kind(StrEnum):
    """What an address holds."""

    PAGE = "page"
    FEED = "feed"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemap index"
    OPML = "OPML list"


@dataclass(frozen=True, slots=True)
class Listing:
    """What an address holds and lists."""

    kind: Kind
    entries: list[Entry] = field(default_factory=list)  # pages, newest first; of a feed or sitemap
    lists: list[str] = field(default_factory=list)  # absolute addresses: of feeds (OPML), of sitemaps (index), in order


_ROOTS = {
    "rss": Kind.FEED,
    "feed": Kind.FEED,
    "RDF": Kind.FEED,
    "urlset": Kind.SITEMAP,
    "sitemapindex": Kind.SITEMAP_INDEX,
    "opml": Kind.OPML,
    "html": Kind.PAGE,
}


def read_listing(address: str, data: bytes, suffix: str) -> Listing:
    """Return what these bytes are and list; by what they begin with, as servers often name the wrong type.

    Args:
        address: where they came from; relative links are seen from there.
        data: the bytes; .gz is inflated.
        suffix: ".html", ".xml", … as the server named the type.

    Raises:
        FeedError: XML or JSON that is none of these.
    """
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gunzip(address, data, MAX_BYTES)
        except FetchError as error:
            raise FeedError(address, error.reason) from error
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if suffix == ".json" or start.startswith(b"{"):
        return Listing(Kind.FEED, read_json_feed(address, data))
    if suffix == ".pdf" or start.startswith(_HTML) or (suffix in (".html", ".txt", ".md") and not _is_xml(start)):
        return Listing(Kind.PAGE)
    root = parse_xml(address, data)
    kind = _ROOTS.get(_name(root))
    if kind is None:
        found = f"XML of kind <{_name(root)[:40]}>"
        raise FeedError(address, f"{found}, a page, feed, sitemap or OPML list wanted; check the address")
    return _read(kind, root, address)


def _read(kind: Kind, root: Any, address: str) -> Listing:  # noqa: ANN401  lxml publishes no types
    if kind is Kind.FEED:
        return Listing(kind, read_feed(root, address))
    if kind is Kind.SITEMAP:
        return Listing(kind, newest_first(_sitemap_entry(url) for url in _children(root, "url")))
    if kind is Kind.SITEMAP_INDEX:
        sitemaps = newest_first(_sitemap_entry(url) for url in _children(root, "sitemap"))
        return Listing(kind, lists=[entry.url for entry in sitemaps if entry.url])
    if kind is Kind.OPML:
        return Listing(kind, lists=list(dict.fromkeys(_feeds(root))))
    return Listing(kind)


def _is_xml(start: bytes) -> bool:
    """Whether bytes that are called a page are a feed or the like all the same."""
    roots = (b"<rss", b"<feed", b"<rdf:rdf", b"<urlset", b"<sitemapindex", b"<opml")
    return start.startswith(roots) or (start.startswith(b"<?xml") and any(root in start for root in roots))


def _sitemap_entry(url: Any) -> Entry:  # noqa: ANN401  as above
    """Return what a sitemap says of one address; `lastmod` orders, but only news sitemaps tell days of publication."""
    texts = {_name(element): (element.text or "").strip() for element in url.iter(etree.Element)}
    published: date | None = None
    published, moment = read_moment(texts.get("publication_date", ""))
    _, modified = read_moment(texts.get("lastmod", ""))
    address = next((_name_text(child) for child in url if _name(child) == "loc"), "")
    title = " ".join(texts.get("title", "").split()) if published else ""
    return Entry(address, title, published, moment=max(moment, modified))


def _feeds(root: Any) -> Iterator[str]:  # noqa: ANN401  as above
    for outline in root.iter(etree.Element):
        address = outline.get("xmlUrl") or outline.get("xmlurl") or ""
        if _name(outline) == "outline" and address.strip():
            yield address.strip()


def _children(root: Any, name: str) -> Iterator[Any]:  # noqa: ANN401  as above
    return (child for child in root if _name(child) == name)


def _name_text(element: Any) -> str:  # noqa: ANN401  as above
    return (element.text or "").strip()


def _name(element: Any) -> str:  # noqa: ANN401  as above
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
