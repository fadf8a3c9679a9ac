"""Standing questions and daily news over kill -9 at any moment: each piece of news once, no command lost or doubled."""

from __future__ import annotations

import functools
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.telegram.state.database import StateDatabase
from index import build_index
from index.store.postgres.address import Address, IndexPlace
from tests.bot.telegram.conftest import ADMIN, ANN, BOB, GROUP
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import WAIT_S, TelegramServer

if TYPE_CHECKING:
    from tests.bot.telegram.operating.conftest import StartProcess

NEWS = (  # standing questions, and what answers each
    ("En quelle année le phare de Kerbrat a-t-il été automatisé ?", "Le phare de Kerbrat a été automatisé en 1987."),
    ("Combien coûte la visite du château de Lormont ?", "La visite du château de Lormont coûte 7 euros."),
    ("Qui a peint la fresque de l'école de Brunoy ?", "Élise Marchetti a peint la fresque de l'école de Brunoy."),
    ("Quand ouvre la piscine de Vaubrun ?", "La piscine de Vaubrun ouvre le 14 juillet."),
    ("Combien d'arbres la ville d'Orsan a-t-elle plantés ?", "La ville d'Orsan a planté 320 arbres cet hiver."),
    ("Qui préside le club de rugby de Sarlange ?", "Le club de rugby de Sarlange est présidé par Inès Vauquelin."),
    ("Combien pèse la cloche de Trévigné ?", "La cloche de Trévigné pèse 1 240 kilos."),
)


@dataclass
class Life:
    """A bot that is killed again and again, people who follow questions, and articles that come."""

    process: StartProcess
    telegram: TelegramServer
    index: Path
    folder: Path
    state: IndexPlace
    chance: random.Random

    def __post_init__(self) -> None:
        self.people = {each.id: each for each in (Person(self.telegram, ANN), Person(self.telegram, BOB))}
        self.people[ADMIN] = Person(self.telegram, ADMIN, GROUP)
        self.questions = self.came = 0  # how many are followed, how many articles came
        self.followed: dict[int, list[int]] = {number: [] for number in self.people}  # by person
        self.owed: Counter[tuple[int, int]] = Counter()  # (person, article): how often it is to be told
        self.said: Counter[tuple[int, str]] = Counter()  # (person, words): how often these confirm, at least
        self.folder.mkdir()

    def follow(self) -> None:
        """All follow the next question."""
        for person in self.people.values():
            person.say(f"/follow {NEWS[self.questions][0]}")
            self.followed[person.id].append(self.questions)
            self.said[person.id, "C’est noté"] += 1
        self.questions += 1

    def daily(self, who: int = ANN) -> None:
        """Somebody wants to be told each day at this hour what is new."""
        self.people[who].say(f"/digest {datetime.now().astimezone().hour}")
        self.said[who, "Chaque jour à"] += 1

    def daily_no_more(self) -> None:
        """Bob has had enough of that."""
        self.people[BOB].say("/digest off")
        self.said[BOB, "Plus de nouveautés du jour"] += 1

    def publish(self) -> None:
        """The article arrives that answers the next question."""
        (self.folder / f"{self.came}.md").write_text(f"# Nouvelle\n\n{NEWS[self.came][1]}\n", encoding="utf-8")
        build_index([self.folder], self.index)
        for who, questions in self.followed.items():
            self.owed[who, self.came] = int(self.came in questions)
        self.came += 1

    def end_first(self) -> None:
        """Bob ends what stands first in his list."""
        self.people[BOB].say("/unfollow 1")
        self.said[BOB, f"Plus suivi : {NEWS[self.followed[BOB].pop(0)][0]}"] += 1

    def kill_after(self, step: Callable[[], None], bot: subprocess.Popen[bytes]) -> None:
        """Does a step once those before were confirmed, and kills the bot soon after.

        What came before somebody ends a question is told before, too: of what is ended nothing is owed any more.
        """
        is_ready = self.is_settled if step == self.end_first else self.is_confirmed
        self.telegram.until(lambda: is_ready() or None)
        before = len(self.telegram.calls)
        step()
        calls = before + self.chance.randint(0, 6)
        self.telegram.until(lambda: len(self.telegram.calls) >= calls or self.is_settled() or None)
        time.sleep(self.chance.random() * 0.05)
        bot.kill()
        bot.wait()
        in_state(self.state, "UPDATE follows SET at = at - 86400 WHERE hour IS NOT NULL")  # a day passes

    def told(self, who: int, sign: str) -> list[int]:
        """Returns how often each article that came was told to a person, by messages with this sign."""
        texts = [shown.text for shown in self.people[who].shown() if shown.text.startswith(sign)]
        return [sum(NEWS[number][1] in text for text in texts) for number in range(self.came)]

    def is_confirmed(self) -> bool:
        """Whether all that people said was answered."""
        shown = {who: [each.text for each in person.shown()] for who, person in self.people.items()}
        return all(sum(words in text for text in shown[who]) >= count for (who, words), count in self.said.items())

    def is_settled(self) -> bool:
        """Whether all that is owed was told."""
        alerts = all(self.told(who, "🔔")[number] >= count for (who, number), count in self.owed.items())
        return alerts and all(self.told(ANN, "🗞")) and self.is_confirmed()


