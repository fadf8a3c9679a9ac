"""From the bytes of one file to its declared title, its body and its metadata, by format."""

from __future__ import annotations

import codecs
import functools
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler
from lxml import etree, html  # type: ignore[import-untyped]  # lxml publishes no types

from index import ArticlebotError

FRONT_MATTER_CHARACTERS = 20_000


class ArticleError(ArticlebotError, ValueError):
    """A file that cannot be read as an article: value found, value wanted, next step, on one line."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one file holds, before cleaning (articles.py). "" or None: the file does not say."""

    title: str  # front matter or HTML; a first line is still part of the body
    body: str
    published: date | None
    language: str  # two lower-case letters
    source: str
    url: str  # http or https


def read_content(data: bytes, suffix: str) -> Content:
    r"""Return what a file's bytes hold; `suffix` is one of `SUFFIXES`, in any case.

    Of .md and .txt the body is the file's characters after decoding and `\r\n` to `\n`, without front matter;
    of HTML, what trafilatura extracts, a paragraph a line. A date that cannot be read is None.

    Raises:
        ArticleError: unknown suffix, nothing in the file, not text (binary), broken or unsafe front matter.
    """
    reader = _READERS.get(suffix.lower())
    if reader is None:
        raise ArticleError(f"a file of kind '{suffix}', one of {' '.join(SUFFIXES)} wanted; convert it first")
    text = decode(data, is_html=reader is _read_html)
    if not text.strip():
        raise ArticleError("an empty file, text wanted; write the article into it or remove it")
    return reader(text)


# Decoding ---------------------------------------------------------------------------------------------------

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, which begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHARSET = re.compile(rb"(?i)<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)")
# Declared Latin-1 is not in the list: such pages are UTF-8 or cp1252, which are tried anyway.
_DECLARABLE = re.compile(r"(windows-|cp)125[013-8]|iso-8859-\d\d?|koi8-[ru]|gb18030|big5|cp9\d\d|euc-jp")
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc-kr": "cp949"}
_CONTROLS = [chr(code) for code in range(0x20) if chr(code) not in "\t\n\v\f\r\x1b"] + ["\x7f"]


