"""One run of the writer in a database: what it holds, publishes in one transaction, and completes."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np

from index.article import PassageSpan, PlannedArticle
from index.embedding.cache import EmbeddingCache, batches
from index.errors import ArticlebotError, MovedError
from index.sources.names import Where
from index.store.articles import Articles
from index.store.generation import Generation
from index.store.making import write_segment, write_vectors
from index.store.manifest import FORMAT
from index.store.postgres.address import Address
from index.store.postgres.cache import DatabaseCache, DatabasePages
from index.store.postgres.database import Database
from index.store.postgres.generation import PostgresGeneration, spans_of
from index.store.postgres.live import CHANGE, COUNT_TERMS, HeldConnection, publishing, tidy_up
from index.store.postgres.loading import copy_rows, count_anew, index_vectors, load_segment, sentence_rows
from index.store.postgres.store import PostgresStore, number_of_live
from index.store.postgres.vectors import EXACT
from index.store.segments.segment import Segment
from index.store.segments.vectors import Embedded, VectorRows
from index.store.writing import Contents, new_segments

if TYPE_CHECKING:
    from psycopg import Connection

_AT_ONCE = 2_000  # articles whose sentences are filled in one transaction
_KILL_ARTICLES = (
    "UPDATE stays s SET died = %s FROM articles a WHERE a.key = s.article AND s.died IS NULL AND a.id = ANY(%s)"
)
_KILL_FILES = "UPDATE files SET died = %s WHERE died IS NULL AND id = ANY(%s)"
_WAITING = (
    "SELECT key FROM articles a WHERE key = ANY(%s) AND passages > 0 "
    "AND NOT EXISTS (SELECT 1 FROM sentence_vectors v WHERE v.passage = a.first_passage)"
)
_CUT = (
    "SELECT p.key, p.start, p.stop, p.spans FROM passages p JOIN articles a ON p.key >= a.first_passage "
    "AND p.key < a.first_passage + a.passages WHERE a.key = %s ORDER BY p.key"
)
_FILL = (
    "INSERT INTO sentence_vectors SELECT n.passage, n.vectors FROM new_sentence_vectors n "
    "JOIN passages p ON p.key = n.passage ORDER BY n.passage ON CONFLICT DO NOTHING"
)


class PostgresWriter:
    """An index in a database, of which the caller holds the sources that are read."""

    def __init__(self, database: Database, held: HeldConnection, work: Path, kept: int) -> None:
        self.place = database.address
        self.work = work
        self.database = database
        self.held = held
        self._kept = kept
        self._seen: int | None = None  # number of the generation that this run goes on from
        self._keys: dict[str, list[int]] = {}  # name of a segment that waits -> keys of its passages

    @property
    def pages(self) -> DatabasePages:
        """What is remembered of pages on the web."""
        return DatabasePages(self.database)

    def is_there(self) -> bool:
        """Whether there is a live generation."""
        return number_of_live(self.database) is not None

    def open(self, *, lenient: bool) -> PostgresGeneration:  # noqa: ARG002  texts are looked at by `verify` alone
        """Opens the live generation."""
        generation = PostgresStore(self.place).open()
        self._seen = generation.number
        return generation

    def rescued(self) -> tuple[dict[str, Where], str | None]:
        """Returns sources and model as far as a damaged index still tells them."""
        from index.store.postgres.generation import sources_of

        self._seen = number_of_live(self.database)
        for remembered, manifest in self.database.rows(
            "SELECT remembered, manifest FROM generations WHERE number = %s", (self._seen,)
        ):
            return sources_of(remembered), manifest.get("model")
        return {}, None

    def newest_whole(self) -> tuple[str, Articles] | None:
        """Returns name and articles of the newest generation that can be opened; None where none can."""
        self._seen = number_of_live(self.database)
        for (number,) in self.database.rows("SELECT number FROM generations ORDER BY number DESC"):
            with contextlib.suppress(ArticlebotError):
                generation = PostgresStore(self.place).open(str(number))
                return generation.name, generation
        return None

    def cache(self, fingerprint: str, dimension: int) -> AbstractContextManager[EmbeddingCache]:
        """Opens the embeddings made before, of all writers."""
        return DatabaseCache.of(self.database, fingerprint, dimension)

    def end_cache(self, *, forget: bool) -> None:
        """Keeps what was embedded for other writers; forgets it where all is to be embedded anew."""
        if forget:
            self.database.run(lambda connection: connection.execute("DELETE FROM embeddings"))

    def known(self) -> Sequence[Segment]:
        """Returns nothing: what was embedded is kept in the cache."""
        return ()

    def publish(self, before: Generation | None, contents: Contents, about: dict[str, Any]) -> str:
        """Publishes a generation of `before` and `contents` in one transaction; again where the connection was lost.

        Raises:
            MovedError: another writer has published since `before` was opened.
            ArticlebotError: it could not be written; what was there stays live.
        """
        folder = Path(mkdtemp(prefix="new-", dir=self.work))
        segments = list(new_segments(folder, 1, contents))
        vectors = contents.embed(segments)
        for segment, embedded in zip(segments, vectors, strict=True):
            write_vectors(segment.folder, *embedded)
        is_whole = all(sentences is not None for _, sentences in vectors)
        about = {**about, "waiting": not is_whole or bool(before and before.waiting is not None)}
        run = uuid.uuid4().hex
        number = self.held.run(lambda connection: self._publish(connection, before, contents, segments, about, run))
        self._seen = number
        return f"{number:08d}"

    def _publish(
        self, connection: Connection[Any], before: Generation | None, contents: Contents, segments: Sequence[Segment],
        about: dict[str, Any], run: str,
    ) -> int:  # fmt: skip
        for (number,) in connection.execute("SELECT number FROM generations WHERE run = %s", (run,)):
            return int(number)  # it had arrived, only the answer was lost
        with publishing(self.database, connection) as new:
            live = new - 1 or None
            if live != self._seen:
                raise MovedError(f"{self.place}: another writer published generation {new - 1:08d} meanwhile")
            if before is None:
                connection.execute("UPDATE stays SET died = %s WHERE died IS NULL", (new,))
                connection.execute("UPDATE files SET died = %s WHERE died IS NULL", (new,))
            else:
                connection.execute(_KILL_ARTICLES, (new, list(contents.gone)))
                connection.execute(_KILL_FILES, (new, [*contents.gone_files, *contents.files]))
            for segment in segments:
                load_segment(self.database, connection, segment, new)
            connection.execute("CREATE INDEX IF NOT EXISTS words_terms ON words USING gin (terms)")
            connection.execute(COUNT_TERMS, {"new": new})
            sources = {name: str(where) for name, where in contents.sources.items()}
            remembered = {"sources": sources, "failed": dict(contents.failed)}
            self.record(connection, new, about, remembered, run)
        return new

    def record(
        self, connection: Connection[Any], new: int, about: Mapping[str, Any], remembered: Mapping[str, Any], run: str
    ) -> None:
        """Writes what a generation says of itself: the generation before, and what has changed since."""
        from psycopg.types.json import Jsonb

        names = ("articles", "passages", "sentences")
        (change,) = connection.execute(CHANGE, {"new": new}).fetchall()
        former = connection.execute(
            "SELECT manifest, lengths FROM generations WHERE number = %s", (new - 1,)
        ).fetchone() or ({"counts": dict.fromkeys(names, 0)}, 0)
        counts = {name: former[0]["counts"][name] + n for name, n in zip(names, change, strict=False)}
        counts["failed"] = len(remembered["failed"])
        created = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = {"format": FORMAT, "created": created, **about, "counts": counts}
        connection.execute(
            "INSERT INTO generations (number, manifest, remembered, lengths, run) VALUES (%s, %s, %s, %s, %s)",
            (new, Jsonb(manifest), Jsonb(remembered), former[1] + change[3], run),
        )

    def counts(self, name: str) -> dict[str, int]:
        """Returns what a generation counts."""
        ((manifest,),) = self.database.rows("SELECT manifest FROM generations WHERE number = %s", (int(name),))
        return dict(manifest["counts"])

    def waiting(self, generation: Generation) -> Sequence[Segment]:
        """Returns what waits for vectors of sentences, written into segments of the run's own."""
        assert isinstance(generation, PostgresGeneration)  # noqa: S101  for the type
        keys = self.database.rows(_WAITING, (generation.numbering.keys.tolist(),))
        numbers = np.sort(generation.numbering.numbers_of(np.array([key for (key,) in keys], np.int64))).tolist()
        segments = []
        for at, batch in enumerate(batches(numbers, _AT_ONCE), 1):
            segments.append(self._export(generation, self.work / f"{at:08d}", batch))
        return segments

    def _export(self, generation: PostgresGeneration, folder: Path, numbers: Sequence[int]) -> Segment:
        about = generation.about("id", numbers)
        articles, keys = list[PlannedArticle](), list[int]()
        for article, origin in generation.held([about[number][0] for number in numbers]):
            ((key,),) = self.database.rows(
                "SELECT key FROM articles WHERE id = %s AND key = ANY(%s)",
                (article.id, generation.numbering.keys[np.array(numbers)].tolist()),
            )
            cut = self.database.rows(_CUT, (key,))
            spans = tuple(PassageSpan(start, stop, spans_of(flat)) for _, start, stop, flat in cut)
            articles.append(PlannedArticle(article, origin, None, spans, ("",) * len(spans)))
            keys += [key for key, *_ in cut]
        self._keys[folder.name] = keys
        write_segment(folder, iter(articles), {}, None)
        return Segment(folder)

    def fill(self, generation: Generation, filled: Mapping[str, Embedded]) -> str:
        """Adds the vectors of sentences, some articles a transaction; then a generation says that they are there."""
        for name, vectors in filled.items():
            assert isinstance(vectors.rows, VectorRows)  # noqa: S101  for the type
            rows = list(sentence_rows(np.array(self._keys[name]), Segment(self.work / name).table, vectors.rows))
            self.held.run(lambda connection, rows=rows: _insert_vectors(connection, rows))  # type: ignore[misc]
        run = uuid.uuid4().hex
        return f"{self.held.run(lambda connection: self._replace(connection, generation, run)):08d}"

    def _replace(self, connection: Connection[Any], generation: Generation, run: str) -> int:
        """Publishes a generation of the same articles in the place of one, unless another is live by now."""
        with publishing(self.database, connection) as new:
            if int(generation.name) != new - 1:
                return new - 1
            ((manifest, remembered),) = connection.execute(
                "SELECT manifest, remembered FROM generations WHERE number = %s", (new - 1,)
            ).fetchall()
            about = {k: v for k, v in manifest.items() if k not in ("format", "created", "counts")}
            self.record(connection, new, {**about, "waiting": False, "replaces": new - 1}, remembered, run)
        self._seen = new
        return new

    def merge(self) -> str:
        """Makes an index of the vectors once they are many, and has the server count what its plans go by."""
        number = number_of_live(self.database)
        ((manifest,),) = self.database.rows("SELECT manifest FROM generations WHERE number = %s", (number,))
        if manifest["counts"]["passages"] > EXACT:
            dimension = int(manifest["dimension"])
            self.held.run(lambda connection: index_vectors(self.database, connection, dimension))
        self.held.run(lambda connection: count_anew(connection, manifest["counts"]["passages"]))
        return f"{number:08d}"

    def tidy(self) -> None:
        """Removes old generations, unless a reader has one open."""
        self.held.run(lambda connection: tidy_up(self.database, connection, self._kept))

    def insist(self) -> None:
        """Lets nobody else publish until this run is over."""
        self.held.insist()


def _insert_vectors(connection: Connection[Any], rows: Sequence[tuple[int, bytes]]) -> None:
    with connection.transaction():
        connection.execute("CREATE TEMP TABLE new_sentence_vectors (LIKE sentence_vectors) ON COMMIT DROP")
        copy_rows(connection, "new_sentence_vectors", rows)
        connection.execute(_FILL)


@contextlib.contextmanager
def writing_database(address: Address, kept: int, sources: Collection[Where] | None) -> Iterator[PostgresWriter]:
    """Holds these sources of the index in a database for one writer; the whole index where None.

    Raises:
        IndexBusyError: another process holds one of them; the message names which.
        ArticlebotError: the database cannot be reached, or lets nobody write.
    """
    database = Database.of(address.to_write)
    held = HeldConnection(database, sources)
    try:
        with TemporaryDirectory(prefix="articlebot-") as work:
            yield PostgresWriter(database, held, Path(work), kept)
    finally:
        held.close()