def kill_while_people_follow(life: Life, steps: str) -> None:
    """Kills the bot after each of these steps; at the end all was told once, and nothing that was ended."""
    named: dict[str, Callable[[], None]] = {
        "f": life.follow, "d": life.daily, "p": life.publish, "e": life.end_first,
        "b": lambda: life.daily(BOB), "o": life.daily_no_more,
    }  # fmt: skip
    bot = life.process(quiet_hours="0-0")
    for step in steps:
        life.kill_after(named[step], bot)
        bot = life.process(quiet_hours="0-0")
    life.telegram.until(lambda: life.is_settled() or None, 3 * WAIT_S)
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(WAIT_S) == 0
    for who in life.people:
        assert life.told(who, "🔔") == [life.owed[who, number] for number in range(life.came)]
    assert life.told(ANN, "🗞") == [1] * life.came
    assert max(life.told(BOB, "🗞")) <= 1
    assert _followed(life.state, BOB) == [NEWS[number][0] for number in life.followed[BOB]]


def in_state(place: IndexPlace, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Runs a statement in the state of a bot that is killed, or runs; returns its rows."""
    if isinstance(place, Address):
        with closing(StateDatabase.open(place)) as state:
            return state.rows(statement, *values)
    with closing(sqlite3.connect(place)) as db, db:
        return db.execute(statement, values).fetchall()


def _followed(state: IndexPlace, user_id: int) -> list[str]:
    query = "SELECT question FROM follows WHERE user_id = ? AND ended_by IS NULL ORDER BY id"
    return [str(question) for (question,) in in_state(state, query, user_id)]


@pytest.fixture(params=["file", pytest.param("database", marks=pytest.mark.full)])
def life(
    request: pytest.FixtureRequest, process: StartProcess, telegram: TelegramServer, copy: Path, tmp_path: Path
) -> Life:
    chance = random.Random(1)  # noqa: S311  moments, not secrets
    state = request.getfixturevalue("database") if request.param == "database" else tmp_path / "state.sqlite"
    named = state._url if isinstance(state, Address) else str(state)
    start = functools.partial(process, state=named)
    return Life(start, telegram, copy, tmp_path / "paper", state, chance)


def test_kill_at_six_points_costs_no_news_and_tells_none_twice(life: Life) -> None:
    kill_while_people_follow(life, "ffedpp")


@pytest.mark.full
@pytest.mark.parametrize("seed", [2, 3])
def test_kill_at_twenty_points_costs_no_news_and_tells_none_twice(life: Life, seed: int) -> None:
    life.chance.seed(seed)
    kill_while_people_follow(life, "fffffffdpepepebpppop")


def test_unfollowing_that_a_kill_cut_short_ends_nothing_else(life: Life, telegram: TelegramServer) -> None:
    bot = life.process()
    for step in (life.follow, life.follow):
        step()
        telegram.until(lambda: life.is_confirmed() or None)
    hold = telegram.fault("sendMessage", "hold", match="Plus suivi")
    life.end_first()
    telegram.until(lambda: hold.met or None)
    bot.kill()
    bot.wait()
    life.process()
    telegram.until(lambda: life.is_confirmed() or None)
    assert _followed(life.state, BOB) == [NEWS[1][0]]
