"""From bytes to characters: which encoding a file of text is in, and whether it is text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from index.formats.content import ArticleError

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
