"""The demo: the real bot, an emulated Telegram in the same process, and a person at this terminal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.settings import Settings
from bot.telegram.run import TelegramBot
from bot.telegram.sending.wire import connect_api
from bot.terminal.display import err, out
from index.errors import ArticlebotError, why
from index.text.visible import one_line, visible
from retrieval import ArticleQA

if TYPE_CHECKING:
    from bot.telegram.demo.emulator import Emulator, Shown

DEMO_TOKEN = "1000001:demo-demo-demo-demo-demo-demo-demo"  # noqa: S105  the emulator takes any
PERSON = 1
_PERSON = {"id": PERSON, "is_bot": False, "first_name": "You", "language_code": "en"}
_CHAT = {"id": PERSON, "type": "private", "first_name": "You"}
_TIMEOUT_S = 5.0
_PATIENCE_S = 60.0  # for the last answers, where the input has ended
_WELCOME = (
    "You are an admin who talks to the bot on an emulated Telegram. Ask, or try /help. A number presses the button "
    "of that number, :file PATH sends a document with /add, /quit or Ctrl-D ends."
)


class DemoError(ArticlebotError, ImportError):
    """The demo's emulator is not installed."""


def check_demo() -> None:
    """Raises DemoError where the emulator is not installed."""
    try:
        import bot.telegram.demo.emulator  # noqa: F401  an extra
    except ImportError as error:
        raise DemoError(f"the demo needs {error.name}; pip install 'articlebot[demo]'") from error


def run_demo(settings: Settings, opener: Callable[[], ArticleQA]) -> int:
    """Talks until the input ends; returns the bot's exit code. Nothing is kept of what is said.

    Raises:
        ArticlebotError: the index cannot be opened.
    """
    from bot.telegram.demo.emulator import Emulator

    logging.getLogger().setLevel(max(logging.getLogger().level, logging.WARNING))  # the terminal is for the talk
    with tempfile.TemporaryDirectory(prefix="articlebot-demo-") as folder:
        about = {"state": Path(folder) / "bot.sqlite", "telegram_timeout": _TIMEOUT_S, "admins": (PERSON,)}
        return asyncio.run(_talk(Emulator(), settings.model_copy(update=about), opener))


async def _talk(emulator: Emulator, settings: Settings, opener: Callable[[], ArticleQA]) -> int:
    async with _served(emulator) as api:
        bot = TelegramBot(settings, opener, connect_api(DEMO_TOKEN, api, _TIMEOUT_S))
        running = asyncio.create_task(bot.run())
        chat = Chat(emulator)
        typing = asyncio.create_task(chat.read())
        await asyncio.wait([running, typing], return_when=asyncio.FIRST_COMPLETED)
        if typing.done():
            await typing
            bot.stop()
        return await running


@contextlib.asynccontextmanager
async def _served(emulator: Emulator) -> AsyncIterator[str]:
    """Serves the emulator on a free port of this machine; yields its root address."""
    from aiohttp import web

    runner = web.AppRunner(emulator.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    try:
        await web.SockSite(runner, listening).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await runner.cleanup()


@dataclass(slots=True)
class Chat:
    """The terminal: lines go in as messages, what the bot shows comes out."""

    emulator: Emulator
    _buttons: list[tuple[Shown, str]] = field(default_factory=list)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _number: int = 0

    async def read(self) -> None:
        """Sends line by line, each after the answer to the one before, until the input ends."""
        err.print(_WELCOME, style="dim")
        self.emulator.screen.watchers.append(self._show)
        lines = _lines()
        while (line := await lines.get()) not in (None, "/quit"):
            if line:
                await self._send(line)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._answered.wait(), _PATIENCE_S)

    async def _send(self, line: str) -> None:
        self._answered.clear()
        if line.isdecimal() and 1 <= int(line) <= len(self._buttons):
            shown, data = self._buttons[int(line) - 1]
            message = {"message_id": shown.message_id, "date": int(time.time()), "chat": _CHAT}
            query = {"id": str(self._next()), "from": _PERSON, "chat_instance": "1", "data": data, "message": message}
            await self._put(callback_query=query)
            return
        self._buttons.clear()
        if line.startswith(":file "):
            await self._send_file(line.removeprefix(":file ").strip())
        else:
            await self._put(message=self._message(text=line))

    async def _send_file(self, name: str) -> None:
        path = Path(name)
        try:
            content = path.read_bytes()  # noqa: ASYNC240  one person's terminal
        except OSError as error:
            err.print(one_line(f"{path}: {why(error)}"), soft_wrap=True)
            self._answered.set()
            return
        number = f"file-{self._next()}"
        self.emulator.assets[number] = {"data": content, "size": len(content)}
        document = {"file_id": number, "file_unique_id": number, "file_name": path.name, "file_size": len(content)}
        await self._put(message=self._message(document=document, caption="/add"))

    def _message(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"message_id": self._next(), "date": int(time.time()), "from": _PERSON, "chat": _CHAT, **more}

    async def _put(self, **update: Any) -> None:  # noqa: ANN401
        await self.emulator.enqueue_update(update, token=DEMO_TOKEN)

    def _next(self) -> int:
        self._number += 1
        return 1_000_000 + self._number

    def _show(self, shown: Shown) -> None:
        """Prints a message once it is whole; no placeholders, no progress."""
        if shown.text.startswith(("🔎", "⏳", "…")) or shown.text.endswith(" …"):
            return
        out.print()
        out.print(visible(shown.text), soft_wrap=True)
        first = len(self._buttons) + 1
        self._buttons += [(shown, data) for _, data in shown.keyboard]
        labels = [one_line(f"({number}) {words}") for number, (words, _) in enumerate(shown.keyboard, start=first)]
        if labels:
            out.print("  ".join(labels), style="dim", soft_wrap=True)
        self._answered.set()


def _lines() -> asyncio.Queue[str | None]:
    """Returns a queue that gets what is typed, line by line, and None at the end of the input.

    It is filled by a thread that nobody waits for: no one can be made to press Enter.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line.strip())
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True, name="terminal").start()
    return lines
