"""A state in a database: who leads, what a lost lock means, versions, what is forgotten, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from bot.settings import load_settings
from bot.telegram.state.database import StateDatabase
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import DAY, Memory
from bot.telegram.state.schema import STATE_VERSION
from bot.telegram.state.store import LostStateError, StateError
from index import build_index
from index.store.postgres.address import Address
from tests.bot.conftest import Run
from tests.bot.telegram.state.conftest import talk
from tests.index.server import Server

SECRET = "s3cret-words"  # noqa: S105  of nobody


@pytest.fixture
def leader(database: Address) -> Iterator[StateDatabase]:
    """A state that is led."""
    with closing(StateDatabase.open(database)) as opened:
        assert opened.lead()
        yield opened


def end_sessions(server: Server, state: StateDatabase) -> None:
    """Takes the connection of a state away, as an admin may, or a server that is stopped."""
    pid = state._connection.info.backend_pid
    server.sql(f"SELECT pg_terminate_backend({pid}, 60000)")


def test_one_leads_and_the_next_when_it_is_gone(leader: StateDatabase, database: Address) -> None:
    with closing(StateDatabase.open(database)) as other:
        assert not other.lead()
        assert other.leader.startswith("articlebot ")
        leader.close()
        assert other.lead()


def test_every_write_of_a_leader_that_lost_its_lock_fails(
    leader: StateDatabase, database: Address, server: Server
) -> None:
    Memory(leader).set_language(5, "fr")
    end_sessions(server, leader)
    with closing(StateDatabase.open(database)) as other:
        assert other.lead()
        with pytest.raises(LostStateError, match=r"terminating connection|closed"):
            Memory(leader).set_language(5, "de")
        for attempt in (leader.check, leader.wipe, lambda: Inbox(leader).put([{"update_id": 1}])):
            with pytest.raises(LostStateError):
                attempt()
        assert (Memory(other).language(5), Inbox(other).waiting()) == ("fr", 0)


def test_transaction_that_a_loss_cut_leaves_nothing(leader: StateDatabase, database: Address, server: Server) -> None:
    def write() -> None:
        with leader.transaction():
            Memory(leader).set_language(5, "fr")
            end_sessions(server, leader)
            Memory(leader).set_language(6, "fr")

    with pytest.raises(LostStateError):
        write()
    with closing(StateDatabase.open(database)) as other:
        assert other.lead()
        assert other.rows("SELECT * FROM people") == []


def test_statement_that_takes_too_long_lets_the_lock_go(leader: StateDatabase, database: Address) -> None:
    assert leader.row("SHOW statement_timeout") == ("10s",)
    leader.run("SET statement_timeout = 20")
    with pytest.raises(LostStateError, match="the database was too slow"):
        leader.rows("SELECT pg_sleep(600)")
    with closing(StateDatabase.open(database)) as other:
        assert other.lead()


def test_state_of_a_newer_version_is_refused_and_left_as_it_is(leader: StateDatabase, database: Address) -> None:
    leader.write("INSERT INTO state_version VALUES (?)", STATE_VERSION + 1)
    leader.close()
    with closing(StateDatabase.open(database)) as other:
        with pytest.raises(StateError, match=f"version {STATE_VERSION + 1}, wanted {STATE_VERSION} at most"):
            other.lead()
        assert other.version == STATE_VERSION + 1


def test_state_lies_beside_an_index_under_one_address(
    server: Server, phare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.address().partition("&schema")[0]
    monkeypatch.setenv("ARTICLEBOT_INDEX", url)
    monkeypatch.setenv("ARTICLEBOT_STATE", url)
    settings = load_settings()
    assert isinstance(settings.state, Address)
    with ExitStack() as cleanup:
        for schema in ("articlebot", "articlebot_bot"):
            cleanup.callback(server.sql, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        build_index(phare, settings.index)
        with closing(StateDatabase.open(settings.state)) as state:
            assert state.lead()
            assert state.rows("SELECT schemaname::text FROM pg_tables WHERE tablename = 'inbox'") == [
                ("articlebot_bot",)
            ]


def test_words_are_kept_without_what_a_database_cannot_hold(leader: StateDatabase) -> None:
    Memory(leader).rate(1, 5, 0, "avant\0après")
    assert leader.rows("SELECT words FROM feedback") == [("avantaprès",)]


def words_in_tables(server: Server) -> set[str]:
    """Which of the words of these tests stand in the server's tables, whether or not a query finds them."""
    server.sql("CHECKPOINT")
    found = b"".join(each.read_bytes() for each in (server.home / "data" / "base").rglob("*") if each.is_file())
    return {word for word in ("heliotrope", "cormorant") if word.encode() in found}


def test_forgotten_and_expired_words_are_in_no_table(leader: StateDatabase, server: Server) -> None:
    for number in range(1, 40):
        talk(leader, number, *((5, f"heliotrope {number}") if number % 3 else (6, f"cormorant {number}")))
    assert words_in_tables(server) == {"heliotrope", "cormorant"}
    assert Memory(leader).forget(5)
    assert words_in_tables(server) == {"cormorant"}
    for table in ("answers", "turns", "feedback", "offers"):
        leader.write(f"UPDATE {table} SET at = at - ?", 31 * DAY)  # noqa: S608
    assert Memory(leader).expire(30)
    assert words_in_tables(server) == set()


def test_forgetting_waits_for_who_reads_the_tables(leader: StateDatabase, server: Server) -> None:
    talk(leader, 1, 5, "heliotrope")
    schema = leader.place.schema if isinstance(leader.place, Address) else ""
    with psycopg.connect(f"postgresql://postgres@/postgres?host={server.home}") as reader:
        reader.execute(f"SELECT * FROM {schema}.answers")  # noqa: S608
        assert not Memory(leader).forget(5)
    assert leader.row("SHOW statement_timeout") == ("10s",)
    assert Memory(leader).forget(5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("@/postgres?", "@/nowhere?"), "createdb nowhere"),
        (("postgres@/", "nobody@/"), "createuser"),
        (("postgres@/", f"guarded:{SECRET}@/"), "a user and a password that may come in wanted"),
    ],
)
def test_state_that_cannot_be_reached_is_told_in_one_line_without_the_password(
    server: Server, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(StateError) as failed:
        StateDatabase.open(Address(server.address().replace(*change)))
    assert told in str(failed.value)
    assert SECRET not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_doctor_and_backup_say_where_the_state_is(
    leader: StateDatabase, database: Address, run: Run, index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLEBOT_STATE", database._url.replace("postgres@/", f"postgres:{SECRET}@/"))
    said = run("doctor", "--index", index).out
    assert "polls" in said
    leader.close()
    said += run("doctor", "--index", index).out
    assert f"{database.schema}: no bot polls" in said
    done = run("backup", tmp_path / "b.tar", "--index", index)
    assert (done.code, "the bot's state is in a database; back it up by pg_dump" in done.err) == (0, True)
    refused = run("restore", tmp_path / "b.tar", "--index", tmp_path / "again")
    assert "a database, a file wanted; restore the state to one: --state" in refused.err
    assert SECRET not in said + repr(done) + repr(refused)
