"""Copies the live generation of an index to another place: a folder into a database, or back; nothing is embedded."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.article import KnownFile, PassageSpan, PlannedArticle, Progress, no_progress
from index.errors import ArticlebotError
from index.sources.names import Where
from index.store.anywhere.stores import store_of
from index.store.anywhere.writers import FolderWriter, writing
from index.store.generation import Generation
from index.store.live import writer_lock
from index.store.making import write_segment
from index.store.manifest import WRITTEN
from index.store.postgres.address import IndexPlace, as_place
from index.store.segments.segment import Segment
from index.store.writing import Contents
from index.updating.build import check_target

if TYPE_CHECKING:
    from psycopg import Connection

    from index.store.postgres.writer import PostgresWriter

_AT_ONCE = 2_000  # articles that are copied in one go; what a stop costs
_COMPARED = 2_000  # passages
UNFINISHED = ".copying"  # in a folder: what is there of a copy that is not whole
_OWN = ("waiting", "replaces", "copied_from")  # what a manifest says of the place and not of the articles


class CopyError(ArticlebotError, RuntimeError):
    """An index cannot be copied there."""


@dataclass(slots=True)
class CopyReport:
    """What was copied."""

    source: str
    target: str
    generation: str  # its name there
    articles: int
    passages: int
    sentences: int
    resumed_at: int  # articles that an earlier run, which was stopped, had copied
    seconds: float

    def __str__(self) -> str:
        went_on = f", going on after {self.resumed_at}" if self.resumed_at else ""
        return (
            f"{self.target}: generation {self.generation}, {self.articles} articles, {self.passages} passages, "
            f"{self.sentences} sentences, compared with {self.source}{went_on}; {self.seconds:.1f} s"
        )


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some articles of a generation, in the order of their ids, with all that an index holds of them."""

    articles: list[PlannedArticle]
    passages: NDArray[np.float16]
    sentences: NDArray[np.float16]
    arrivals: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a generation holds beside its articles."""

    sources: dict[str, Where]
    failed: dict[str, tuple[str, str]]
    files: dict[str, tuple[str, KnownFile]]
    about: dict[str, Any]


class _Target(Protocol):
    """Where an index is copied to; it is seen there once all of it is there."""

    def begun(self, mark: str) -> int:
        """Returns how many articles of the generation of this mark are there; of another one, none are any more."""

    def add(self, piece: _Piece, mark: str) -> None:
        """Adds the next articles; they are there whole or not at all."""

    def finish(self, rest: _Rest) -> str:
        """Makes it an index and the live one; returns the name of its generation."""


def copy_index(
    source: str | Path | IndexPlace, target: str | Path | IndexPlace, progress: Progress | None = None
) -> CopyReport:
    """Copies the live generation of an index to where none is, and compares both; a copy that was stopped goes on.

    Args:
        source: a folder, or postgresql://USER@HOST/DATABASE.
        target: the other.
        progress: called with (what is being done, done so far, in all).

    Raises:
        CopyError: there is an index, sentences wait for their vectors, or what was copied is not the same.
        ArticlebotError: one of both cannot be read or written.
    """
    started, tell = time.perf_counter(), progress or no_progress
    there = as_place(target)
    with contextlib.closing(store_of(source).open()) as generation:
        if generation.waiting is not None:
            raise CopyError(
                f"{as_place(source)}: {generation.sentences_waiting} sentences have no vectors yet; "
                "run `articlebot index` there first"
            )
        if store_of(there).is_there():
            raise CopyError(f"{there}: an index is there already; nothing was changed; name an empty place")
        mark = f"{as_place(source)} {generation.name} {generation.manifest['created']}"
        with _opened(there) as copied:
            begun = copied.begun(mark)
            for at in range(begun, generation.counts["articles"], _AT_ONCE):
                tell("copying articles", at, generation.counts["articles"])
                copied.add(_piece(generation, at, at + _AT_ONCE), mark)
            tell("publishing", 0, 0)
            name = copied.finish(_rest(generation))
        with contextlib.closing(store_of(there).open()) as other:
            _compare(generation, other, there, tell)
        counts = generation.counts
        return CopyReport(
            str(as_place(source)), str(there), name, counts["articles"], counts["passages"], counts["sentences"],
            begun, time.perf_counter() - started,
        )  # fmt: skip


def _piece(generation: Generation, first: int, last: int) -> _Piece:
    """Returns the articles of these numbers."""
    numbers = range(first, min(last, generation.counts["articles"]))
    about = generation.about("id, same_as", numbers)
    found = {article.id: (article, origin) for article, origin in generation.held([about[n][0] for n in numbers])}
    begin, end = (int(np.searchsorted(generation.article_rows, at)) for at in (numbers.start, numbers.stop))
    rows = range(begin, end)
    cut = list(
        zip(rows, generation.passages(rows), generation.sentences_of(rows), generation.terms_of(rows), strict=True)
    )
    spans: dict[int, list[tuple[PassageSpan, str]]] = {}
    for row, passage, (sentences, _), terms in cut:
        span = PassageSpan(passage.start, passage.end, sentences)
        spans.setdefault(int(generation.article_rows[row]), []).append((span, " ".join(terms)))
    articles = []
    for number in numbers:
        article_id, same_as = about[number]
        own = spans.get(number, [])
        parts = tuple(span for span, _ in own), tuple(joined for _, joined in own)
        articles.append(PlannedArticle(*found[article_id], same_as, *parts))
    at = np.array(rows, np.int64)
    stored = b"".join(part or b"" for part in generation.sentence_bytes(at))
    sentence_vectors = np.frombuffer(stored, np.float16).reshape(-1, int(generation.manifest["dimension"]))
    arrivals = np.concatenate([np.empty(0, np.int64), *(came for _, _, (_, came), _ in cut)])
    return _Piece(articles, generation.vectors.rows(at).astype(np.float16), sentence_vectors, arrivals)


def _rest(generation: Generation) -> _Rest:
    files = {i: (origin, f) for origin in generation.sources() for i, f in generation.files(origin).items()}
    about = {k: v for k, v in generation.manifest.items() if k not in (*WRITTEN, *_OWN)}
    return _Rest(generation.sources(), generation.failed_by_source(), files, about)


def _compare(one: Generation, other: Generation, there: IndexPlace, progress: Progress) -> None:
    """Raises CopyError where a copy is not what it was made of: ids, texts, spans, vectors."""

    def check(what: str, is_same: bool) -> None:
        if not is_same:
            raise CopyError(f"{there}: {what} are not those of the source; remove the copy and copy again")

    check("counts", one.counts == other.counts)
    check("ids", one.ids() == other.ids())
    check("files", _rest(one).files == _rest(other).files)
    for first in range(0, one.counts["articles"], _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, one.counts["articles"]))
        check("texts", one.about("id, digest, same_as", numbers) == other.about("id, digest, same_as", numbers))
    check("places of passages", np.array_equal(one.article_rows, other.article_rows))
    for first in range(0, len(one.article_rows), _COMPARED):
        progress("comparing", first, len(one.article_rows))
        rows = np.arange(first, min(first + _COMPARED, len(one.article_rows)))
        check("passages", one.passages(rows.tolist()) == other.passages(rows.tolist()))
        spans = ([str(each) for each in side.sentences_of(rows.tolist())] for side in (one, other))
        check("sentences", next(spans) == next(spans))
        check("vectors", np.array_equal(one.vectors.rows(rows), other.vectors.rows(rows)))
        check("vectors of sentences", list(one.sentence_bytes(rows)) == list(other.sentence_bytes(rows)))


@contextlib.contextmanager
def _opened(there: IndexPlace) -> Iterator[_Target]:
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

    def add(self, piece: _Piece, mark: str) -> None:
        about = {"copied_from": mark, "model": None, "embedder": "", "centring": ""}
        about |= {"dimension": piece.passages.shape[1]}
        self._publish(Contents(
            {}, {}, piece.articles, piece.passages, piece.sentences, {}, arrivals=piece.arrivals
        ), about)  # fmt: skip

    def finish(self, rest: _Rest) -> str:
        nothing = np.empty((0, int(rest.about["dimension"])), np.float16)
        none = np.empty(0, np.int64)
        self._publish(Contents(rest.sources, rest.failed, (), nothing, nothing, rest.files, arrivals=none), rest.about)
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

    def add(self, piece: _Piece, mark: str) -> None:  # noqa: ARG002  it is there since `begun`
        with TemporaryDirectory(dir=self._writer.work) as folder:
            segment = Path(folder) / "segment"
            write_segment(segment, piece.articles, piece.passages, piece.sentences, {}, piece.arrivals)
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

    def finish(self, rest: _Rest) -> str:
        self._writer.held.run(lambda connection: self._finish(connection, rest))
        return self._writer.merge()

    def _finish(self, connection: Connection[Any], rest: _Rest) -> None:
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
