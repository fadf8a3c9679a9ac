"""Zip files of XML, as .docx and .epub are: their members within limits, their XML without entities or network."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from html.entities import html5
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.errors import why
from index.reading.content import ArticleError

MAX_MEMBER_BYTES = 20_000_000  # of one file within, unpacked
MAX_UNPACKED_BYTES = 60_000_000  # of all files within that are read, unpacked
MAX_MEMBERS = 10_000
_FAULTS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, LookupError, NotImplementedError, OSError,
    RuntimeError, TypeError, ValueError,
)  # fmt: skip  # what zipfile raises on broken files; RuntimeError: encrypted


class Archive:
    """An open zip file; `kind` ("EPUB") names it in errors."""

    def __init__(self, data: bytes, kind: str) -> None:
        """Opens a file's bytes.

        Raises:
            ArticleError: they are no zip file, or one with too many members.
        """
        self.kind = kind
        self._read = 0
        with self._broken():
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        members = len(self._zip.infolist())
        if members > MAX_MEMBERS:
            raise ArticleError(f"{members:,} files within the {kind}, at most {MAX_MEMBERS:,}; split it")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def names(self) -> list[str]:
        """Returns the names of the members, in order."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes:
        """Returns the bytes of a member.

        Raises:
            ArticleError: there is none, it is broken or encrypted, or it is larger than the limits when unpacked.
        """
        if name not in self:
            raise self.broken(f"nothing called '{name[:80]}' within")
        size = self._zip.getinfo(name).file_size  # no more is ever unpacked
        self._read += size
        if size > MAX_MEMBER_BYTES or self._read > MAX_UNPACKED_BYTES:
            wanted = f"at most {MAX_MEMBER_BYTES:,} a part and {MAX_UNPACKED_BYTES:,} together"
            raise ArticleError(f"{self._read:,} bytes and more when unpacked, {wanted}; split it")
        with self._broken():
            return self._zip.read(name)

    def xml(self, name: str) -> Any:  # noqa: ANN401  lxml has no types
        """Returns the root element of a member that is XML; raises ArticleError as `read` does, or where it is none."""
        data = self.read(name)
        try:
            return parse_xml(data)
        except etree.LxmlError as error:
            raise self.broken(f"'{name[:80]}' within is no XML: {why(error)}") from error

    def broken(self, found: str) -> ArticleError:
        """Returns the error of a file that is damaged."""
        return ArticleError(f"a broken {self.kind} ({found}), a whole one wanted; save or download it again")

    @contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            yield
        except _FAULTS as error:
            raise self.broken(why(error)) from error


_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_OWN = frozenset([b"amp", b"lt", b"gt", b"quot", b"apos"])


def parse_xml(data: bytes) -> Any:  # noqa: ANN401  lxml has no types
    """Returns the root element; entities of HTML (&eacute;) are known, others are left out, none is expanded.

    Raises:
        MemoryError: there is not enough.
        lxml.etree.LxmlError: it is no XML, or is nested deeper than libxml2 goes (256).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_ENTITY.sub(_character, data), parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise
    etree.strip_tags(root, etree.Entity)
    return root


def _character(match: re.Match[bytes]) -> bytes:
    known = None if match[1] in _OWN else html5.get(match[1].decode() + ";")
    return "".join(f"&#{ord(character)};" for character in known).encode() if known else match[0]


def without_namespaces(root: Any) -> Any:  # noqa: ANN401  lxml has no types
    """Returns the tree with its elements' names in lower case and without namespace."""
    for element in root.iter(etree.Element):
        element.tag = etree.QName(element).localname.lower()
    return root
