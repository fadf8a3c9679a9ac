"""From a fetched page, or from a feed's entry, to an Article whose id is the page's canonical address."""

from __future__ import annotations

import html as markup
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types
from lxml.html import defs  # type: ignore[import-untyped]  # as above

from index.article import Article
from index.reading.content import ArticleError, decode
from index.reading.html import parse_html
from index.reading.html.days import declared_days
from index.sources.folder import make_article
from index.sources.web.addresses import RefusedAddressError, host_of, is_same_site, normal_address
from index.sources.web.feeds import FeedEntry, html_of
from index.sources.web.fetching import Fetched
from index.text.dates import address_date, declared_date
from index.text.visible import whole

SEARCHED_CHARACTERS = 1_000_000  # of a page, searched for what it says of itself
_STUB = 400  # characters; a longer text is a page's article, however much of it the feed has
_SILENT = {"script", "style", "noscript", "template", "title"}
_INLINE = (defs.phrase_tags | defs.font_style_tags | defs.special_inline_tags | {"mark", "time"}) - {"br"}


def read_webpage(page: Fetched, entry: FeedEntry) -> Article:
    """Returns the article that a page holds; a feed's entry fills in title and day where the page declares none.

    Raises:
        ArticleError: no article in it, or far less than in the entry; why, and what to do.
    """
    head = _read_head(page.data if page.suffix == ".html" else b"")
    address = canonical_address(page.url, head.addresses)
    article = make_article(address, page.data, page.suffix)
    held, listed = len(article.title) + len(article.text), len(_lines(entry.text))
    if held < _STUB and held * 2 < listed:
        raise ArticleError(f"{held:,} characters where the feed has {listed:,}, the article wanted; leave it out")
    title = article.title if head.has_title else entry.title or article.title
    # what is only shown, or guessed, is less sure than what the feed declares
    published = (article.published if head.has_day else None) or entry.published or article.published
    published = published or address_date(page.url)
    return replace(article, title=title, published=published, source=head.site or host_of(address), url=address)


def read_entry(address: str, entry: FeedEntry) -> Article:
    """Returns the article that a feed's entry holds itself, for a page that cannot be read.

    Raises:
        ArticleError: the entry has no text.
    """
    text = _lines(entry.text)
    if not text:
        raise ArticleError("no text in the feed either, a page or a text wanted; leave it out")
    head = f'<meta charset="utf-8"><title>{markup.escape(entry.title)}</title>'
    page = f"<!DOCTYPE html><html><head>{head}</head><body><article>{html_of(text)}</article></body></html>"
    article = make_article(address, page.encode("utf-8", "replace"), ".html")
    title, published = entry.title or article.title, entry.published or article.published
    return replace(article, title=title, published=published, source=host_of(address), url=address)


def _lines(fragment: str) -> str:
    """Returns the words of an entry, a block a line; it has no menus that would have to be told from the text."""
    try:
        tree = parse_html(f"<body>{' '.join(whole(fragment).split())}</body>")
    except (ArticleError, MemoryError):
        return ""
    for element in tree.iter(etree.Element):
        if element.tag in _SILENT:
            element.text = ""
        if element.tag not in _INLINE:
            element.text, element.tail = "\n" + (element.text or ""), "\n" + (element.tail or "")
    lines = (" ".join(line.split()) for line in tree.text_content().split("\n"))
    return "\n".join(filter(None, lines))


def canonical_address(fetched: str, claimed: Sequence[str]) -> str:
    """Returns the address that is a page's identity: the first claimed one of the same site, else the fetched one.

    A page below that claims the site's front page is not believed: such templates would make all pages one article.
    """
    for written in claimed:
        try:
            address = normal_address(urljoin(fetched, written))
            if is_same_site(address, fetched) and (is_front_page(fetched) or not is_front_page(address)):
                return address
        except (RefusedAddressError, ValueError):
            continue
    return normal_address(fetched)


def is_front_page(address: str) -> bool:
    """Whether an address has neither path nor query."""
    parts = urlsplit(address)
    return not parts.path.strip("/") and not parts.query


class _Head(NamedTuple):
    """What a page says of itself."""

    addresses: Sequence[str] = ()  # as written, canonical first
    site: str = ""
    has_title: bool = False
    has_day: bool = False


def _read_head(data: bytes) -> _Head:
    try:
        tree = parse_html(decode(data, is_html=True)[:SEARCHED_CHARACTERS])
    except (ArticleError, MemoryError):
        return _Head()
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): " ".join(meta.get("content", "").split())
        for meta in tree.iter("meta")
    }
    titles = [metas.get("og:title"), *(" ".join(e.text_content().split()) for e in tree.iter("title", "h1"))]
    canonical = (link for link in tree.iter("link") if "canonical" in link.get("rel", "").lower().split())
    written = [*(link.get("href", "").strip() for link in canonical), metas.get("og:url", "")]
    has_day = any(map(declared_date, declared_days(tree)))
    return _Head([address for address in written if address], metas.get("og:site_name", ""), any(titles), has_day)