def decode(data: bytes, *, is_html: bool = False) -> str:
    r"""Return the characters of a file, `\r\n` and `\r` as `\n`: BOM, `<meta>` (HTML), UTF-8, UTF-16, cp1252.

    Raises:
        ArticleError: the bytes are in none of these, or are not text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _decoded(data[len(bom) :], (encoding,))
            break
    else:
        text = _decoded(data, _encodings(data, is_html=is_html))
    controls = sum(map(text.count, _CONTROLS))
    if "\0" in text or (controls >= 3 and controls * 100 > len(text)):
        raise ArticleError(
            f"a binary file ({controls:,} control characters among {len(text):,}), text wanted; export it as UTF-8 text"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, encodings: Iterator[str] | tuple[str, ...]) -> str:
    tried = []
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):  # LookupError: declared, but no such encoding
            tried.append(encoding)
    found = f"a binary file, or text that is not {' or '.join(tried)}"
    raise ArticleError(f"{found}, UTF-8 wanted; save the file as UTF-8")


def _encodings(data: bytes, *, is_html: bool) -> Iterator[str]:
    declared = _CHARSET.search(data[:4096]) if is_html else None
    if declared:
        name = declared[1].decode("ascii", "replace").lower()
        name = _WIDER.get(name, name)
        if _DECLARABLE.fullmatch(name) and name != "iso-8859-1":
            yield name
    # UTF-16 without a BOM: spaces, digits and Latin letters leave NULs on one side of each pair.
    even, odd = data[:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) * 40 > len(data[:4000]) and min(even, odd) * 10 <= max(even, odd):
        yield "utf-16-le" if odd > even else "utf-16-be"
    yield "utf-8"
    yield "cp1252"


# Front matter -----------------------------------------------------------------------------------------------


def _read_plain(text: str) -> Content:
    meta, body = _split_front_matter(text)
    dates = (read_date(meta.get(key, "")) for key in ("date", "published", "published_time"))
    return Content(
        meta.get("title", ""),
        body,
        next(filter(None, dates), None),
        _language_code(meta.get("language") or meta.get("lang", "")),
        " ".join((meta.get("source") or meta.get("outlet", "")).split()),
        _web_address(meta.get("url") or meta.get("link", "")),
    )


_FRONT_MATTER = re.compile(r"(?:#.*\n|\s)*(?:[!{]|[\"']?[A-Za-z_][\w-]*[\"']?:(?:\s|$))")


class _PlainLoader(yaml.SafeLoader):
    """Strings, lists, mappings and nothing else: `no` stays Norwegian, 31 February is no error."""


_PlainLoader.yaml_implicit_resolvers = {}
_PlainLoader.yaml_constructors = {
    tag: build
    for tag, build in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.rpartition(":")[2] in {"str", "seq", "map"}
}


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the front matter's scalar values by lower-case key, and what follows it."""
    handler, stripped = YAMLHandler(), text.lstrip()
    if not handler.detect(stripped):
        return {}, text
    try:
        block, body = handler.split(stripped)
    except ValueError:  # no closing line: a horizontal rule
        return {}, text
    if block.strip() and not _FRONT_MATTER.match(block.removeprefix("\n")):
        return {}, text
    if len(block) > FRONT_MATTER_CHARACTERS:
        raise ArticleError(
            f"front matter of {len(block):,} characters, at most {FRONT_MATTER_CHARACTERS:,}; "
            "shorten it or close it by ---"
        )
    try:
        values = handler.load(block, Loader=_PlainLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        found = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ArticleError(
            f"front matter that cannot be read ({found}), lines like 'title: …' wanted; correct or remove it"
        ) from error
    if not isinstance(values, dict):
        return ({}, text) if values else ({}, body)
    return {str(key).lower(): _whole(value) for key, value in values.items() if isinstance(value, str)}, body


def _whole(written: str) -> str:
    """Return a value with pairs of surrogates joined and single ones as U+FFFD: no file takes them."""
    return written.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_date(written: str) -> date | None:
    """Return the day an ISO 8601 date or date and time begins with, as written, in its own time zone."""
    match = re.match(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", written)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _language_code(declared: str) -> str:
    match = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", declared)
    return match[1].lower() if match else ""


def _web_address(written: str) -> str:
    return written.strip() if re.fullmatch(r"\s*https?://\S+\s*", written, re.IGNORECASE) else ""


# HTML -------------------------------------------------------------------------------------------------------

_BLOCKS = "address article blockquote br dd div dl dt h1 h2 h3 h4 h5 h6 li main ol p pre section table td th tr ul"
_DATE_NAME = re.compile(
    r"(?:article|og):published_time|(?:dc\.|dcterms\.)?date(?:[.-]?(?:published|issued|created))?|"
    r"dcterms\.(?:created|issued)|publish-?date|pubdate|parsely-pub-date|sailthru\.date",
    re.IGNORECASE,
)
# A parser of other people's pages meets anything; the plain reader then takes over.
_PARSER_FAULTS = (AttributeError, LookupError, RuntimeError, TypeError, ValueError, etree.LxmlError)


def _read_html(text: str) -> Content:
    tree = _parse_html(text)
    published = _published(tree)
    language = _language_code(tree.get("lang") or tree.get("xml:lang") or "")
    title, body, source, url = _extract(text)
    return Content(
        title or tree.findtext(".//title") or "",
        body or _all_text(tree),
        published,
        language,
        source,
        _web_address(url),
    )


def _parse_html(text: str) -> html.HtmlElement:
    try:
        return html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except _PARSER_FAULTS as error:
        raise ArticleError("a page that is not HTML, HTML wanted; save plain text as .txt") from error


def _extract(text: str) -> tuple[str, str, str, str]:
    """Return title, text, site and address; each "" where trafilatura finds none. Never the network."""
    extract = _extractor()
    for recall in (False, True):
        try:
            found = extract(text, favor_recall=recall)
        except _PARSER_FAULTS:
            continue
        if found and (found.text or "").strip():
            return found.title or "", found.text.strip(), found.sitename or "", found.url or ""
    return "", "", "", ""


@functools.cache
def _extractor() -> Callable[..., Any]:
    from trafilatura import bare_extraction  # 0.9 s

    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # it warns about pages that we report as failed
    return functools.partial(
        bare_extraction,
        with_metadata=True,
        include_comments=False,
        include_tables=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )


def _published(tree: html.HtmlElement) -> date | None:
    """Return the declared day of publication: JSON-LD, `<meta>`, itemprop, then `<time>` outside sentences.

    Not htmldate's: it takes days from prose, footers and addresses, and makes 1 February of 31 February.
    """
    return next(filter(None, map(read_date, _written_dates(tree))), None)


def _written_dates(tree: html.HtmlElement) -> Iterator[str]:
    for script in tree.xpath("//script[contains(@type, 'ld+json')]"):
        yield from re.findall(r'"datePublished"\s*:\s*"([^"]+)"', script.text or "")
    for meta in tree.xpath("//meta[@content]"):
        if _DATE_NAME.fullmatch(meta.get("property") or meta.get("name") or meta.get("itemprop") or ""):
            yield meta.get("content")
    yield from tree.xpath("//*[@itemprop='datePublished']/@datetime")
    yield from tree.xpath("//time[not(ancestor::p or ancestor::nav or ancestor::aside or ancestor::footer)]/@datetime")


def _all_text(tree: html.HtmlElement) -> str:
    """Return the words of the page's body, a block a line; changes the tree."""
    body = tree.find("body") if tree.find("body") is not None else tree
    for element in body.xpath(".//script | .//style | .//noscript | .//template"):
        element.text = ""
    for block in body.xpath(" | ".join(f".//{name}" for name in _BLOCKS.split())):
        block.text, block.tail = "\n" + (block.text or ""), "\n" + (block.tail or "")
    lines = (" ".join(line.split()) for line in body.text_content().split("\n"))
    return "\n".join(filter(None, lines))


_READERS: Mapping[str, Callable[[str], Content]] = {
    ".md": _read_plain,
    ".markdown": _read_plain,
    ".txt": _read_plain,
    ".html": _read_html,
    ".htm": _read_html,
}
SUFFIXES = tuple(_READERS)
