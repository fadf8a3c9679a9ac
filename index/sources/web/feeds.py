"""Feeds (RSS, Atom, JSON Feed) and what their entries say; XML from the web is read here, and safely."""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from html.entities import name2codepoint
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import ArticleError, Content, decode
from index.sources.web.addresses import AddressError
from index.text.dates import declared_date
from index.text.visible import whole

MAX_ENTRIES_READ = 3_000  # of one feed, in its order; feedparser needs a millisecond for each
MOST_OF_A_TITLE = 1_000
TEXT_CHARACTERS = 500_000  # of one element; a feed with more in one is no feed
# feedparser looks for mail addresses in them, which takes quadratic time, and nothing here needs them
_UNUSED = {"author", "creator", "contributor", "managingEditor", "webMaster", "publisher", "owner"}
_USUAL = {"dc": "http://purl.org/dc/elements/1.1/", "content": "http://purl.org/rss/1.0/modules/content/"}
_XML_ENTITIES = {"lt", "gt", "amp", "quot", "apos"}
_EPOCH = date(1970, 1, 1)  # what programs write that know no date


class FeedError(AddressError, ValueError):
    """An address or file that lists nothing that can be read."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """What a feed or sitemap says of one page; "" or None: it does not say."""

    url: str  # absolute; "" where the entry names none
    title: str = ""
    published: date | None = None  # the day as written, in its own time zone
    text: str = ""  # HTML
    moment: float = float("-inf")  # seconds since 1970, to order entries by
    post: Content | None = None  # the article itself, of which there is no other page: a post of a channel

    @property
    def digest(self) -> str:
        """A hash of all that the entry says: another one means that the page may have changed."""
        said = json.dumps([self.url, self.title, str(self.published), self.text, self.moment])
        said += repr(self.post) if self.post else ""
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def read_xml(address: str, data: bytes) -> Any:  # noqa: ANN401  lxml publishes no types
    """Returns the root of an XML document; what is broken is mended as browsers do.

    No entity of its own is expanded, nothing is loaded, no tree gets too deep or too large.

    Raises:
        FeedError: no XML, or it declares entities.
    """
    root = _parsed(data, recover=False)
    if root is None:
        root = _parsed(_mended(data), recover=True)
    if root is None:
        raise FeedError(address, "no XML that can be read, a feed or sitemap wanted; check the address")
    subset = root.getroottree().docinfo.internalDTD
    if subset is not None and any(subset.iterentities()):
        raise FeedError(address, "XML that declares entities, one without wanted; leave it out")
    return root


def _parsed(data: bytes, *, recover: bool) -> Any:  # noqa: ANN401  as above
    parser = etree.XMLParser(
        recover=recover, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _mended(data: bytes) -> bytes:
    """Returns XML with the characters that HTML's entities stand for, and "&" alone as "&amp;"."""
    declared = re.search(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)", data[:200])
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or (
        declared and declared[1].lower() not in (b"utf-8", b"utf8")
    ):
        return data
    try:
        text = decode(data)  # also what is called UTF-8 and is cp1252
    except ArticleError:
        text = data.decode("utf-8", "replace")
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    text = re.sub(r"&(?!#?\w{1,32};)", "&amp;", text)
    return codecs.BOM_UTF8 + re.sub(r"&(\w{1,32});", _character, text).encode("utf-8", "replace")


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    return entity[0] if name in _XML_ENTITIES or name not in name2codepoint else chr(name2codepoint[name])


# RSS and Atom -----------------------------------------------------------------------------------------------


