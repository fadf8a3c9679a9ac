"""The articles that were added by chat: files in a folder of the index, which is a source like any other."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from contextlib import closing
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Self

from bot.settings import Settings
from index import build_index
from index.article import Article, Progress
from index.errors import ArticlebotError, why
from index.permission import check_writable
from index.reading import read_suffix
from index.sources.folder import read_articles
from index.sources.names import ADDED, Where, as_where
from index.store.anywhere.stores import open_generation
from index.store.postgres.address import Address, IndexPlace
from index.updating.build import forget_source
from index.updating.gather import Reading
from index.updating.run import IndexReport

_STEP = "nothing was changed; run the bot {as_owner}"
MOST_BYTES = 20_000_000  # of a document; Telegram hands out no larger ones
_LONGEST_NAME = 100
_ODD = re.compile(r"[^\w.-]+")


class ShelfError(ArticlebotError, ValueError):
    """An article cannot be added or removed by chat."""


class NameTakenError(ShelfError):
    """Another document was added under the same name."""


class AlreadyThereError(ShelfError):
    """The index has this article; the error is its title."""

    def __init__(self, article_id: str, title: str) -> None:
        super().__init__(title)
        self.article_id, self.title = article_id, title


@dataclass(frozen=True, slots=True)
class Added:
    """What came of adding."""

    report: IndexReport
    articles: tuple[str, ...] = ()  # ids of those that were handed over


class Taken(IntEnum):
    """What to do where another document has the name of one to be added; the numbers stand in buttons."""

    ASK = 0
    REPLACE = 1
    KEEP_BOTH = 2
    LEAVE_OUT = 3  # it is not added after all


@dataclass(slots=True)
class Shelf:
    """Writes the index; one caller at a time, in a thread."""

    folder: Path  # of the index; where that is in a database, of the bot's file, or else .articlebot
    reading: Reading
    kept: int  # generations that stay
    database: Address | None = None  # None: the index is in the folder

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Returns that of the index of the settings, which takes whatever Telegram hands out."""
        reading = settings.reading()
        place = settings.index
        beside = settings.state.parent if isinstance(settings.state, Path) else Path(".articlebot")
        folder, database = (place, None) if isinstance(place, Path) else (beside, place)
        reading = replace(reading, max_bytes=max(reading.max_bytes, MOST_BYTES))
        return cls(folder, reading, settings.generations, database)

    @property
    def place(self) -> IndexPlace:
        """The index."""
        return self.database or self.folder

    @property
    def added(self) -> Path:
        """The folder of what was added."""
        return self.folder / ADDED

    def add_document(self, name: str, content: bytes, progress: Progress, taken: Taken = Taken.ASK) -> Added:
        """Keeps a document and brings the index up to date; one that cannot be read changes nothing.

        Raises:
            NameTakenError: another document has this name, and what to do then was not said.
            AlreadyThereError: the index has its article, by another way.
            ArticlebotError: the index cannot be written.
        """
        path = self.added / file_name(name)
        check_writable([path.parent], _STEP)
        if taken is Taken.KEEP_BOTH:
            path = _free(path, content)
        try:
            reading = read_articles(f"{ADDED}/{path.name}", content, read_suffix(path.name))
            if not reading.articles:
                return Added(IndexReport(failed=reading.failed))
            self._check_new(reading.articles)
            before = path.read_bytes() if path.exists() else None
            if taken is Taken.ASK and before not in (None, content):
                raise NameTakenError(f"{path.name}: there is another document of this name")
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.parent.chmod(0o700)  # of an earlier version it was open to everyone
            _write(path, content)
        except OSError as error:  # of reading too, which may need room
            raise ShelfError(f"{path}: cannot be kept ({why(error)}); make room, or allow writing there") from error
        try:
            return Added(self._update(progress), tuple(article.id for article in reading.articles))
        except ArticlebotError:
            _restore(path, before)
            raise

    def add_address(self, address: str, progress: Progress) -> Added:
        """Reads an address, which is a source from now on.

        Raises:
            AlreadyThereError: the index has its article, by another way.
            ArticlebotError: it cannot be fetched or read, or the index cannot be written.
        """
        where = as_where(address)
        with closing(open_generation(self.place)) as generation:
            known = where in generation.sources().values()
            same = generation.same("", str(where))
        if same and not known:
            raise AlreadyThereError(*same)
        report = self.read([address], progress)
        with closing(open_generation(self.place)) as generation:
            (name,) = (name for name, there in generation.sources().items() if there == where)
            return Added(report, tuple(generation.ids_of(name)))

    def _check_new(self, articles: list[Article]) -> None:
        """Raises AlreadyThereError where the index has the one article of a document, by its address or its text."""
        if len(articles) > 1:
            return
        (article,) = articles
        with closing(open_generation(self.place)) as generation:
            same = generation.same(article.text, article.url, article.id)
        if same:
            raise AlreadyThereError(*same)

    def read(self, sources: list[str | Path], progress: Progress, *, prune: bool = False) -> IndexReport:
        """Reads sources, which are remembered, or with none all that are; `prune` as `build_index` takes it.

        Raises:
            ArticlebotError: one cannot be fetched or read, or the index cannot be written.
        """
        return build_index(sources, self.place, prune=prune, reading=self.reading, kept=self.kept, progress=progress)

    def remove(self, article_id: str, progress: Progress) -> Where | None:
        """Removes an article that was added by chat, or a source that holds nothing else.

        Returns:
            None; where the article is of a source that others look after, and stays: that source.

        Raises:
            ArticlebotError: the index cannot be written.
        """
        with closing(open_generation(self.place)) as generation:
            origin, articles = generation.origin(article_id)
            where = generation.sources().get(origin)
        if where is None:
            raise ShelfError(f"{article_id}: not in the index any more; nothing was changed")
        added = self.added.resolve()
        is_alone = articles == 1
        if where != added and not (is_alone and isinstance(where, str)):  # of an address there may be one article
            return where
        if where == added:
            path = (added / article_id.partition("/")[2]).resolve()
            if not path.is_relative_to(added):
                raise ShelfError(f"{article_id}: outside of what was added by chat; nothing was changed")
            check_writable([path.parent], _STEP)
            path.unlink(missing_ok=True)
        if is_alone:
            forget_source(origin, self.place, kept=self.kept, progress=progress)
        else:
            self._update(progress)
        return None

    def _update(self, progress: Progress) -> IndexReport:
        # half of the articles may go: they are removed one by one, on purpose
        return self.read([self.added], progress, prune=True)


def article_code(article_id: str) -> str:
    """Returns the short name of an article in a chat: the same in every generation."""
    return hashlib.sha256(article_id.encode()).hexdigest()[:8]


def file_name(name: str) -> str:
    """Returns the name under which a document is kept: no folders, nothing hidden, not too long."""
    stem, suffix = os.path.splitext(unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1]))  # noqa: PTH122
    stem = _ODD.sub("-", stem).strip("-.") or "document"
    return stem[:_LONGEST_NAME] + suffix.lower()


def _free(path: Path, content: bytes) -> Path:
    """Returns the path, or one beside it with a number, that no other document has."""
    suffix = read_suffix(path.name)
    stem = path.name[: len(path.name) - len(suffix)]
    number, free = 1, path
    while free.exists() and free.read_bytes() != content:
        number += 1
        free = path.with_name(f"{stem}-{number}{suffix}")
    return free


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
