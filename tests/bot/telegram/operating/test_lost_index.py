"""An index in a database that is lost or slow beneath the bot: people are told to try again, and the bot goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from index import build_index
from index.store.postgres import database as connections
from index.store.postgres.address import Address
from tests.bot.telegram.operating.test_bot_process import LIGHTHOUSE, QUESTION

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.person import Person
    from tests.index.server import Server

SORRY = "réessayez plus tard"


def test_question_to_an_index_that_is_lost_is_told_to_try_again(
    own_server: Server, articles: Path, start: StartBot, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_BACK_S", "_CONNECT_S"):  # that a question waits for it
        monkeypatch.setattr(connections, name, 1)
    database = Address(own_server.address())
    build_index(articles, database)
    bot = start(index=database, quiet_hours="0-0")
    ann.say(f"/follow {LIGHTHOUSE}")
    ann.wait("C’est noté")
    ann.ask(QUESTION)
    own_server.halt()
    ann.wait_for_reply(ann.say(QUESTION), SORRY)
    assert str(database) in bot.bot._objections()[0]
    own_server.start()
    ann.wait_for_reply(ann.say(QUESTION), "14 mois")
    assert (bot.is_running, bot.bot._objections()) == (True, [])


def test_question_to_an_index_that_answers_too_late_is_told_to_try_again(
    database: Address, server: Server, articles: Path, start: StartBot, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_STATEMENT_MS", 500)
    build_index(articles, database)
    start(index=database)
    ann.ask(QUESTION)
    with psycopg.connect(f"postgresql://postgres@/postgres?host={server.home}") as other:
        other.execute(f"LOCK {database.schema}.passages")
        ann.wait_for_reply(ann.say(QUESTION), SORRY)
    ann.wait_for_reply(ann.say(QUESTION), "14 mois")
