"""What came back from a server: its bytes within a limit, inflated, in UTF-8, and the kind that they are."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime

from index.sources.web.addresses import FetchError

# media type -> suffix, as `make_article` takes it
PAGES: Mapping[str, str] = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
}
LISTINGS: Mapping[str, str] = {
    **dict.fromkeys((f"application/{kind}xml" for kind in ("rss+", "atom+", "rdf+", "opml+", "")), ".xml"),
    **dict.fromkeys(("text/xml", "text/x-opml", "text/x-opml+xml"), ".xml"),
    **dict.fromkeys(("application/feed+json", "application/json"), ".json"),
    **dict.fromkeys(("application/gzip", "application/x-gzip"), ".gz"),
}
# how the bytes of a kind begin
_MARKS: Mapping[tuple[bytes, ...], str] = {
    (b"%pdf-",): ".pdf",
    (b"<!doctype html", b"<html", b"<head", b"<body"): ".html",
    (b"<",): ".xml",
    (b"\x1f\x8b",): ".gz",
}
_PIECE = 65_536  # bytes inflated at once
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# What may be declared and is worth believing. Not Latin-1: it is what servers say that do not know.
_BELIEVED = re.compile(
    r"utf-?16(?:[-_]?[lb]e)?|(?:windows-|cp)125[0-8]|iso-?8859-(?:[2-9]|1\d)|koi8-[ru]|gbk|gb2312|gb18030|big5|"
    r"shift_jis|cp9\d\d|euc-jp|euc-kr|iso-2022-jp|macintosh|tis-620"
)


class PassingError(Exception):
    """A fault that may be gone when asked again; `retry_after_s` is what the server asks to wait."""

    def __init__(self, reason: str, retry_after_s: float = 0.0, status: int = 0) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s
        self.status = status


def retry_after(headers: Mapping[str, str]) -> float:
    """Returns the seconds that an answer asks to wait; a date counts from the server's own. 0: it does not ask."""
    written = headers.get("retry-after", "").strip()
    if written.replace(".", "", 1).isdecimal():
        return float(written[:9])
    try:
        then = parsedate_to_datetime(written)
        now = parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError):  # no date, or one with a time zone and one without
        return 0.0


def suffix_of(address: str, content_type: str, wanted: Mapping[str, str]) -> str:
    """Returns the suffix for what a server says it sends, "" where it does not say; FetchError for what is unwanted."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in wanted:
        return wanted[kind]
    if kind in ("", "application/octet-stream", "binary/octet-stream"):
        return ""
    names = "a page or feed" if ".xml" in wanted.values() else "a page (HTML, PDF or text)"
    raise FetchError(address, f"of kind '{kind[:80]}', {names} wanted; leave it out or name another address")


def head_of(data: bytes) -> bytes:
    """Returns how bytes begin, in lower case, without byte order mark and white space."""
    return data[:1000].lstrip(codecs.BOM_UTF8 + b" \t\r\n").lower()


def sniffed_suffix(data: bytes) -> str:
    """Returns the suffix that bytes show by how they begin; "" where they show nothing."""
    head = head_of(data)
    return next((suffix for marks, suffix in _MARKS.items() if head.startswith(marks)), "")


def read_body(address: str, chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Returns the bytes of an answer, inflated; reads no further than the limit, on the wire and after inflating.

    Raises:
        FetchError: larger than the limit, or packed in a way not asked for.
        PassingError: cut off or damaged on the way.
    """
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(address, f"packed as '{encoding[:80]}', gzip or nothing wanted; leave it out")
    pieces = _limited(address, chunks, max_bytes)
    if "gzip" in encoding:
        pieces = _limited(address, _inflated(pieces), max_bytes)
    return b"".join(pieces)


def gunzip(address: str, data: bytes, max_bytes: int) -> bytes:
    """Returns what a .gz file holds, at most so many bytes; raises FetchError where it is broken or larger."""
    try:
        return read_body(address, [data], "gzip", max_bytes)
    except PassingError as error:
        raise FetchError(address, f"{error}, a whole .gz file wanted; try again later") from error


def _limited(address: str, pieces: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > max_bytes:
            raise FetchError(address, f"more than {max_bytes:,} bytes, at most that wanted; leave it out")
        yield piece


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Inflates piece by piece: a bomb is noticed at the limit, not after it went off."""
    inflater, has_begun = zlib.decompressobj(31), False
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not (inflater.eof and not rest.startswith(b"\x1f")):  # zeros may follow the last member
                if inflater.eof:
                    inflater = zlib.decompressobj(31)
                has_begun = True
                yield inflater.decompress(rest, _PIECE)
                rest = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        yield inflater.flush(_PIECE)
    except zlib.error as error:
        raise PassingError(f"gzip that cannot be inflated ({error})") from error
    if has_begun and not inflater.eof:
        raise PassingError("gzip that ends too early")


def in_utf8(data: bytes, content_type: str) -> bytes:
    """Returns text as UTF-8 with a byte order mark where the header's charset holds for it; else the bytes as they are.

    The mark makes every reader after us prefer it to a `<meta>` that says otherwise. Bytes that are UTF-8 are
    that, whatever the header says: nothing else looks like it by chance.
    """
    declared = _CHARSET.search(content_type)
    charset = declared[1].lower() if declared else ""
    if not charset or data.startswith(_BOMS):
        return data
    for encoding in ("utf-8" if not data.isascii() else "", charset if _BELIEVED.fullmatch(charset) else ""):
        with suppress(UnicodeDecodeError, LookupError):
            return codecs.BOM_UTF8 + data.decode(encoding).encode("utf-8", "replace")
    return data
