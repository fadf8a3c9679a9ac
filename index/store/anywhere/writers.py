"""What a run of the writer changes, a folder or a database: it is held, written, published, completed."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from index.embedding.cache import CACHE_FILE, EmbeddingCache
from index.sources.names import Where
from index.sources.web.seen import PAGES_FILE, PageStore
from index.store import live
from index.store.articles import Articles
from index.store.folder import FolderGeneration
from index.store.generation import Generation
from index.store.manifest import MANIFEST, DamagedIndexError, read_manifest, wrong_files
from index.store.postgres.address import Address, IndexPlace
from index.store.segments.segment import ARTICLES, Segment
from index.store.segments.vectors import Embedded
from index.store.verify import newest_whole, of_articles, rescued
from index.store.writing import Contents, fill_live, merge_live, publish


class Writer(Protocol):
    """What one run of the writer changes, which holds it meanwhile."""

    @property
    def place(self) -> IndexPlace:
        """The index: its folder, or the address of the database."""

    @property
    def work(self) -> Path:
        """A folder for temporary files."""

    @property
    def pages(self) -> PageStore:
        """What is remembered of pages on the web."""

    def is_there(self) -> bool:
        """Whether there is a live generation."""

    def open(self, *, lenient: bool) -> Generation:
        """Opens the live generation; leniently, its articles are compared with how they were written.

        Raises:
            ArticlebotError: there is none, it is damaged, or of another format.
        """

    def rescued(self) -> tuple[dict[str, Where], str | None]:
        """Returns sources and model as far as a damaged index still tells them."""

    def newest_whole(self) -> tuple[str, Articles] | None:
        """Returns name and articles of the newest generation that has them whole; None where none has."""

    def cache(self, fingerprint: str, dimension: int) -> AbstractContextManager[EmbeddingCache]:
        """Opens the embeddings made before that no segment of `known` has."""

    def end_cache(self, *, forget: bool) -> None:
        """Ends the run of a cache: what is published has it all, or it shall be forgotten."""

    def known(self) -> Sequence[Segment]:
        """Returns segments whose vectors may be those of what is written now."""

    def publish(self, before: Generation | None, contents: Contents, about: dict[str, Any]) -> str:
        """Publishes a generation of `before` and `contents`, at once and whole; returns its name.

        Raises:
            MovedError: another writer has published since `before` was opened.
            ArticlebotError: it could not be written; what was there stays live.
        """

    def counts(self, name: str) -> dict[str, int]:
        """Returns what a generation counts: articles, passages, sentences, failed."""

    def waiting(self, generation: Generation) -> Sequence[Segment]:
        """Returns segments whose sentences have no vectors yet; their files are there as long as the run lasts."""

    def fill(self, generation: Generation, filled: Mapping[str, Embedded]) -> str:
        """Adds the vectors of sentences, by name of a segment of `waiting`; returns the name of the live generation."""

    def merge(self) -> str:
        """Makes searching fast again where updates made it slower; returns the name of the live generation."""

    def tidy(self) -> None:
        """Removes old generations, unless a reader has one open, and what was left unfinished."""

    def insist(self) -> None:
        """Lets nobody else publish until this run is over."""


class FolderWriter:
    """An index in a folder, which the caller holds."""

    def __init__(self, folder: Path, kept: int) -> None:
        self.place = self.work = folder
        self._kept = kept

    @property
    def pages(self) -> PageStore:
        """What is remembered of pages on the web."""
        return PageStore(self.place / PAGES_FILE)

    def is_there(self) -> bool:
        """Whether there is a live generation."""
        return (self.place / live.CURRENT).exists()

    def open(self, *, lenient: bool) -> FolderGeneration:
        """Opens the live generation."""
        generation = FolderGeneration.open(self.place)
        # what is written anew gets new checksums: not without a look at the old ones
        looked_at = of_articles(generation.manifest["files"]) if lenient else {}
        for problem in wrong_files(generation.folder, looked_at):
            generation.close()
            raise DamagedIndexError(problem)
        return generation

    def rescued(self) -> tuple[dict[str, Where], str | None]:
        """Returns sources and model as far as a damaged index still tells them."""
        return rescued(self.place)

    def newest_whole(self) -> tuple[str, Articles] | None:
        """Returns name and articles of the newest generation that has them whole."""
        live.check_index_readable(self.place, (self.place / live.GENERATIONS).rglob("*"))  # else it passes for damaged
        stored = newest_whole(self.place)
        return (stored.folder.name, stored) if stored else None

    def cache(self, fingerprint: str, dimension: int) -> AbstractContextManager[EmbeddingCache]:
        """Opens the embeddings of runs that were stopped, and of this one."""
        return EmbeddingCache.open(self.place / CACHE_FILE, fingerprint, dimension)

    def end_cache(self, *, forget: bool) -> None:  # noqa: ARG002  the segments have it either way
        """Removes it."""
        EmbeddingCache.remove(self.place / CACHE_FILE)

    def known(self) -> Sequence[Segment]:
        """Returns the segments of all generations that are kept, those of the newest first."""
        segments: dict[int, Segment] = {}  # generations share them: by inode
        for path in sorted((self.place / live.GENERATIONS).glob("[0-9]*/[0-9]*"), reverse=True):
            with contextlib.suppress(OSError):  # a damaged one costs time and nothing else
                segments.setdefault((path / ARTICLES).stat().st_ino, Segment(path))
        return list(segments.values())

    def publish(self, before: Generation | None, contents: Contents, about: dict[str, Any]) -> str:
        """Publishes a generation of `before` and `contents`."""
        return publish(self.place, _own(before), contents, about, self._kept)

    def counts(self, name: str) -> dict[str, int]:
        """Returns what a generation counts."""
        path = self.place / live.GENERATIONS / name
        return dict(read_manifest((path / MANIFEST).read_bytes(), path)["counts"])

    def waiting(self, generation: Generation) -> Sequence[Segment]:
        """Returns the segments whose sentences have no vectors yet."""
        own = _own(generation)
        return [segment for segment in own.segments if not segment.is_filled] if own else []

    def fill(self, generation: Generation, filled: Mapping[str, Embedded]) -> str:
        """Adds the vectors of sentences."""
        own = _own(generation)
        assert own  # noqa: S101  for the type
        return fill_live(self.place, own, filled, self._kept)

    def merge(self) -> str:
        """Merges larger segments."""
        return merge_live(self.place, self._kept)

    def tidy(self) -> None:
        """Removes old generations."""
        live.tidy(self.place, self._kept)

    def insist(self) -> None:
        """Nobody else publishes anyway."""


def _own(generation: Generation | None) -> FolderGeneration | None:
    """Returns a generation of this folder as what it is."""
    assert generation is None or isinstance(generation, FolderGeneration)  # noqa: S101  for the type
    return generation


def check_place_writable(place: IndexPlace) -> None:
    """Raises ArticlebotError where an index cannot be written, before any work is done for nothing.

    Tables that an earlier version made are brought up to date.
    """
    if isinstance(place, Address):
        from index.store.postgres.schema import bring_up_to_date  # the driver, which a folder does without

        bring_up_to_date(place)
    else:
        live.check_index_writable(place)


@contextlib.contextmanager
def writing(place: IndexPlace, kept: int, sources: Collection[Where] | None = None) -> Iterator[Writer]:
    """Holds an index for one writer: a folder as a whole, of a database these sources, or as a whole where None.

    Raises:
        IndexBusyError: another process holds it; the message names which.
        ArticlebotError: there is no room or permission, or the database cannot be reached.
    """
    if isinstance(place, Address):
        from index.store.postgres.writer import writing_database  # the driver, which a folder does without

        with writing_database(place, kept, sources) as writer:
            yield writer
    else:
        with live.writer_lock(place):
            yield FolderWriter(place, kept)
