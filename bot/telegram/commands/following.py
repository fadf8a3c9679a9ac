"""Standing questions: to follow one, to see what is followed, to end it; and all that is new, once a day."""

from __future__ import annotations

from dataclasses import replace

from telegram import InlineKeyboardMarkup

from bot.telegram.answering.context import Context
from bot.telegram.request import Action, Request, button
from bot.telegram.sending.formatting import Block, clipped, paginate
from bot.telegram.state.access import Role
from bot.telegram.state.follows import MOST_FOLLOWS, Follow
from bot.telegram.texts import text
from index.text.visible import one_line

_QUESTION_CHARACTERS = 200  # of a question that is followed
_SHOWN = 80  # of one in a list
_OFF = "off"


async def follow(bot: Context, request: Request) -> None:
    """Follows a question from now on; in a group, for its admins."""
    question = one_line(request.text)
    if not await _may(bot, request):
        return
    if not question:
        await bot.tell(request, "follow_what")
        return
    is_question, latest = await bot.in_thread(_understood, bot, question)
    if not is_question or len(question) > _QUESTION_CHARACTERS:
        await bot.tell(request, "follow_not", most=_QUESTION_CHARACTERS)
    elif bot.follows.add(request, question, latest):
        await bot.tell(request, "following")
    else:
        await bot.tell(request, "follows_full", most=MOST_FOLLOWS)


async def follow_answer(bot: Context, request: Request, answer_id: int) -> None:
    """Follows the question of an answer, for the button under it."""
    given = bot.memory.answer(answer_id, request.place.chat_id)
    if given is None or not given.question:
        await bot.tell(request, "gone")
    else:
        await follow(bot, replace(request, text=given.question))


def _understood(bot: Context, question: str) -> tuple[bool, int]:
    """Returns whether articles can answer it, and up to which arrival all is known; runs in a thread."""
    qa = bot.newest()
    understood = qa.understand(question)
    return not (understood.small or understood.about), qa.generation.arrivals.latest


async def follows(bot: Context, request: Request) -> None:
    """Lists what is followed here, with buttons to end each."""
    followed = bot.follows.of(request)
    if not followed:
        await bot.tell(request, "follows_none")
        return
    lines = [f"{number}. {_named(each, request.language)}" for number, each in enumerate(followed, 1)]
    buttons = [button(f"✕ {number}", Action.UNFOLLOW, each.id) for number, each in enumerate(followed, 1)]
    rows = [buttons[at : at + 5] for at in range(0, len(buttons), 5)]
    page = paginate([Block.of("\n".join([text("follows_head", request.language), *lines]))])
    await bot.send(request, page, InlineKeyboardMarkup(rows))


def _named(followed: Follow, language: str) -> str:
    if followed.hour is not None:
        return text("digest_line", language, hour=followed.hour)
    return clipped(followed.question, _SHOWN)


async def unfollow(bot: Context, request: Request) -> None:
    """Ends what has this number in the list."""
    followed, number = bot.follows.of(request), request.text.strip()
    is_listed = number.isdecimal() and 0 < int(number) <= len(followed)
    found = bot.follows.ended(request.update_id) or (followed[int(number) - 1] if is_listed else None)
    if found:
        await _end(bot, request, found)
    else:
        await bot.tell(request, "unfollow_what")


async def unfollow_one(bot: Context, request: Request, follow_id: int) -> None:
    """Ends what a button stands for."""
    listed = next((each for each in bot.follows.of(request) if each.id == follow_id), None)
    if found := listed or bot.follows.ended(request.update_id):
        await _end(bot, request, found)
    else:
        await bot.tell(request, "not_followed")


async def _end(bot: Context, request: Request, followed: Follow) -> None:
    if await _may(bot, request):
        bot.follows.end(followed, request.update_id)
        await bot.tell(request, "unfollowed", what=_named(followed, request.language))
        bot.follows.drop([followed])


async def digest(bot: Context, request: Request) -> None:
    """Tells all that is new once a day, at an hour; or no more."""
    said = request.text.strip().lower().removesuffix("h").removesuffix(":00").strip()
    if not await _may(bot, request):
        return
    if said == _OFF:
        bot.follows.drop([each for each in bot.follows.of(request) if each.hour is not None])
        await bot.tell(request, "digest_off")
    elif said.isdecimal() and int(said) < 24:
        latest = await bot.in_thread(lambda: bot.newest().generation.arrivals.latest)
        bot.follows.add(request, "", latest, hour=int(said))
        await bot.tell(request, "digest_set", hour=int(said))
    else:
        await bot.tell(request, "digest_what")


async def _may(bot: Context, request: Request) -> bool:
    """Whether somebody may change what is told here: in a group admins, elsewhere who may ask; says so where not."""
    if not request.place.is_group or bot.access.role(request.user_id, request.place) >= Role.ADMIN:
        return True
    await bot.tell(request, "admins_only")
    return False
