"""Connections to the database: a pool that finds its way back, and errors in one line without secrets."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import socket
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from index.errors import ArticlebotError
from index.store.postgres.address import Address, DatabaseAddressError

if TYPE_CHECKING:
    from psycopg import Connection

_Result = TypeVar("_Result")
_CONNECT_S = 10  # that a connection may take
_STATEMENT_MS = 30_000  # that a reader's statement may take: a slow database is an error, not a hang
_CONNECTIONS = 8  # of one process that asks
# A server that is started again says so, or is away for a moment: how long it is waited for.
_RETURNS = {
    "starting up|shutting down|recovery mode|not yet accepting|terminating connection|closed the connection": 15.0,
    "Connection refused|No such file or directory": 2.0,
}
_BACK_S = 15.0  # in which a lost database is looked for before that is told
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,40}")
_HINT = re.compile(r"connection (failed|is bad): | Is the server running .*\?")  # of libpq, twice the same
_OWNER = (
    "SELECT application_name FROM pg_locks l JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid::bigint = (%s::bigint >> 32) & 4294967295 AND objid::bigint = %s::bigint & 4294967295"
)
_KEPT_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 40_000}


class LostDatabaseError(ArticlebotError, ConnectionError):
    """The database cannot be reached, or the connection was lost and did not come back."""


class DatabaseRefusalError(ArticlebotError, PermissionError):
    """The database is there, and does not let this user do what an index needs."""


class DatabaseFailureError(ArticlebotError, RuntimeError):
    """The database could not do what was asked of it."""


class Database:
    """One database and the schema of one index in it; safe to use from several threads."""

    _open: ClassVar[weakref.WeakValueDictionary[Address, Database]] = weakref.WeakValueDictionary()

    def __init__(self, address: Address) -> None:
        self.address = address
        self.schema = address.schema
        if not _SCHEMA.fullmatch(self.schema):
            raise DatabaseAddressError(
                f"{address}: schema {self.schema!r}, small letters, digits and _ wanted; such as ?schema=articlebot"
            )
        silence()
        with self.telling():  # a pool would go on trying: who may not come in is told at once
            self.connect().close()
        from psycopg_pool import ConnectionPool

        self.holders = weakref.WeakSet[Any]()  # of generations that are open: to be held again after a loss
        self._pool = ConnectionPool(
            address.conninfo, min_size=0, max_size=_CONNECTIONS, timeout=_CONNECT_S, open=True, name="articlebot",
            kwargs={"autocommit": True, **self._how()}, configure=self.set_up, reconnect_timeout=_BACK_S,
        )  # fmt: skip
        weakref.finalize(self, self._pool.close, 1.0)

    @classmethod
    def of(cls, address: Address) -> Database:
        """Returns the one of this process for an address.

        Raises:
            ArticlebotError: it cannot be reached, lets nobody in, or psycopg is not there.
        """
        database = cls._open.get(address)
        if database is None:
            database = cls._open[address] = cls(address)
        return database

    def connect(self, address: Address | None = None, /, **settings: object) -> Connection[Any]:
        """Returns a connection of its own, in autocommit: for locks, and for writing. Settings are of the server."""
        conninfo = (address or self.address).conninfo
        import psycopg

        begun = time.monotonic()
        while True:
            try:
                connection = psycopg.connect(conninfo, autocommit=True, **self._how())
                self.set_up(connection, **{"statement_timeout": 0, **settings})
                return connection
            except psycopg.OperationalError as error:
                waits = next((seconds for why, seconds in _RETURNS.items() if re.search(why, str(error))), 0.0)
                if time.monotonic() - begun > waits:
                    raise
                time.sleep(0.1)

    def let_go(self, connection: Connection[Any]) -> None:
        """Closes a connection, with the locks that it holds.

        By itself the server notices that one is closed a little later than who closed it, and keeps its locks so long.
        """
        with contextlib.suppress(self.driver.Error):  # a lost connection holds nothing either
            connection.execute("SELECT pg_advisory_unlock_all()")
        connection.close()

    def run(self, work: Callable[[Connection[Any]], _Result]) -> _Result:
        """Returns what is made with a connection of the pool; anew with another one where that was lost.

        Raises:
            ArticlebotError: what the database refuses, or that it is lost.
        """
        import psycopg

        until = time.monotonic() + _BACK_S
        with self.telling():
            while True:
                try:
                    with self._pool.connection() as connection:
                        return work(connection)
                except psycopg.OperationalError as error:
                    if not is_lost(error) or time.monotonic() > until:
                        raise
                    time.sleep(0.05)
                    self._hold_again()

    @property
    def driver(self) -> ModuleType:
        """The module psycopg."""
        return import_module("psycopg")

    def _hold_again(self) -> None:
        with contextlib.suppress(self.driver.OperationalError):  # it is still away: tried again
            for holder in list(self.holders):
                holder.hold_again()

    def rows(self, query: str, values: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
        """Returns the records of a query, in binary."""
        return self.run(lambda connection: connection.execute(query, values, binary=True).fetchall())

    def copied(self, query: str, values: tuple[object, ...] = ()) -> bytes:
        """Returns the records of a query in the binary form of COPY, its head and end left out."""

        def copy(connection: Connection[Any]) -> bytes:
            with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", values) as out:
                return b"".join(bytes(block) for block in out)[19:-2]

        return self.run(copy)

    def key(self, *parts: object) -> int:
        """Returns the number of an advisory lock of this index."""
        name = "/".join(["articlebot", self.schema, *map(str, parts)])
        return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)

    def owner_of(self, key: int) -> str:
        """Returns the name of a process that holds an advisory lock, "" where none does any more."""
        return next((str(name) for (name,) in self.rows(_OWNER, (key, key))), "")

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Turns what the driver raises into one line."""
        try:
            import psycopg
            import psycopg_pool
        except ImportError as error:
            raise DatabaseAddressError(
                f"{self.address}: {error.name or 'psycopg'} is not installed, which speaks to PostgreSQL; "
                "pip install 'articlebot[postgres]'"
            ) from error
        try:
            yield
        except psycopg_pool.PoolTimeout as error:
            reason = self._reason(psycopg) or "no connection was free"
            raise LostDatabaseError(f"{self.address}: {reason}; try again, or look at the server") from error
        except psycopg.Error as error:
            raise self.told(error) from error

    def told(self, error: Exception) -> ArticlebotError:
        """Returns what an error of the driver is, for people."""
        from psycopg import errors

        told = getattr(getattr(error, "diag", None), "message_primary", None) or error
        why = _HINT.sub("", self.address.without_secrets(told))
        if isinstance(error, errors.QueryCanceled):
            return LostDatabaseError(f"{self.address}: the database was too slow ({why}); try again later")
        if isinstance(error, errors.DiskFull | errors.OutOfMemory):
            return DatabaseFailureError(f"{self.address}: {why}; make room on the server and run it again")
        if isinstance(error, errors.InsufficientPrivilege | errors.InvalidPassword | errors.ReadOnlySqlTransaction):
            return DatabaseRefusalError(f"{self.address}: {why}; a user who may do that wanted: {_STEP}")
        if is_lost(error):
            return _refusal(self.address, why)
        if isinstance(error, errors.ProgrammingError):
            return DatabaseAddressError(f"{self.address}: {why}; an address as postgresql://USER@HOST/DATABASE wanted")
        return DatabaseFailureError(f"{self.address}: {why}; run `articlebot verify`, or try again")

    def _reason(self, psycopg: Any) -> str:  # noqa: ANN401  the module
        """Returns why there is no connection, "" where there is one now."""
        try:
            self.connect().close()
        except psycopg.Error as error:
            return _HINT.sub("", self.address.without_secrets(error))
        return ""

    def _how(self) -> dict[str, Any]:
        """Returns what a connection is opened with, unless the address says otherwise."""
        name = f"articlebot {os.getpid()}@{socket.gethostname()}"[:63]
        own = {"connect_timeout": _CONNECT_S, "client_encoding": "utf8", "application_name": name, **_KEPT_ALIVE}
        return {key: value for key, value in own.items() if f"{key}=" not in self.address.conninfo}

    def set_up(self, connection: Connection[Any], **settings: object) -> None:
        """Makes our tables and pgvector's types found by their names alone."""
        found = connection.execute(
            "SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
            "WHERE extname = 'vector'"
        ).fetchone()
        path = ", ".join(dict.fromkeys([self.schema, *(found or ()), "public"]))
        wanted = {"search_path": path, "statement_timeout": _STATEMENT_MS, "jit": "off", **settings}
        for name, value in wanted.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, str(value)))


_STEP = "see docs/beyond-a-laptop.md"


def silence() -> None:
    """Keeps the pool from logging what is told as an error."""
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, rather than that something was refused over it."""
    from psycopg import OperationalError, errors

    still_there = (errors.QueryCanceled, errors.DiskFull, errors.OutOfMemory, errors.LockNotAvailable)
    return isinstance(error, OperationalError) and not isinstance(error, still_there)


def _refusal(address: Address, why: str) -> ArticlebotError:
    """Returns what keeps a connection from being made, or has ended it."""
    if "password" in why or "authentication" in why or "no pg_hba.conf entry" in why:
        return DatabaseRefusalError(
            f"{address}: {why}; a user and a password that may come in wanted: PGPASSWORD, ~/.pgpass or the address"
        )
    if "does not exist" in why and "database" in why:
        name = why.partition('database "')[2].partition('"')[0]
        return DatabaseRefusalError(f"{address}: {why}; make it: createdb {name}")
    if "does not exist" in why:
        return DatabaseRefusalError(f"{address}: {why}; a role of the server wanted: createuser, or another name")
    return LostDatabaseError(f"{address}: {why}; try again when the server is there, or correct the address")