def read_feed(root: Any, address: str) -> list[FeedEntry]:  # noqa: ANN401  lxml publishes no types
    """Returns the entries of an RSS or Atom feed, newest first; links are made absolute by `address`.

    An entry without a date stands with the one before it in the feed. The tree is changed.
    """
    import feedparser  # type: ignore[import-untyped]  # publishes no types; 0.1 s

    _reduce(root)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": address}
    data = io.BytesIO(etree.tostring(root, encoding="utf-8"))
    feed = feedparser.parse(data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    return newest_first(_entry(dict(item), address) for item in feed.entries)  # dict: no names that warn


def newest_first(entries: Iterable[FeedEntry]) -> list[FeedEntry]:
    """Returns entries by their moment; one without stands with the one before it, first ones stay first."""
    moments: list[tuple[float, FeedEntry]] = []
    last = float("inf")
    for entry in entries:
        last = entry.moment if entry.moment > float("-inf") else last
        moments.append((last, entry))
    return [entry for _, entry in sorted(moments, key=lambda pair: -pair[0])]


def _reduce(root: Any) -> None:  # noqa: ANN401  as above
    """Leaves what feedparser shall see: what it needs, well-formed, in a size that it can take."""
    items = 0
    for element in list(root.iter(etree.Element)):
        _bind(element)
        name = element.tag.rpartition("}")[2]
        is_item = name in ("item", "entry")
        items += is_item
        drop = (is_item and items > MAX_ENTRIES_READ) or name in _UNUSED or len(element.text or "") > TEXT_CHARACTERS
        if element.getparent() is not None and (drop or ":" in name):
            element.getparent().remove(element)


def _bind(element: Any) -> None:  # noqa: ANN401  as above
    """Gives a name whose prefix was never declared its usual namespace; takes such attributes away."""
    prefix, colon, name = element.tag.partition(":")
    if colon and prefix in _USUAL:
        element.tag = f"{{{_USUAL[prefix]}}}{name}"
    for attribute in list(element.attrib):
        if ":" in attribute.rpartition("}")[2]:
            del element.attrib[attribute]


def _entry(item: dict[str, Any], address: str) -> FeedEntry:
    texts = [str(part.get("value", "")) for part in item.get("content", [])]
    texts.append(str(item.get("summary", "")))
    written = item.get("published") or item.get("created") or item.get("updated") or ""
    parsed = item.get("published_parsed") or item.get("created_parsed") or item.get("updated_parsed")
    day, moment = read_moment(str(written))
    if day is None and parsed:
        day, moment = read_moment("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*parsed[:6]))
    return FeedEntry(
        _joined(address, item.get("link", "")), _plain(item.get("title", "")), day, max(texts, key=len), moment
    )


def read_moment(written: str) -> tuple[date | None, float]:
    """Returns the day as written, in its own time zone, and the seconds since 1970; (None, -inf) where unreadable."""
    moment = None
    for read in (datetime.fromisoformat, parsedate_to_datetime, _in_words):
        try:
            moment = read(" ".join(written.split()))
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            break
        except (ValueError, TypeError, OverflowError):
            continue
    if moment is None or moment.date() <= _EPOCH:
        return None, float("-inf")
    return moment.date(), seconds


def _in_words(written: str) -> datetime:
    """Returns the midnight of a day that is written as people do: "mer., 12 mars 2025 08:00:00 +0100"."""
    day = declared_date(written)
    if day is None:
        raise ValueError(written)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _joined(address: str, link: Any) -> str:  # noqa: ANN401  whatever a feed holds there
    try:
        return urljoin(address, link.strip()) if isinstance(link, str) and link.strip() else ""
    except ValueError:
        return ""


def _plain(title: Any) -> str:  # noqa: ANN401  as above
    """Returns a title without markup, on one line."""
    text = whole(title) if isinstance(title, str) else ""
    if "<" in text or "&" in text:
        with contextlib.suppress(etree.LxmlError, ValueError):
            text = html.fromstring(f"<p>{text[: 2 * MOST_OF_A_TITLE]}</p>").text_content()
    return " ".join(text.split())[:MOST_OF_A_TITLE]


# JSON Feed --------------------------------------------------------------------------------------------------


def read_json_feed(address: str, data: bytes) -> list[FeedEntry]:
    """Returns the entries of a JSON Feed, newest first; raises FeedError where it is none."""
    try:
        feed = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise FeedError(address, "JSON that cannot be read, a JSON Feed wanted; check the address") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version" not in str(feed.get("version", "")):
        raise FeedError(address, "JSON that is no feed, a JSON Feed wanted; check the address")
    return newest_first(_json_entry(item, address) for item in items[:MAX_ENTRIES_READ] if isinstance(item, dict))


def _json_entry(item: dict[str, Any], address: str) -> FeedEntry:
    day, moment = read_moment(_string(item, "date_published") or _string(item, "date_modified"))
    text = _string(item, "content_html") or html_of(_string(item, "content_text") or _string(item, "summary"))
    return FeedEntry(_joined(address, item.get("url")), _plain(item.get("title")), day, text, moment)


def _string(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return whole(value) if isinstance(value, str) else ""


def html_of(text: str) -> str:
    """Returns plain text as HTML, a paragraph for each line."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{line}</p>" for line in escaped.splitlines() if line.strip())
