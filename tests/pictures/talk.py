"""A talk with the bot, as it really answers: over an emulated Telegram, the starter articles, and two new ones."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings
from bot.telegram.demo.emulator import Shown
from index import build_index
from retrieval import ArticleQA
from tests.bot.telegram.checks import html_of
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TOKEN, TelegramServer
from tests.pictures.drawing import Message

ROOT = Path(__file__).parents[2]
REOPENED = "Quand Notre-Dame de Paris a-t-elle rouvert ?"
STATION = "Quand ouvre la station Villejuif – Gustave Roussy ?"
CHANNEL = "Ville de Saint-Aubin"
POST = (
    "La médiathèque rouvre\n\n"
    "La médiathèque de Saint-Aubin rouvre samedi 8 mars 2025, après dix mois de travaux. Ils ont coûté 1,2 million"
    " d’euros. L’inscription reste gratuite."
)
ARTICLE = """---
title: La plus profonde des gares du métro ouvre à Villejuif
date: 2025-03-05
language: fr
source: articlebot
---
La station Villejuif – Gustave Roussy a ouvert aux voyageurs le samedi 18 janvier 2025. Ses quais sont à 37 mètres sous
terre.
"""
_PERSON = 1
_OF_THE_RUN = re.compile(r"index du [\d/]+")  # what differs from run to run
_SHOWN_OF_A_QUOTE = 34  # characters of the message that a reply shows


@contextmanager
def talking(index: Path) -> Iterator[tuple[TelegramServer, Person]]:
    """Runs the bot on an emulated Telegram; yields that, and an admin who talks to it."""
    with tempfile.TemporaryDirectory() as folder, _running(index, Path(folder) / "bot.sqlite") as running:
        yield running


@contextmanager
def _running(index: Path, state: Path) -> Iterator[tuple[TelegramServer, Person]]:
    from tests.bot.telegram.conftest import RunningBot

    server = TelegramServer()
    settings = Settings(
        telegram_token=SecretStr(TOKEN), index=index, state=state, telegram_api=server.api, telegram_timeout=45.0,
        admins=(_PERSON,), quiet_hours="0-0",
    )  # fmt: skip
    bot = RunningBot(settings, lambda: ArticleQA.open(index))
    try:
        yield server, Person(server, _PERSON)
    finally:
        bot.stop()
        server.close()


@dataclass
class _Talk:
    """What was said so far, oldest first."""

    server: TelegramServer
    person: Person
    messages: list[Message] = field(default_factory=list)

    def say(self, words: str, earlier: Shown | None = None) -> int:
        """Says something, in reply to a message of the bot where there is one; returns its id."""
        quote, about = "", {}
        if earlier:
            quote = f"<blockquote>{escape(earlier.text[:_SHOWN_OF_A_QUOTE].partition(chr(10))[0])} …</blockquote>"
            about = {"reply_to_message": {**self.person.message(earlier.text), "message_id": earlier.message_id}}
        self.messages.append(Message(quote + escape(words), is_mine=True))
        return self.person.say(words, **about)

    def ask(self, question: str, earlier: Shown | None = None) -> Shown:
        """Asks, and waits for the answer, which its buttons tell to be whole."""
        asked = self.say(question, earlier)

        def found() -> Shown | None:
            return next((m for m in self.person.shown() if m.reply_to == asked and m.keyboard), None)

        return self.hear(self.server.until(found))

    def command(self, words: str, answered: str) -> Shown:
        """Gives a command, and waits for the message that holds these words."""
        self.say(words)
        return self.hear(self.person.wait(answered))

    def hear(self, shown: Shown) -> Shown:
        """Keeps a message of the bot as it is shown now."""
        rows = tuple(tuple(button["text"] for button in row) for row in self._rows(shown))
        self.messages.append(Message(_OF_THE_RUN.sub("index du 05/03/2025", html_of(shown)), rows))
        return shown

    def note(self, words: str) -> None:
        """Tells what happened beside the chat."""
        self.messages.append(Message(escape(words), is_note=True))

    def _rows(self, shown: Shown) -> list[list[dict[str, str]]]:
        """Returns the buttons of a message, row by row, as they were sent last."""
        if not shown.keyboard:
            return []
        calls = [*self.server.named("sendMessage"), *self.server.named("editMessageText")]
        sent = [json.loads(each.fields["reply_markup"]) for each in calls if each.fields.get("reply_markup")]
        named = [words for words, _ in shown.keyboard]
        rows: list[list[list[dict[str, str]]]] = [each["inline_keyboard"] for each in sent]
        return next(each for each in reversed(rows) if [button["text"] for row in each for button in row] == named)


def talk() -> list[Message]:
    """Talks with the bot; returns the messages, oldest first."""
    with tempfile.TemporaryDirectory() as folder:
        articles, index, state = (Path(folder) / name for name in ("articles", "index", "bot.sqlite"))
        shutil.copytree(ROOT / "seeds" / "articles", articles)
        build_index([articles], index)
        with _running(index, state) as (server, person):
            spoken = _Talk(server, person)
            _ask(spoken)
            _hand_over(spoken)
            _follow(spoken, articles, index, state)
            return spoken.messages


def _ask(spoken: _Talk) -> None:
    spoken.command("/start", "Bonjour")
    spoken.ask("Combien de médailles les Français ont-ils remportées à Paris ?")
    spoken.ask("Et Léon Marchand ?")
    reopened = spoken.ask(REOPENED)
    spoken.ask("Combien d’habitants compte Marseille ?")
    spoken.ask("Combien cela a-t-il coûté ?", reopened)
    spoken.ask("Que s’est-il passé le 24 juin 2024 ?")


def _hand_over(spoken: _Talk) -> None:
    chat = {"id": -1005, "type": "channel", "title": CHANNEL, "username": "saintaubin"}
    origin = {"type": "channel", "chat": chat, "message_id": 42, "date": 1741000000}
    spoken.messages.append(Message(f"<a>Transféré de {CHANNEL}</a>\n{escape(POST)}", is_mine=True))
    spoken.person.say(POST, forward_origin=origin)
    offered = spoken.hear(spoken.person.wait("Ajouter aux articles ?"))
    spoken.note("✓ Ajouter")
    spoken.person.press(offered, "Ajouter")
    added = spoken.hear(spoken.person.wait("1 article ajouté"))
    spoken.ask("Quand rouvre-t-elle ?", added)


def _follow(spoken: _Talk, articles: Path, index: Path, state: Path) -> None:
    spoken.command(f"/follow {STATION}", "C’est noté")
    spoken.command("/digest 8", "Chaque jour à")
    spoken.note("un article arrive")
    (articles / "villejuif.md").write_text(ARTICLE, encoding="utf-8")
    build_index([articles], index)
    spoken.hear(spoken.person.wait("18 janvier 2025"))
    spoken.note("le lendemain, à 8 heures")
    with closing(sqlite3.connect(state)) as db, db:
        db.execute("UPDATE follows SET at = at - 86400 WHERE hour IS NOT NULL")

    def news() -> Shown | None:
        return next((m for m in spoken.person.shown() if m.text.startswith("🗞") and m.keyboard), None)

    spoken.hear(spoken.server.until(news))
