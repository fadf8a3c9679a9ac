"""Which generation is live: who may write, publishing, going back, removing what no generation sees any more."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from index.sources.names import Where
from index.store.live import IndexBusyError, IndexWriteError
from index.store.postgres.database import Database, LostDatabaseError, is_lost
from index.store.postgres.schema import prepare

if TYPE_CHECKING:
    from psycopg import Connection

_Result = TypeVar("_Result")
_RETURNS_S = 60.0  # in which a lost database may come back before a run gives up
_SEEN = "born <= %(of)s AND (died IS NULL OR died > %(of)s)"  # by the generation that is gone back to
_BACK = (  # what the live one has and the earlier has not, dies; what the earlier has alone, is born again
    f"UPDATE {{0}} SET died = %(new)s WHERE died IS NULL AND NOT ({_SEEN})",
    "INSERT INTO stays (article, born) SELECT article, %(new)s FROM stays s WHERE " + _SEEN + " AND died IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM stays t WHERE t.article = s.article AND t.died IS NULL)",
    "INSERT INTO files (id, origin, digest, look, born) SELECT id, origin, digest, look, %(new)s FROM files s WHERE "
    + _SEEN + " AND died IS NOT NULL",
)  # fmt: skip
# Terms of passages that came with a generation, less those of passages that went with it.
COUNT_TERMS = """
INSERT INTO frequencies (term, generation, passages)
SELECT term, %(new)s, sum(n) FROM (
    SELECT unnest(w.terms) AS term, 1 AS n FROM stays s JOIN articles a ON a.key = s.article
    JOIN words w ON w.passage >= a.first_passage AND w.passage < a.first_passage + a.passages WHERE s.born = %(new)s
    UNION ALL
    SELECT unnest(w.terms), -1 FROM stays s JOIN articles a ON a.key = s.article
    JOIN words w ON w.passage >= a.first_passage AND w.passage < a.first_passage + a.passages WHERE s.died = %(new)s
) AS changed GROUP BY term HAVING sum(n) <> 0
"""
# The same of numbers: articles, passages, sentences, terms.
CHANGE = """
SELECT coalesce(sum(n), 0)::bigint, coalesce(sum(n * passages), 0)::bigint, coalesce(sum(n * sentences), 0)::bigint,
    coalesce(sum(n * (SELECT coalesce(sum(w.length), 0) FROM words w
                      WHERE w.passage >= a.first_passage AND w.passage < a.first_passage + a.passages)), 0)::bigint
FROM (SELECT article, 1 AS n FROM stays WHERE born = %(new)s
      UNION ALL SELECT article, -1 FROM stays WHERE died = %(new)s) AS changed JOIN articles a ON a.key = article
"""
_UNSEEN = "NOT EXISTS (SELECT 1 FROM generations g WHERE g.number >= born AND g.number < died)"
_REMOVE = (
    f"DELETE FROM files WHERE died IS NOT NULL AND {_UNSEEN}",
    "CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT a.key, a.first_passage AS first, a.passages AS many "
    f"FROM articles a WHERE a.key IN (SELECT article FROM stays WHERE died IS NOT NULL AND {_UNSEEN}) "
    f"AND NOT EXISTS (SELECT 1 FROM stays s WHERE s.article = a.key AND (died IS NULL OR NOT {_UNSEEN}))",
    f"DELETE FROM stays WHERE died IS NOT NULL AND {_UNSEEN}",
    "DELETE FROM passages p USING gone g WHERE p.key >= g.first AND p.key < g.first + g.many",
    "DELETE FROM words p USING gone g WHERE p.passage >= g.first AND p.passage < g.first + g.many",
    "DELETE FROM sentence_vectors p USING gone g WHERE p.passage >= g.first AND p.passage < g.first + g.many",
    "DELETE FROM articles a USING gone g WHERE a.key = g.key",
)
# What generations added up to the oldest that is left becomes one number a term.
_ADD_UP = """
WITH moved AS (DELETE FROM frequencies WHERE generation BETWEEN 1 AND %s RETURNING term, passages)
INSERT INTO frequencies AS f (term, generation, passages)
SELECT term, 0, sum(passages) FROM moved GROUP BY term
ON CONFLICT (term, generation) DO UPDATE SET passages = f.passages + EXCLUDED.passages
"""


class HeldConnection:
    """The connection of a run and the locks that it holds; both come back after a loss."""

    def __init__(self, database: Database, sources: Collection[Where] | None) -> None:
        self._database = database
        # an index as a whole is written by one alone, or sources of it by one each
        self._locks: list[tuple[tuple[str, ...], bool | None]] = [(("writers",), sources is None)]
        self._locks += [(("source", str(where)), True) for where in sources or ()]
        self._connection = self._begun()

    def run(self, work: Callable[[Connection[Any]], _Result]) -> _Result:
        """Returns what is made with the connection; again from its beginning where that was lost."""
        until = time.monotonic() + _RETURNS_S
        with self._database.telling():
            while True:
                try:
                    if self._connection.closed:
                        self._connection = self._opened()
                    return work(self._connection)
                except self._database.driver.OperationalError as error:
                    if not is_lost(error) or time.monotonic() > until:
                        raise
                    self._connection.close()
                    time.sleep(0.2)

    def insist(self) -> None:
        """Lets nobody else publish."""
        self._locks.append((("publishing",), None))
        lock = (self._database.key("publishing"),)
        self.run(lambda connection: connection.execute("SELECT pg_advisory_lock(%s)", lock))

    def close(self) -> None:
        """Lets all go."""
        self._database.let_go(self._connection)

    def _begun(self) -> Connection[Any]:
        """Returns the first connection, to tables that are there; begins again where that is lost meanwhile."""
        until = time.monotonic() + _RETURNS_S
        while True:
            try:
                prepare(self._database)
                with self._database.telling():
                    return self._opened()
            except LostDatabaseError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _opened(self) -> Connection[Any]:
        connection = self._database.connect()
        for lock, is_alone in self._locks:
            query = f"SELECT pg_try_advisory_lock{'' if is_alone else '_shared'}(%s)"
            key = self._database.key(*lock)
            if is_alone is None:  # it is worth waiting for
                connection.execute("SELECT pg_advisory_lock(%s)", (key,))
                continue
            if not connection.execute(query, (key,)).fetchall()[0][0]:
                owner = self._database.owner_of(key)
                self._database.let_go(connection)
                what = lock[1] if len(lock) > 1 else "this index"
                raise IndexBusyError(
                    f"{self._database.address}: {owner or 'another process'} is writing {what}; "
                    "try again when it is done"
                )
        return connection


def states_of(manifests: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Returns the generations in order, without those that a later one is, complete."""
    replaced = {manifest.get("replaces") for manifest in manifests.values()}
    return [number for number in sorted(manifests) if number not in replaced]


