"""Where an index is copied to, piece by piece: a folder, or a database; it is seen once all of it is there."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import KnownFile, PlannedArticle
from index.errors import ArticlebotError
from index.sources.names import Where
from index.store.anywhere.writers import FolderWriter, writing
from index.store.live import writer_lock
from index.store.making import write_segment, write_vectors
from index.store.postgres.address import IndexPlace
from index.store.segments.segment import Segment
from index.store.segments.vectors import Embedded
from index.store.writing import Contents
from index.updating.build import check_target

if TYPE_CHECKING:
    from psycopg import Connection

    from index.store.postgres.writer import PostgresWriter

UNFINISHED = ".copying"  # in a folder: what is there of a copy that is not whole


@dataclass(frozen=True, slots=True)
class Piece:
    """Some articles of a generation, in the order of their ids, with all that an index holds of them."""

    articles: list[PlannedArticle]
    passages: NDArray[np.float16]
    sentences: NDArray[np.float16]
    arrivals: dict[str, NDArray[np.int64]]  # id of an article -> when each of its sentences came

    def embedded(self, segments: Sequence[Segment]) -> Sequence[tuple[Embedded, Embedded | None]]:
        """Returns the vectors of the one segment of these articles."""
        assert len(segments) == 1  # noqa: S101  a piece is far smaller
        return [(Embedded(self.passages), Embedded(self.sentences))]

    def came(self, planned: Sequence[PlannedArticle]) -> NDArray[np.int64]:
        """Returns when each sentence of these articles came."""
        return np.concatenate([np.empty(0, np.int64), *(self.arrivals[each.article.id] for each in planned)])


@dataclass(frozen=True, slots=True)
class Rest:
    """What a generation holds beside its articles."""

    sources: dict[str, Where]
    failed: dict[str, tuple[str, str]]
    files: dict[str, tuple[str, KnownFile]]
    about: dict[str, Any]


class Target(Protocol):
    """Where an index is copied to; it is seen there once all of it is there."""

    def begun(self, mark: str) -> int:
        """Returns how many articles of the generation of this mark are there; of another one, none are any more."""

    def add(self, piece: Piece, mark: str) -> None:
        """Adds the next articles; they are there whole or not at all."""

    def finish(self, rest: Rest) -> str:
        """Makes it an index and the live one; returns the name of its generation."""


@contextlib.contextmanager
def opened_target(there: IndexPlace) -> Iterator[Target]:
    """Holds the place that is copied to."""
    if isinstance(there, Path):
        if not (there / UNFINISHED).exists():
            check_target(there)
        with writer_lock(there):
            yield _IntoFolder(there)
        return
    from index.store.postgres.writer import PostgresWriter  # the driver, which folders do without

    with writing(there, kept=1) as writer:
        assert isinstance(writer, PostgresWriter)  # noqa: S101  for the type
        yield _IntoDatabase(writer)


class _IntoFolder:
    """An index beside the place where it will be: a segment for every piece."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / UNFINISHED
        self._writer = FolderWriter(self._unfinished, 1)

    def begun(self, mark: str) -> int:
        with contextlib.suppress(ArticlebotError), contextlib.closing(self._writer.open(lenient=True)) as before:
            if before.manifest.get("copied_from") == mark:
                return before.counts["articles"]
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir(parents=True)
        return 0

    def add(self, piece: Piece, mark: str) -> None:
        about = {"copied_from": mark, "model": None, "embedder": "", "centring": ""}
        about |= {"dimension": piece.passages.shape[1]}
        self._publish(Contents({}, {}, piece.articles, piece.embedded, {}, arrivals=piece.came), about)

    def finish(self, rest: Rest) -> str:
        nothing = np.empty((0, int(rest.about["dimension"])), np.float16)
        last = Piece([], nothing, nothing, {})
        embed = last.embedded if rest.files else _no_segment
        self._publish(Contents(rest.sources, rest.failed, (), embed, rest.files, arrivals=last.came), rest.about)
        name = self._writer.merge()
        for path in self._unfinished.iterdir():
            if path.name != "CURRENT":
                path.replace(self._folder / path.name)
        (self._unfinished / "CURRENT").replace(self._folder / "CURRENT")  # last: until then it is no index
        self._unfinished.rmdir()
        return name

    def _publish(self, contents: Contents, about: dict[str, Any]) -> None:
        before = self._writer.open(lenient=False) if self._writer.is_there() else None
        with contextlib.closing(before) if before else contextlib.nullcontext():
            self._writer.publish(before, contents, about)


def _no_segment(_segments: Sequence[Segment]) -> Sequence[tuple[Embedded, Embedded | None]]:
    return ()


class _IntoDatabase:
    """Tables that no generation sees before the first is there."""

    def __init__(self, writer: PostgresWriter) -> None:
        self._writer = writer
        self._done = 0  # articles that are there

    def begun(self, mark: str) -> int:
        found = self._writer.database.rows("SELECT source, articles FROM copying")
        if found and found[0][0] == mark:
            self._done = int(found[0][1])
            return self._done
        self._writer.held.run(lambda connection: _begin(connection, mark))
        return 0

    def add(self, piece: Piece, mark: str) -> None:  # noqa: ARG002  it is there since `begun`
        with TemporaryDirectory(dir=self._writer.work) as folder:
            segment = Path(folder) / "segment"
            write_segment(segment, iter(piece.articles), {}, piece.came)
            write_vectors(segment, Embedded(piece.passages), Embedded(piece.sentences))
            count = len(piece.articles)
            self._writer.held.run(lambda connection: self._add(connection, Segment(segment), count))
            self._done += count

    def _add(self, connection: Connection[Any], segment: Segment, count: int) -> None:
        from index.store.postgres.loading import load_segment

        with connection.transaction():
            ((done,),) = connection.execute("SELECT articles FROM copying").fetchall()
            if done > self._done:  # they had arrived, only the answer was lost
                return
            load_segment(self._writer.database, connection, segment, 1)
            connection.execute("UPDATE copying SET articles = articles + %s", (count,))

    def finish(self, rest: Rest) -> str:
        self._writer.held.run(lambda connection: self._finish(connection, rest))
        return self._writer.merge()

    def _finish(self, connection: Connection[Any], rest: Rest) -> None:
        from index.store.postgres.live import COUNT_TERMS, publishing
        from index.store.postgres.loading import copy_rows

        files = ((i, origin, file.digest, file.look, 1) for i, (origin, file) in rest.files.items())
        sources = {name: str(where) for name, where in rest.sources.items()}
        with publishing(self._writer.database, connection) as new:
            if new != 1:  # it had arrived, only the answer was lost
                return
            copy_rows(connection, "files", files)
            connection.execute("CREATE INDEX IF NOT EXISTS words_terms ON words USING gin (terms)")
            connection.execute(COUNT_TERMS, {"new": 1})
            remembered = {"sources": sources, "failed": dict(rest.failed)}
            self._writer.record(connection, 1, rest.about, remembered, uuid.uuid4().hex)
            connection.execute("DELETE FROM copying")


def _begin(connection: Connection[Any], mark: str) -> None:
    """Empties the tables of an index of which nothing is seen, and begins another copy."""
    tables: Sequence[str] = ("articles", "stays", "files", "passages", "words", "sentence_vectors", "copying")
    with connection.transaction():
        connection.execute(f"TRUNCATE {', '.join(tables)}")
        connection.execute("INSERT INTO copying VALUES (%s, 0)", (mark,))
