"""Readers at a replica, which follows a moment later; writers, and who holds a generation, at the server it follows."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from index import build_index
from index.store.anywhere.stores import open_generation, store_of
from index.store.postgres.address import Address
from index.store.postgres.generation import PostgresGeneration
from tests.index.server import Server

if TYPE_CHECKING:
    from tests.index.conftest import Library

WAIT_S = 120.0  # only a failing test waits so long


@pytest.fixture
def both(own_server: Server, replica: Server) -> Address:
    """An index at both: read at the replica first, written where that can be."""
    hosts = f"host={replica.home},{own_server.home}"
    return Address(
        own_server.address().replace(f"host={own_server.home}", f"{hosts}&target_session_attrs=prefer-standby")
    )


@pytest.fixture
def follow(own_server: Server, replica: Server) -> Callable[[], None]:
    """Waits until the replica has all that was written."""

    def ask(server: Server, query: str) -> str:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={server.home}") as connection:
            return str(connection.execute(query).fetchall()[0][0])

    def wait() -> None:
        written, until = ask(own_server, "SELECT pg_current_wal_lsn()"), time.monotonic() + WAIT_S
        while ask(replica, f"SELECT pg_last_wal_replay_lsn() >= '{written}'") != "True":
            assert time.monotonic() < until
            time.sleep(0.02)

    return wait


def is_at_replica(generation: object) -> bool:
    assert isinstance(generation, PostgresGeneration)
    return bool(generation.database.rows("SELECT pg_is_in_recovery()")[0][0])


def test_a_reader_asks_the_replica_and_keeps_its_generation_while_two_updates_are_published(
    both: Address, library: Library, follow: Callable[[], None]
) -> None:
    build_index(library.source, both)
    follow()
    with closing(open_generation(both)) as generation:
        assert is_at_replica(generation)
        before = generation.passages([0, 1]), generation.lexical.search(["chat"], 5), list(generation.articles())
        for number in range(2):
            library.write(a=f"# Le lion\n\nLe lion a {number} ans.\n")
            build_index(library.source, both, kept=1)
        follow()
        assert [each["name"] for each in store_of(both).generations()] == ["00000001", "00000003"]
        after = generation.passages([0, 1]), generation.lexical.search(["chat"], 5), list(generation.articles())
        assert str(after) == str(before)
    store_of(both).roll_back(None, 1)
    follow()
    assert store_of(both).live() == "00000004"


def test_a_writer_goes_on_from_what_is_written_and_not_from_what_a_replica_has_so_far(
    both: Address, library: Library, replica: Server, follow: Callable[[], None]
) -> None:
    build_index(library.source, both)
    follow()
    replica.sql("SELECT pg_wal_replay_pause()")
    for number in range(2):
        library.write(**{f"new{number}": f"# Le lion\n\nLe lion numéro {number} est né.\n"})
        assert build_index(library.source, both).added == [f"{library.source.name}/new{number}.md"]
    with closing(open_generation(both)) as generation:
        assert (generation.name, is_at_replica(generation)) == ("00000001", True)
    replica.sql("SELECT pg_wal_replay_resume()")
    follow()
    with closing(open_generation(both)) as generation:
        assert generation.name == "00000003"


def test_readers_go_on_at_the_replica_when_the_server_is_away_and_at_the_server_when_the_replica_is(
    both: Address, library: Library, own_server: Server, replica: Server, follow: Callable[[], None]
) -> None:
    build_index(library.source, both)
    follow()
    replica.halt()
    with closing(open_generation(both)) as generation:
        assert not is_at_replica(generation)
    replica.start()
    own_server.halt()
    with closing(open_generation(both)) as generation:
        assert is_at_replica(generation)
        assert generation.lexical.search(["chat"], 5)
