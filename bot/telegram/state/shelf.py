"""The articles that were added by chat: files in a folder of the index, which is a source like any other."""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.telegram.state.articles import FoundArticle
from index import build_index
from index.article import Progress
from index.errors import ArticlebotError
from index.permission import check_writable
from index.reading import SUFFIXES
from index.sources.names import ADDED
from index.store.generation import Generation
from index.updating.build import forget_source
from index.updating.gather import Reading
from index.updating.run import IndexReport

_STEP = "nothing was changed; run the bot {as_owner}"
MOST_BYTES = 20_000_000  # of a document; Telegram hands out no larger ones
_LONGEST_NAME = 100
_ODD = re.compile(r"[^\w.-]+")


class ShelfError(ArticlebotError, ValueError):
    """An article cannot be added or removed by chat."""


@dataclass(slots=True)
class Shelf:
    """Writes the index; one caller at a time, in a thread."""

    folder: Path  # of the index
    reading: Reading
    kept: int  # generations that stay

    def add_document(self, name: str, content: bytes, progress: Progress) -> IndexReport:
        """Keeps a document and brings the index up to date; one of the same name is replaced.

        A document that cannot be read is not kept.

        Raises:
            ArticlebotError: the index cannot be written.
        """
        path = self.folder / ADDED / file_name(name)
        check_writable([path.parent], _STEP)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.parent.chmod(0o700)  # of an earlier version it was open to everyone
            before = path.read_bytes() if path.exists() else None
            _write(path, content)
        except OSError as error:
            raise ShelfError(f"{path}: cannot be kept ({error.strerror}); make room, or allow writing there") from error
        try:
            report = self._update(progress)
        except ArticlebotError:
            _restore(path, before)
            raise
        if any(failure.id.endswith(f"/{path.name}") for failure in report.failed):
            _restore(path, before)
            with suppress(ArticlebotError):  # what failed is told; that there is nothing else to read is no news
                self._update(progress)
        return report

    def add_address(self, address: str, progress: Progress) -> IndexReport:
        """Adds the page at an address as a source.

        Raises:
            ArticlebotError: it cannot be fetched or read, or the index cannot be written.
        """
        return build_index([address], self.folder, reading=self.reading, kept=self.kept, progress=progress)

    def reindex(self, progress: Progress) -> IndexReport:
        """Reads all sources again.

        Raises:
            ArticlebotError: the index cannot be written.
        """
        return build_index([], self.folder, reading=self.reading, kept=self.kept, progress=progress)

    def remove(self, article: FoundArticle, progress: Progress) -> IndexReport:
        """Removes an article that was added by chat, or a source that holds nothing else.

        Raises:
            ArticlebotError: it is of a source that others look after, or the index cannot be written.
        """
        added = (self.folder / ADDED).resolve()
        source = self._sources().get(article.origin)
        if source == added:
            path = (added / article.id.partition("/")[2]).resolve()
            if not path.is_relative_to(added):
                raise ShelfError(f"{article.id}: outside of what was added by chat; nothing was changed")
            check_writable([path.parent], _STEP)
            path.unlink(missing_ok=True)
            if article.alone:
                return forget_source(article.origin, self.folder, progress=progress)
            return self._update(progress)
        if article.alone and isinstance(source, str):  # an address
            return forget_source(article.origin, self.folder, progress=progress)
        raise ShelfError(f"{source or article.origin}")

    def _update(self, progress: Progress) -> IndexReport:
        added = self.folder / ADDED
        # half of the articles may go: they are removed one by one, on purpose
        return build_index([added], self.folder, prune=True, reading=self.reading, kept=self.kept, progress=progress)

    def _sources(self) -> dict[str, Path | str]:
        generation = Generation.open(self.folder)
        try:
            return generation.sources()
        finally:
            generation.close()


def file_name(name: str) -> str:
    """Returns the name under which a document is kept: no folders, nothing hidden, not too long."""
    stem, suffix = os.path.splitext(unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1]))  # noqa: PTH122
    stem = _ODD.sub("-", stem).strip("-.") or "document"
    return stem[:_LONGEST_NAME] + suffix.lower()


def is_known_kind(name: str) -> bool:
    """Whether a document of this name can be read."""
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122


def _write(path: Path, content: bytes) -> None:
    """Puts a file in its place whole; until then its name begins with a dot, which is not read."""
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)  # of a run that was killed, perhaps open to everyone
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:  # noqa: PTH123  a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _restore(path: Path, before: bytes | None) -> None:
    if before is None:
        path.unlink(missing_ok=True)
    else:
        _write(path, before)
