"""What goes wrong with a database is one line: what was found, what was wanted, what to do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from index import ArticlebotError, build_index
from index.store.anywhere.stores import open_generation, store_of
from index.store.manifest import IndexFormatError, OldFormatError
from index.store.postgres import schema
from index.store.postgres.address import Address
from index.store.postgres.database import Database, DatabaseRefusalError, LostDatabaseError
from tests.index.server import Server

if TYPE_CHECKING:
    from psycopg import Connection

    from tests.index.conftest import Library

SECRET = "hunter2"  # noqa: S105  a pretended one


def told(work: Callable[[], object], kind: type[ArticlebotError]) -> str:
    with pytest.raises(kind) as caught:
        work()
    line = str(caught.value)
    assert "\n" not in line
    assert SECRET not in line
    return line


def test_an_empty_database_has_no_index_and_is_left_empty(database: Address) -> None:
    store = store_of(database)
    assert not store.is_there()
    assert "no index there; make one with `articlebot index FOLDER" in told(store.live, IndexFormatError)
    assert told(store.open, IndexFormatError).startswith(str(database))
    found = Database.of(database).rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", (database.schema,))
    assert found == []


def test_a_wrong_password_is_told_without_it(server: Server, library: Library) -> None:
    server.sql("DROP ROLE IF EXISTS guarded; CREATE ROLE guarded LOGIN PASSWORD 'right'")
    address = server.address(user=f"guarded:{SECRET}")
    line = told(lambda: build_index(library.source, address), DatabaseRefusalError)
    assert "password authentication failed" in line
    assert "PGPASSWORD" in line


def test_a_missing_database_or_role_is_told_with_what_makes_it(server: Server) -> None:
    line = told(store_of(server.address(database="nowhere")).live, DatabaseRefusalError)
    assert "make it: createdb nowhere" in line
    assert "createuser" in told(store_of(server.address(user="nobody_here")).live, DatabaseRefusalError)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    address = f"postgresql://me:{SECRET}@/news?host={tmp_path}"
    assert "try again when the server is there" in told(store_of(address).live, LostDatabaseError)


@pytest.mark.parametrize("url", [f"postgresql://me:%zz{SECRET}@/x", f"postgresql://me:{SECRET}@/x?colour=red"])
def test_what_is_no_address_is_told(url: str) -> None:
    told(store_of(url).live, ArticlebotError)


def test_who_may_not_make_the_schema_is_told(server: Server, library: Library) -> None:
    server.sql("DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN; CREATE EXTENSION IF NOT EXISTS vector")
    line = told(lambda: build_index(library.source, server.address(user="reader")), DatabaseRefusalError)
    assert "permission denied" in line


def test_who_may_not_make_the_extension_is_told_what_its_owner_runs(server: Server, library: Library) -> None:
    server.sql("DROP DATABASE IF EXISTS bare")
    server.sql("DROP ROLE IF EXISTS reader")
    server.sql("CREATE ROLE reader LOGIN")
    server.sql("CREATE DATABASE bare")
    address = server.address(user="reader", database="bare")
    line = told(lambda: build_index(library.source, address), DatabaseRefusalError)
    assert "CREATE EXTENSION vector" in line


def test_a_database_in_another_encoding_is_refused(server: Server, library: Library) -> None:
    server.sql("DROP DATABASE IF EXISTS latin")
    server.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    line = told(lambda: build_index(library.source, server.address(database="latin")), DatabaseRefusalError)
    assert "LATIN1, UTF8 wanted" in line


def test_tables_of_another_version_are_told_and_older_ones_brought_up_to_date(
    database: Address, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(library.source, database)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (number integer)"))
    monkeypatch.setattr(schema, "VERSION", 2)
    assert "tables of version 1, this version reads 2; run `articlebot index`" in told(
        store_of(database).live, OldFormatError
    )
    assert build_index([], database).unchanged == ["news/a.md", "news/b.md"]
    monkeypatch.setattr(schema, "VERSION", 1)
    assert "tables of version 2, this version reads 1; install" in told(store_of(database).live, IndexFormatError)


def test_a_reader_goes_on_when_a_lost_server_is_back(own_server: Server, library: Library) -> None:
    address = own_server.address()
    build_index(library.source, address)
    with closing(open_generation(address)) as generation:
        before = generation.passages([0, 1])
        own_server.restart()
        assert generation.passages([0, 1]) == before
        library.write(a="# Le lion\n\nLe lion dort.\n")
        build_index(library.source, address, kept=1)
        assert generation.passages([0, 1]) == before  # it is held again, so it was not removed


def test_a_server_that_stays_away_is_told_within_seconds(
    own_server: Server, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.postgres.database._BACK_S", 0.5)
    monkeypatch.setattr("index.store.postgres.live._RETURNS_S", 0.5)
    address = own_server.address()
    build_index(library.source, address)
    with closing(open_generation(address)) as generation:
        own_server.halt()
        told(lambda: generation.passages([0]), LostDatabaseError)
        library.write(c="# La vache\n\nLa vache rit.\n")
        told(lambda: build_index(library.source, address), LostDatabaseError)
        own_server.start()
        assert len(generation.passages([0])) == 1
    assert build_index(library.source, address).added == ["news/c.md"]


@pytest.mark.parametrize("at", ["_extend", "version_of"])
def test_a_connection_that_is_lost_while_tables_are_made_is_had_again(
    database: Address, library: Library, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    whole, losses = getattr(schema, at), [True]

    def lost_once(connection: Connection[Any], *more: Any) -> Any:  # noqa: ANN401
        if losses:
            losses.pop()
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return whole(connection, *more)

    monkeypatch.setattr(schema, at, lost_once)
    assert build_index(library.source, database).added
    assert not losses


def test_a_statement_that_takes_too_long_is_told_and_no_hang(
    database: Address, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.postgres.database._STATEMENT_MS", 200)
    build_index(library.source, database)
    slow = Database(database)
    line = told(lambda: slow.rows("SELECT pg_sleep(30)"), LostDatabaseError)
    assert "too slow" in line


def test_a_second_writer_of_a_source_is_told_who_writes_it(database: Address, library: Library) -> None:
    build_index(library.source, database)
    library.write(c="# La vache\n\nLa vache rit.\n")
    line = list[str]()

    def second(*_: object) -> None:
        line.append(told(lambda: build_index(library.source, database), ArticlebotError))

    other = threading.Thread(target=second)

    def progress(what: str, _done: int, _all: int) -> None:
        if what == "publishing" and not line:
            other.start()
            other.join()

    build_index(library.source, database, progress=progress)
    assert "is writing" in line[0]
    assert str(library.source) in line[0]
    assert "articlebot" in line[0].partition("is writing")[0]
