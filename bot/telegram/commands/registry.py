"""The commands: one entry each, which access, help, menu and dispatch are made of."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.telegram.answering.context import Context
from bot.telegram.commands import adding, admin, following, getting_in, people
from bot.telegram.request import Request
from bot.telegram.state.access import Role
from bot.telegram.texts import text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """What is typed after a slash."""

    name: str
    run: Callable[[Context, Request], Awaitable[None]]
    words: str  # key of what it does, in every language; "": neither the help nor the menu names it
    for_admins: bool = False  # these are not in the menu
    writes: bool = False  # the index: in a queue of its own, one at a time, beside the questions


async def run_command(bot: Context, request: Request) -> None:
    """Runs the command of a request; who may is decided before."""
    command = COMMANDS.get(request.command)
    if command:
        if command.for_admins:
            log.info("update %d: admin %d: /%s", request.update_id, request.user_id, command.name)
        await command.run(bot, request)
    elif not request.place.is_group:  # in a group it is meant for another bot
        await bot.tell(request, "unknown_command")


def listed(language: str, *, for_admins: bool = False) -> list[tuple[str, str]]:
    """Returns the commands for everyone, or those for admins alone, with what each does."""
    return [
        (command.name, text(command.words, language))
        for command in COMMANDS.values()
        if command.words and command.for_admins == for_admins
    ]


async def show_help(bot: Context, request: Request) -> None:
    """Tells how to ask, and what commands there are for who asks."""
    lines = [f"/{name} — {meaning}" for name, meaning in listed(request.language)]
    if bot.access.role(request.user_id, request.place) >= Role.ADMIN:
        lines += ["", text("for_admins", request.language)]
        lines += [f"/{name} — {meaning}" for name, meaning in listed(request.language, for_admins=True)]
    await people.with_examples(bot, request, "help", commands="\n".join(lines))


COMMANDS = {
    command.name: command
    for command in (
        Command("start", people.start, words=""),
        Command("ask", people.says("ask_what"), words="ask"),  # alone: with a question it is one
        Command("new", people.new, words="new"),
        Command("sources", people.sources, words="sources"),
        Command("articles", people.articles, words="articles"),
        Command("follow", following.follow, words="follow"),
        Command("follows", following.follows, words="follows"),
        Command("unfollow", following.unfollow, words="unfollow"),
        Command("digest", following.digest, words="digest"),
        Command("lang", people.lang, words="lang"),
        Command("feedback", people.feedback, words="feedback"),
        Command("forget", people.forget, words="forget"),
        Command("privacy", people.privacy, words="privacy"),
        Command("help", show_help, words="help_command"),
        Command("add", adding.add, words="add", for_admins=True, writes=True),
        Command("remove", admin.remove, words="remove", for_admins=True, writes=True),
        Command("reindex", admin.reindex, words="reindex", for_admins=True, writes=True),
        Command("status", admin.status, words="status", for_admins=True),
        Command("allow", getting_in.allow, words="allow", for_admins=True),
        Command("deny", getting_in.deny, words="deny", for_admins=True),
    )
}
