"""An index in a database as a whole: which generation is live, opening it, going back, its size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from index.store.generation import Generation
from index.store.manifest import IndexFormatError
from index.store.postgres.address import Address
from index.store.postgres.cache import DatabaseCache
from index.store.postgres.database import Database, LostDatabaseError
from index.store.postgres.generation import PostgresGeneration
from index.store.postgres.live import roll_back_to, states_of
from index.store.postgres.schema import check_version, version_of

if TYPE_CHECKING:
    from psycopg import Connection

_RECORD = "SELECT manifest, remembered, lengths FROM generations WHERE number = %s"
_BYTES = (
    "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'"
)


class PostgresStore:
    """The index in a schema of a database."""

    def __init__(self, address: Address) -> None:
        self.place = address

    @property
    def database(self) -> Database:
        """Its connections; raises ArticlebotError where it cannot be reached."""
        return Database.of(self.place)

    def is_there(self) -> bool:
        """Whether an index is in the database."""
        return number_of_live(self.database) is not None

    def live(self) -> str:
        """Returns the name of the live generation; raises IndexFormatError where there is none."""
        return f"{live_number(self.database):08d}"

    def open(self, name: str | None = None) -> PostgresGeneration:
        """Opens the live generation, or the one named.

        Raises:
            ArticlebotError: it is not there, is of another format, or the database is lost.
        """
        database = self.database
        holder = Holder(database)
        try:
            for _ in range(100):  # a writer may publish and clean between the two reads
                number = live_number(database) if name is None else int(name)
                holder.hold(number)
                if found := database.rows(_RECORD, (number,)):
                    return PostgresGeneration(database, number, found[0], holder.close)
                if name is not None:
                    break
            raise IndexFormatError(f"{self.place}: generation {name or 'live'} is gone; open the live one")
        except BaseException:
            holder.close()
            raise

    def generations(self) -> list[dict[str, Any]]:
        """Returns name, time of making, number of articles and whether it is live, of each generation, oldest first."""
        live = live_number(self.database)
        found = dict(self.database.rows("SELECT number, manifest FROM generations"))
        return [
            {"name": f"{number:08d}", "created": found[number]["created"],
             "articles": found[number]["counts"]["articles"], "live": number == live}
            for number in states_of(found)
        ]  # fmt: skip

    def roll_back(self, name: str | None, kept: int) -> str:
        """Makes an earlier generation the live one again, under a new name, which it returns.

        Raises:
            ArticlebotError: there is no such generation, another process is writing, or the database is lost.
        """
        database = Database.of(self.place.to_write)
        live_number(database)  # before anything is made for what is not there
        return roll_back_to(database, name, kept)

    def problems(self) -> list[str]:
        """Returns what is wrong with the live generation, one line each; an empty list where all is well."""
        with closing(self.open()) as generation:
            return [*_wrong_records(self.database, generation), *_wrong_embeddings(self.database)]

    def sizes(self, generation: Generation) -> dict[str, Any]:  # noqa: ARG002  tables are of all
        """Returns passages of all generations, and bytes of the tables and their indexes."""
        database = self.database
        ((passages,),) = database.rows("SELECT count(*) FROM passages")
        ((size,),) = database.rows(_BYTES, (database.schema,))
        return {"segments": [int(passages)], "bytes": int(size)}


_STAY = "WHERE s.born <= {0} AND (s.died IS NULL OR s.died > {0})"
_OF = f"FROM stays s JOIN articles a ON a.key = s.article {_STAY}"
_OWN = "{1} >= a.first_passage AND {1} < a.first_passage + a.passages".format
_OTHER = "AS c (id, n, wanted) WHERE n <> wanted"
_WITH = f"FROM stays s JOIN articles a ON a.key = s.article JOIN passages p ON {_OWN(0, 'p.key')}"
_WRONG = {
    "{}: its text is not as it was written": f"SELECT a.id {_OF} "
    "AND left(encode(sha256(convert_to(a.text, 'UTF8')), 'hex'), 32) <> a.digest",
    "{}: passage {} to {} is not in its text": f"SELECT a.id, p.start, p.stop {_WITH} {_STAY} "
    "AND (p.start < 0 OR p.stop <= p.start OR p.stop > length(a.text))",
    "{}: a sentence is not in its passage {} to {}": f"SELECT a.id, p.start, p.stop {_WITH} {_STAY} "
    "AND (p.spans[1] <> p.start OR p.spans[cardinality(p.spans)] <> p.stop "
    "OR cardinality(p.spans) <> 2 * cardinality(p.arrivals))",
    "{}: passage vector of length {}, wanted 1": f"SELECT a.id, round(l2_norm(p.vector)::numeric, 3) {_WITH} {_STAY} "
    "AND abs(l2_norm(p.vector) - 1) >= 0.01",
    "{}: {} passages, wanted {}": "SELECT * FROM (SELECT a.id, "
    f"(SELECT count(*) FROM passages p WHERE {_OWN(0, 'p.key')}), a.passages {_OF}) {_OTHER}",
    "{}: words of {} passages, wanted {}": "SELECT * FROM (SELECT a.id, "
    f"(SELECT count(*) FROM words w WHERE {_OWN(0, 'w.passage')}), a.passages {_OF}) {_OTHER}",
    "{}: {} bytes of sentence vectors, wanted {}": "SELECT a.id, length(v.vectors), cardinality(p.arrivals) * {1} "
    f"{_WITH} JOIN sentence_vectors v ON v.passage = p.key {_STAY} "
    "AND length(v.vectors) <> cardinality(p.arrivals) * {1}",
    "the word {}: counted in {} passages, held by {}": "SELECT term, f.n, h.n FROM (SELECT term, sum(passages) AS n "
    "FROM frequencies WHERE generation <= {0} GROUP BY term HAVING sum(passages) <> 0) AS f FULL JOIN "
    "(SELECT unnest(w.terms) AS term, count(*) AS n FROM stays s JOIN articles a ON a.key = s.article "
    f"JOIN words w ON {_OWN(0, 'w.passage')} {_STAY} GROUP BY 1) AS h USING (term) WHERE f.n IS DISTINCT FROM h.n",
}  # fmt: skip
_TOLD = 10  # of each kind


def _wrong_records(database: Database, generation: PostgresGeneration) -> Iterator[str]:
    """Yields what does not belong together in a generation, or is not as it was written."""
    size = 2 * int(generation.manifest["dimension"])
    with database.telling(), database.connect() as connection:
        for told, query in _WRONG.items():
            for record in connection.execute(query.format(generation.number, size) + f" LIMIT {_TOLD}"):
                yield f"{database.address}: {told.format(*record)}; run `articlebot verify --repair`"


def _wrong_embeddings(database: Database) -> Iterator[str]:
    """Yields a line where embeddings are not as they were written."""
    if wrong := DatabaseCache(database, "", 0).wrong():
        yield f"{database.address}: {wrong} embeddings are not as they were written; they will be embedded again"


class Holder:
    """A connection that holds a generation as long as it is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._number: int | None = None
        with database.telling():
            self._connection = self._connected()
        database.holders.add(self)

    def hold(self, number: int) -> None:
        """Holds this one in the place of what it held."""
        self._number = number
        with self._database.telling():
            self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.execute("SELECT pg_advisory_lock_shared(%s)", (self._database.key("generation", number),))

    def hold_again(self) -> None:
        """Holds it by a new connection, after one was lost; raises LostDatabaseError where it was removed meanwhile."""
        if self._number is None or self._connection.closed:
            return
        try:
            self._connection.execute("SELECT 1")
        except self._database.driver.OperationalError:
            self._connection = self._connected()
            self.hold(self._number)
            if not self._connection.execute(_RECORD, (self._number,)).fetchone():
                raise LostDatabaseError(
                    f"{self._database.address}: the connection was lost, and generation {self._number:08d} was removed "
                    "meanwhile; ask again"
                ) from None

    def _connected(self) -> Connection[Any]:
        """Connects to where writers look before they remove a generation; as long as that is away, to what is there."""
        address = self._database.address
        try:
            return self._database.connect(address.to_write)
        except self._database.driver.OperationalError:
            if address == address.to_write:
                raise
            return self._database.connect()

    def close(self) -> None:
        """Holds nothing any more."""
        self._number = None
        self._database.let_go(self._connection)


def live_number(database: Database) -> int:
    """Returns the number of the live generation.

    Raises:
        IndexFormatError: there is none.
        OldFormatError: the tables are of an earlier version.
    """
    number = number_of_live(database)
    if number is None:
        raise IndexFormatError(
            f"{database.address}: no index there; make one with "
            f"`articlebot index FOLDER_OF_ARTICLES --index {database.address}`"
        )
    return number


def number_of_live(database: Database) -> int | None:
    """Returns the number of the live generation, None where there is none."""
    version = database.run(lambda connection: version_of(connection, database.schema))
    check_version(database, version)
    if not version:
        return None
    ((number,),) = database.rows("SELECT max(number) FROM generations")
    return None if number is None else int(number)