@contextlib.contextmanager
def publishing(database: Database, connection: Connection[Any]) -> Iterator[int]:
    """Yields the number of the next generation within a transaction, one publisher at a time; readers wait for none."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (database.key("publishing"),))
        ((number,),) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM generations").fetchall()
        yield int(number)


def roll_back_to(database: Database, name: str | None, kept: int) -> str:
    """Makes an earlier generation the live one again under a new number; returns its name."""
    from psycopg.types.json import Jsonb

    with database.telling(), contextlib.ExitStack() as held:
        connection = database.connect()
        held.callback(database.let_go, connection)
        if not connection.execute("SELECT pg_try_advisory_lock(%s)", (database.key("writers"),)).fetchall()[0][0]:
            raise IndexBusyError(
                f"{database.address}: another process is writing this index; try again when it is done"
            )
        with publishing(database, connection) as new:
            found = dict(connection.execute("SELECT number, manifest FROM generations").fetchall())
            source = _earlier(database, sorted(states_of(found)), name)
            values = {"of": source, "new": new}
            for query in (_BACK[0].format("stays"), _BACK[0].format("files"), *_BACK[1:]):
                connection.execute(query, values)
            connection.execute(COUNT_TERMS, values)
            manifest = {key: value for key, value in found[source].items() if key != "replaces"}
            manifest["created"] = datetime.now(UTC).isoformat(timespec="seconds")
            connection.execute(
                "INSERT INTO generations SELECT %s, %s, remembered, lengths, %s FROM generations WHERE number = %s",
                (new, Jsonb(manifest), uuid.uuid4().hex, source),
            )
        tidy_up(database, connection, kept)
    return f"{new:08d}"


def _earlier(database: Database, states: Sequence[int], name: str | None) -> int:
    earlier = states[:-1]
    if name is None and earlier:
        return earlier[-1]
    if name is not None and name.isdigit() and int(name) in earlier:
        return int(name)
    known = ", ".join(f"{number:08d}" for number in earlier) or "none"
    raise IndexWriteError(
        f"{database.address}: no generation {name or 'made'} before {states[-1]:08d}; there are: {known}"
    )


def tidy_up(database: Database, connection: Connection[Any], kept: int) -> None:
    """Removes the generations before the newest `kept`, unless a reader has one open, and what none of them sees."""
    with publishing(database, connection):
        found = dict(connection.execute("SELECT number, manifest FROM generations").fetchall())
        stay = states_of(found)[-kept:]
        old = [number for number in found if number not in stay and _is_free(database, connection, number)]
        if not old:
            return
        connection.execute("DELETE FROM generations WHERE number = ANY(%s)", (old,))
        for query in _REMOVE:
            connection.execute(query)
        oldest = min(set(found) - set(old))
        connection.execute(_ADD_UP, (oldest,))


def _is_free(database: Database, connection: Connection[Any], number: int) -> bool:
    query = "SELECT pg_try_advisory_xact_lock(%s)"
    return bool(connection.execute(query, (database.key("generation", number),)).fetchall()[0][0])
