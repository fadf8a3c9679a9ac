"""What one article of a file holds before its cleaning, and the error of bytes that hold none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from index.errors import ArticlebotError
from index.text.by_language import ByLanguage
from index.text.visible import whole


class ArticleError(ArticlebotError, ValueError):
    """A file that cannot be read as an article: value found, value wanted, next step, on one line."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one article's bytes hold, before cleaning (index/reading/cleaning.py). "" or None: they do not say."""

    title: str  # declared, or shown as the title; a first line is still part of the body
    body: str
    published: date | None
    language: str  # two lower-case letters
    source: str = ""
    url: str = ""  # http or https
    author: str = ""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One article of a file: what it holds, or why it could not be read."""

    key: str  # tells it from the file's others; "" in a file that holds one article
    content: Content | ArticleError


_FIELDS = ByLanguage("fields")


def field_names(what: str) -> tuple[str, ...]:
    """Returns how people call a field ("title", "text", "day", "source", "address", "language"), English first."""
    return tuple(dict.fromkeys([*_FIELDS["en"][what].split(), *sorted(_FIELDS.all_words(what))]))


_CONTROLS = {code: None for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: None, ord("\v"): "\n"}
_CONTROLS |= {ord("\f"): "\n", ord("\r"): "\n"}


def clean_text(written: str) -> str:
    r"""Returns a text as lines end by `\n`, without control characters but tabs, and without single surrogates."""
    return whole(written).replace("\r\n", "\n").translate(_CONTROLS)


def clean_line(written: str) -> str:
    """Returns a value of metadata, white space collapsed, without control characters."""
    return " ".join(clean_text(written).split())


def language_code(declared: str) -> str:
    """Returns the two letters a declared language ("fr-FR") begins with, in lower case; "" where it is no such code."""
    match = re.match(r"\s*([A-Za-z]{2})(?![A-Za-z])", declared)
    return match[1].lower() if match else ""


def web_address(written: str) -> str:
    """Returns an http or https address; "" for anything else."""
    return written.strip() if re.fullmatch(r"\s*https?://\S+\s*", written, re.IGNORECASE) else ""


_NO_TITLE = re.compile(
    r"(?:microsoft word|powerpoint|microsoft powerpoint) ?- .*|(?:untitled|sans titre|document|unknown|titre|title)"
    r"[ -]?\d*|\(anonymous\)|[\w.() -]*\.(?:docx?|dotx?|odt|rtf|indd|qxd|qxp|pdf|ps|tex|dvi|txt|html?|pages)|\W*",
    re.IGNORECASE,
)


def telling_title(declared: str) -> str:
    """Returns the title that a program wrote into a file's properties; "" where it is a file's name or none."""
    title = clean_line(declared)
    return "" if _NO_TITLE.fullmatch(title) else title


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
_STRANGE = [chr(code) for code in range(0x20) if chr(code) not in "\t\n\v\f\r\x1b"] + ["\x7f"]
# Bytes that are no UTF-8 are letters of cp1252, unless most are: these alphabets are told apart by charset-normalizer.
_OTHER_ALPHABETS = ["cp1251", "koi8_r", "gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1253", "cp1255", "cp1256"]
_MOSTLY = 0.4  # of the bytes but spaces
_FEWEST = 20  # of them that tell an alphabet
_SAMPLE_BYTES = 20_000


def decode(data: bytes, *, is_html: bool = False) -> str:
    r"""Returns the characters of a file, `\r\n` and `\r` as `\n`: BOM, `<meta>` (HTML), UTF-8, UTF-16, older ones.

    A NUL is left out, a bad byte of UTF-8 is "\ufffd", unless it is a letter of cp1252 within a word.

    Raises:
        ArticleError: the bytes are in none of these, or are not text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            text = _decoded(data[len(bom) :], [(encoding, "strict")])
            break
    else:
        text = _decoded(data, _encodings(data, is_html=is_html))
    controls = sum(map(text.count, _STRANGE))
    if controls * 100 > len(text) and ("\0" in text or controls >= 3):
        raise ArticleError(
            f"a binary file ({controls:,} control characters among {len(text):,}), text wanted; export it as UTF-8 text"
        )
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, encodings: Iterable[tuple[str, str]]) -> str:
    tried = []
    for encoding, errors in encodings:
        try:
            return data.decode(encoding, errors)
        except (UnicodeDecodeError, LookupError):  # LookupError: declared, but no such encoding
            tried.append(encoding)
    found = f"a binary file, or text that is not {' or '.join(tried)}"
    raise ArticleError(f"{found}, UTF-8 wanted; save the file as UTF-8")


def _encodings(data: bytes, *, is_html: bool) -> Iterator[tuple[str, str]]:
    """Yields what may be tried, each with what is to become of bad bytes."""
    declared = _CHARSET.search(data[:4096]) if is_html else None
    if declared:
        name = declared[1].decode("ascii", "replace").lower()
        name = _WIDER.get(name, name)
        if _DECLARABLE.fullmatch(name) and name != "iso-8859-1":
            yield name, "strict"
    # UTF-16 without a BOM: spaces, digits and Latin letters leave NULs on one side of each pair.
    even, odd = data[:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) * 40 > len(data[:4000]) and min(even, odd) * 10 <= max(even, odd):
        yield "utf-16-le" if odd > even else "utf-16-be", "strict"
    yield "utf-8", "strict"
    if _is_utf8_but_for_some(data):
        yield "utf-8", _STRAY
    if alphabet := _other_alphabet(data):
        yield alphabet, "replace"
    yield "cp1252", "strict"


_STRAY = "articlebot.stray"
_PUNCTUATION = frozenset(b"\x85\x91\x92\x93\x94\x95\x96\x97\xa0\xab\xbb")  # of cp1252; none is a letter there


def _is_utf8_but_for_some(data: bytes) -> bool:
    """Whether most characters beyond ASCII are well-formed, which in no other encoding happens by chance."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return 0 < bad <= sum(map(str.isprintable, _ASCII.sub("", text))) - bad


_ASCII = re.compile(r"[\x00-\x7f]+")


def _stray(error: UnicodeError) -> tuple[str, int]:
    """Returns what a bad byte of UTF-8 is: a letter or mark that was pasted from a text in cp1252, else unknown."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101  for mypy: it is asked of decoders alone
    before, byte, after = (error.object[max(error.start + at, 0) : error.start + at + 1] for at in (-1, 0, 1))
    is_letter = byte >= b"\xc0" and (before + after).isalpha() and len(before + after) == 2
    if is_letter or byte[0] in _PUNCTUATION:
        return byte.decode("cp1252"), error.start + 1
    return "\ufffd", error.end


codecs.register_error(_STRAY, _stray)


def _other_alphabet(data: bytes) -> str:
    """Returns the encoding of a text that is mostly other letters than Latin ones; "" where it is not."""
    sample = data[:_SAMPLE_BYTES].rpartition(b"\n")[0] or data[:_SAMPLE_BYTES]
    letters = b"".join(sample.split())
    if len(letters) < _FEWEST or sum(byte >= 0x80 for byte in letters) < _MOSTLY * len(letters):
        return ""
    from charset_normalizer import from_bytes  # asking reads no files

    best = from_bytes(sample, cp_isolation=_OTHER_ALPHABETS).best()
    return best.encoding if best else ""
