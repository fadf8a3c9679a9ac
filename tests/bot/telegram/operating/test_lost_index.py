"""An index in a database that is lost or slow beneath the bot: people are told to try again, and the bot goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index import build_index
from index.store.postgres import database as connections
from index.store.postgres.address import Address
from tests.bot.telegram.operating.test_bot_process import LIGHTHOUSE, QUESTION

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.person import Person
    from tests.bot.telegram.server import TelegramServer
    from tests.index.server import Server

SORRY = "réessayez plus tard"


def test_question_to_an_index_that_is_lost_is_told_to_try_again(
    own_server: Server, articles: Path, start: StartBot, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Address(own_server.address())
    build_index(articles, place)
    bot = start(index=place, quiet_hours="0-0")
    ann.say(f"/follow {LIGHTHOUSE}")
    ann.wait("C’est noté")
    ann.ask(QUESTION)
    own_server.halt()
    with monkeypatch.context() as impatient:
        impatient.setattr(connections, "_BACK_S", 0.0)  # that a question waits for it
        impatient.setattr(connections.Database.of(place)._pool, "timeout", 0.1)
        ann.wait_for_reply(ann.say(QUESTION), SORRY)
        assert str(place) in bot.bot._objections()[0]
    own_server.start()
    ann.wait_for_reply(ann.say(QUESTION), "14 mois")
    assert (bot.is_running, bot.bot._objections()) == (True, [])


def test_question_to_an_index_that_answers_too_late_is_told_to_try_again(
    database: Address, server: Server, articles: Path, start: StartBot, telegram: TelegramServer, ann: Person
) -> None:
    build_index(articles, database)
    start(index=database)
    ann.ask(QUESTION)
    with server.locked(f"{database.schema}.passages") as end_waiting:
        number = ann.say(QUESTION)
        telegram.until(lambda: end_waiting() or any(SORRY in shown.text for shown in ann.shown()) or None)
        ann.wait_for_reply(number, SORRY)
    ann.wait_for_reply(ann.say(QUESTION), "14 mois")
