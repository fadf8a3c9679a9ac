"""A command is one entry: help, menu, access, queue and dispatch follow from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.telegram.answering.context import Context
from bot.telegram.commands.registry import COMMANDS, Command, listed
from bot.telegram.receiving.reception import queue_of
from bot.telegram.request import Place, Request
from bot.telegram.texts import TEXTS
from tests.bot.telegram.conftest import ADMIN

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.person import Person
    from tests.bot.telegram.server import TelegramServer


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds two commands, in one place each."""

    async def echo(bot: Context, request: Request) -> None:
        await bot.tell(request, "user", id=request.text)

    monkeypatch.setitem(COMMANDS, "echo", Command("echo", echo, words="thanks"))
    monkeypatch.setitem(COMMANDS, "rewrite", Command("rewrite", echo, words="thanks", for_admins=True, writes=True))


@pytest.mark.usefixtures("add")
def test_new_command_is_in_help_menu_access_and_dispatch(
    start: StartBot, ann: Person, admin: Person, telegram: TelegramServer
) -> None:
    start()
    ann.say("/echo mot")
    ann.wait("le numéro mot")
    ann.say("/rewrite mot")
    ann.wait("Cette commande est réservée aux administrateurs.")
    admin.say("/rewrite mot")
    admin.wait("le numéro mot")
    ann.say("/help")
    told = ann.wait("/privacy — ").text
    assert "/echo — Merci !" in told
    assert "/rewrite" not in told
    admin.say("/help")
    told = admin.wait("Pour les administrateurs :").text
    assert told.index("/echo — Merci !") < told.index("Pour les administrateurs :") < told.index("/rewrite — Merci !")
    telegram.until(lambda: len(telegram.named("setMyCommands")) == 2 * (1 + len(TEXTS)) or None)
    for menu in telegram.named("setMyCommands"):
        is_admins = json.loads(menu.fields.get("scope", "{}")).get("chat_id") == ADMIN
        assert "echo" in menu.fields["commands"]
        assert ("rewrite" in menu.fields["commands"]) == is_admins
    telegram.until(lambda: len(telegram.named("setMyShortDescription")) == 1 + len(TEXTS) or None)


@pytest.mark.usefixtures("add")
@pytest.mark.parametrize(("name", "queue"), [("echo", "5/0"), ("rewrite", "index"), ("unknown", "5/0")])
def test_commands_that_write_the_index_have_a_queue_of_their_own(name: str, queue: str) -> None:
    assert queue_of(Request(1, "command", Place(5), 5, command=name)) == queue


def test_every_command_has_its_name_as_key() -> None:
    assert all(name == command.name for name, command in COMMANDS.items())
    assert len(listed("en")) + len(listed("en", for_admins=True)) == len(COMMANDS) - 1  # /start is not named
