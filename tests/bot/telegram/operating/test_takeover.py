"""Several bots with one state in a database: one polls, another takes over, and every question has one answer."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.telegram.receiving.queues import DEPTH
from bot.telegram.state.database import StateDatabase
from index.store.postgres.address import Address
from tests.bot.telegram.conftest import ADMIN, ANN, BOB, GROUP, RunningBot
from tests.bot.telegram.operating.conftest import FORUM
from tests.bot.telegram.operating.test_bot_process import FOLLOW_UP, QUESTION, UNLIMITED
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import WAIT_S, TelegramServer

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.operating.conftest import StartProcess
    from tests.index.server import Server

WAITS, POLLS = "waiting: another bot of this state polls", "this bot polls now"


class Talk:
    """People who ask, each in a place of their own, and what they got."""

    def __init__(self, telegram: TelegramServer, people: list[Person]) -> None:
        self.telegram, self.people = telegram, people
        self.asked: dict[int, list[int]] = {person.id: [] for person in people}

    def ask(self) -> None:
        """Everybody asks, unless too much waits already: more at once is told to wait."""
        for person in self.people:
            if len(self.asked[person.id]) - len(self.answered(person)) < DEPTH:
                self.asked[person.id].append(person.say(f"/ask {QUESTION}" if person.chat_id < 0 else QUESTION))

    def answered(self, person: Person) -> list[int]:
        """Returns the questions of a person that have an answer, in the order of the answers."""
        return [shown.reply_to for shown in person.answers() if shown.reply_to in self.asked[person.id]]

    def is_over(self) -> bool:
        return all(self.answered(person) == self.asked[person.id] for person in self.people)

    def wait_for_calls(self, count: int) -> None:
        before = len(self.telegram.calls)
        self.telegram.until(lambda: len(self.telegram.calls) >= before + count or self.is_over() or None)

    def check(self) -> None:
        """Waits for all answers: each question has one, in order."""
        for person in self.people:
            for number in self.asked[person.id]:
                person.wait_for_reply(number, "index du", 3 * WAIT_S)  # in groups a message every three seconds
        for person in self.people:
            assert self.answered(person) == self.asked[person.id]


@pytest.fixture
def talk(telegram: TelegramServer) -> Talk:
    people = [Person(telegram, number) for number in (ANN, BOB, ADMIN)]
    return Talk(telegram, [*people, Person(telegram, 501, GROUP), Person(telegram, 502, FORUM, thread_id=4)])


@pytest.fixture
def log(tmp_path: Path) -> Callable[[], str]:
    return lambda: (tmp_path / "log.txt").read_text(encoding="utf-8")


def leading(state: Address, bots: list[subprocess.Popen[bytes]], telegram: TelegramServer) -> subprocess.Popen[bytes]:
    """Waits until one of these leads; returns it."""

    def found() -> subprocess.Popen[bytes] | None:
        with closing(StateDatabase.open(state)) as looking:
            return next((each for each in bots if looking.leader.startswith(f"articlebot {each.pid}@")), None)

    return telegram.until(found)


def kill_leaders(process: StartProcess, state: Address, talk: Talk, log: Callable[[], str], kills: int) -> None:
    """Kills the bot that leads at random moments, so many times, while people ask and another bot stands by."""
    chance = random.Random(kills)  # noqa: S311  moments, not secrets
    bots = [process(state=state._url, **UNLIMITED)]
    for number in range(kills):
        leader = leading(state, bots, talk.telegram)
        bots.append(process(state=state._url, **UNLIMITED))
        talk.telegram.until(lambda wanted=number: log().count(WAITS) > wanted or None)  # type: ignore[misc]
        talk.ask()
        talk.wait_for_calls(chance.randint(1, 40))
        time.sleep(chance.random() * 0.05)
        assert leader.poll() is None
        leader.kill()
        leader.wait()
        bots.remove(leader)
    leading(state, bots, talk.telegram)
    talk.ask()
    talk.check()
    assert log().count(POLLS) == kills
    assert "Traceback" not in log()


def test_kill_of_the_leader_at_three_points_costs_no_answer_and_makes_none_twice(
    process: StartProcess, database: Address, talk: Talk, log: Callable[[], str]
) -> None:
    kill_leaders(process, database, talk, log, 3)


@pytest.mark.full
@pytest.mark.parametrize("kills", [10, 11])
def test_kill_of_the_leader_at_ten_points_costs_no_answer_and_makes_none_twice(
    process: StartProcess, database: Address, talk: Talk, log: Callable[[], str], kills: int
) -> None:
    kill_leaders(process, database, talk, log, kills)


def test_server_that_is_started_again_beneath_the_bot_costs_no_answer_and_makes_none_twice(
    process: StartProcess, own_server: Server, telegram: TelegramServer, log: Callable[[], str]
) -> None:
    people = [Person(telegram, number) for number in range(601, 611)]
    talk = Talk(telegram, people)
    state = Address(own_server.address())
    bot = process(state=state._url, allowed_users=",".join(str(each.id) for each in people), **UNLIMITED)
    leading(state, [bot], telegram)
    talk.ask()
    talk.wait_for_calls(15)
    restarting = threading.Thread(target=own_server.restart)
    restarting.start()
    talk.ask()
    restarting.join(WAIT_S)
    talk.check()
    assert [len(talk.asked[each.id]) for each in people] == [2] * 10
    assert (log().count(" WARNING "), log().count(POLLS)) == (1, 1)
    assert "Traceback" not in log()
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(WAIT_S) == 0


def until_led(telegram: TelegramServer, bot: RunningBot) -> None:
    telegram.until(lambda: not bot.bot._standby.reason or None)


def test_bot_that_stands_by_is_not_ready_says_nothing_and_stops_when_told(
    database: Address, start: StartBot, telegram: TelegramServer, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    first = start(state=database)
    until_led(telegram, first)
    second, third = start(state=database), start(state=database)
    for each in (second, third):
        telegram.until(lambda waits=each: WAITS in waits.bot._standby.reason or None)  # type: ignore[misc]
    ann.ask(QUESTION)
    assert (first.bot._objections(), second.bot._objections()) == ([], [f"{database}: {WAITS}"])
    assert len(telegram.named("getMe")) == 1
    assert third.stop() == 0
    first.stop()
    ann.ask(FOLLOW_UP, "Question comprise")  # the second one remembers the talk
    assert (second.bot._objections(), len(ann.answers())) == ([], 2)
    assert [record.getMessage() for record in caplog.records].count(f"{database}: {WAITS}") == 2


def test_leader_whose_session_ends_stands_by_and_does_not_speak_again(
    database: Address, server: Server, start: StartBot, telegram: TelegramServer, ann: Person
) -> None:
    first = start(state=database)
    until_led(telegram, first)
    second = start(state=database)
    hold = telegram.fault("sendMessage", "hold")
    number = ann.say(QUESTION)
    telegram.until(lambda: hold.met or None)
    store = first.bot._standby._store
    assert isinstance(store, StateDatabase)
    server.sql(f"SELECT pg_terminate_backend({store._connection.info.backend_pid}, 60000)")
    telegram.until(lambda: first.bot._standby.reason or None)
    until_led(telegram, second)  # or the first again, where it was quicker
    hold.is_over = True
    ann.wait_for_reply(number, "14 mois")
    ann.ask(FOLLOW_UP)
    assert len(ann.answers()) == 2


def test_database_that_answers_too_late_costs_no_answer_and_makes_none_twice(
    database: Address, server: Server, start: StartBot, telegram: TelegramServer, ann: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    running = start(state=database)
    ann.ask(QUESTION)
    with server.locked(f"{database.schema}.answers") as end_waiting:
        number = ann.say(QUESTION)
        telegram.until(lambda: end_waiting() or "too slow" in running.bot._standby.reason or None)
    ann.wait_for_reply(number, "14 mois")
    ann.ask(FOLLOW_UP)
    assert len(ann.answers()) == 3
    assert "Traceback" not in caplog.text
