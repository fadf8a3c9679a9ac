"""The export of a WordPress site (WXR): RSS with all posts and pages, published or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.errors import why
from index.reading import WORDPRESS_MARK
from index.reading.content import ArticleError, Content, FileEntry, clean_line, language_code, web_address
from index.reading.exports.parts import entries_of, unmarked
from index.reading.office.archive import parse_xml
from index.text.bylines import author_named
from index.text.dates import declared_date

_KINDS = frozenset(["post", "page"])  # the others are pictures, menus and revisions
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_SHORTCODE = re.compile(
    r"\[/?(?:caption|gallery|embed|audio|video|playlist)\b[^\[\]]*\]|\[[a-z][\w-]*\s[^\[\]]*=[^\[\]]*\]|\[/[a-z][\w-]*\]"
)
_BLOCK_TAG = re.compile(r"<(?:p|div|br|h\d|ul|li)\b", re.IGNORECASE)


def read_wordpress(data: bytes) -> list[FileEntry]:
    """Returns the published posts and pages of an export by their numbers; the outlet is the site's title.

    Raises:
        ArticleError: it is no such export, or a broken one.
    """
    if WORDPRESS_MARK not in data:
        raise ArticleError("XML that is no export of WordPress, one of those wanted; name a feed as a source itself")
    try:
        root = parse_xml(data)
    except etree.LxmlError as error:
        raise ArticleError(f"broken XML ({why(error)}), a whole export wanted; export it again") from error
    channel = root.find("channel")
    if channel is None:
        raise ArticleError("an export of WordPress without a channel, a whole one wanted; export it again")
    return entries_of(_posts(channel))


def _posts(channel: Any) -> Iterator[tuple[str, Content | ArticleError]]:  # noqa: ANN401  lxml has no types
    site, language = _value(channel, "title"), language_code(_value(channel, "language"))
    names = {_value(each, "author_login"): _value(each, "author_display_name") for each in channel.iter("{*}author")}
    for item in channel.iterchildren("item"):
        if _value(item, "post_type") not in _KINDS or _value(item, "status") != "publish":
            continue
        body = _text(item.findtext(_CONTENT) or "")
        day = declared_date(_value(item, "post_date")) or declared_date(_value(item, "pubDate"))
        login = _value(item, "creator")
        content = Content(
            clean_line(unmarked(_value(item, "title"))), body, day, language, site, web_address(_value(item, "link")),
            author_named(names.get(login) or login),
        )  # fmt: skip
        key = _value(item, "post_id")
        yield key, content if body.strip() else ArticleError("no words in the post, some wanted; leave it out")


def _value(element: Any, name: str) -> str:  # noqa: ANN401  as above
    return clean_line(element.findtext(f"{{*}}{name}") or "")


def _text(written: str) -> str:
    """Returns the words of a post, whose paragraphs were blank lines before WordPress had blocks."""
    words = _SHORTCODE.sub("", written)
    return unmarked(words if _BLOCK_TAG.search(words) else re.sub(r"\n\s*\n?", "<br>", words))
