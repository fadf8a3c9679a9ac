"""A Telegram on loopback for tests: the emulator over real HTTP, every call recorded and checked, faults on order."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from bot.telegram.demo.emulator import Emulator, Shown
from tests.bot.telegram.checks import objections_to

T = TypeVar("T")
TOKEN = "123456:" + "A" * 35
WAIT_S = 120.0  # for what should come at once; only a failing test waits so long

STATUSES: dict[str, tuple[int, dict[str, Any]]] = {
    "500": (500, {"description": "Internal Server Error"}),
    "401": (401, {"description": "Unauthorized"}),
    "403": (403, {"description": "Forbidden: bot was blocked by the user"}),
    "409": (409, {"description": "Conflict: terminated by other getUpdates request"}),
    "400 gone": (400, {"description": "Bad Request: message to edit not found"}),
}


@dataclass
class Fault:
    """What goes wrong with the calls of one method, after `skip` of them, `times` times."""

    method: str
    kind: str  # a key of STATUSES, or: 429, 502 page, hang, hold, cut before, cut after, garbage, inject, migrated
    times: int = 1
    skip: int = 0
    match: str = ""  # part of the text
    seconds: float = 0.4  # of a hang; to wait after a 429 it is 1
    body: str = ""  # of an injected answer
    met: int = 0
    is_over: bool = False  # ends a hold, after which the call is carried out

    def hits(self, method: str, text: str) -> bool:
        if self.method != method or self.match not in text or self.times <= 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        self.met += 1
        return True


@dataclass(frozen=True)
class Call:
    """One call of the bot."""

    method: str
    fields: dict[str, Any]
    status: int
    fault: str
    at: float  # monotonic seconds


@dataclass
class Limiter:
    """Refuses more than one message a second and chat, and more than so many sends and edits a second in all."""

    in_all: int = 30
    _sent: dict[str, float] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)

    def refuses(self, method: str, chat: str) -> bool:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self.in_all or (method == "sendMessage" and self._sent.get(chat, 0.0) > now - 1):
            return True
        self._recent.append(now)
        if method == "sendMessage":
            self._sent[chat] = now
        return False


class TelegramServer:
    """Runs in a thread of its own; usable from any other."""

    def __init__(self) -> None:
        self.emulator = Emulator()
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.objections: list[str] = []
        self.limiter: Limiter | None = None
        self.is_checking = True
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._port: Future[int] = Future()
        self._over: asyncio.Event
        self._numbers = itertools.count(1000)
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)
        self._thread.start()
        self.api = f"http://127.0.0.1:{self._port.result(WAIT_S)}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(WAIT_S)
        self._loop.close()

    def number(self) -> int:
        """Returns a number that was not used before: of a message, a chat, a person."""
        return next(self._numbers)

    def put(self, **update: Any) -> int:
        """Lets an update arrive; returns its id."""
        future = asyncio.run_coroutine_threadsafe(self.emulator.enqueue_update(update, token=TOKEN), self._loop)
        return int(future.result(WAIT_S))

    def pending(self) -> int:
        """Returns the number of updates that the bot has not confirmed."""
        return sum(len(each.updates) for each in self.emulator._update_queues._bots.values())

    def put_file(self, content: bytes) -> str:
        """Keeps a file for the bot to fetch; returns its id."""
        name = f"file-{self.number()}"
        self.emulator.assets[name] = {"data": content, "size": len(content)}
        return name

    def fault(self, method: str, kind: str, **how: Any) -> Fault:
        self.faults.append(Fault(method, kind, **how))
        return self.faults[-1]

    def shown(self, chat_id: int) -> list[Shown]:
        return self.emulator.screen.of(chat_id)

    def named(self, method: str) -> list[Call]:
        return [call for call in list(self.calls) if call.method == method]

    def until(self, found: Callable[[], T | None], within_s: float = WAIT_S) -> T:
        """Waits until something is found, looking again after each call of the bot."""
        end = time.monotonic() + within_s
        with self._changed:
            while not (result := found()):
                assert time.monotonic() < end, (
                    f"not seen; the last calls: {[(c.method, c.status) for c in self.calls[-9:]]}"
                )
                self._changed.wait(0.2)
        return result

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        app = self.emulator.app()
        app.middlewares.append(self._middleware)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listening).start()
        self._port.set_result(listening.getsockname()[1])
        await self._over.wait()
        await runner.cleanup()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        method = request.path.rsplit("/", 1)[-1]
        if request.method == "GET":
            return await handler(request)  # type: ignore[no-any-return]  # a file
        await request.read()
        fields = dict(await request.post())
        fault = next((each for each in self.faults if each.hits(method, str(fields.get("text", "")))), None)
        if self.is_checking:
            self.objections += objections_to(method, fields)
        response, status = await self._answer(request, handler, method, fields, fault)
        with self._changed:
            if method != "getUpdates" or fault or b'"result": []' not in (response.body or b""):  # type: ignore[operator]
                self.calls.append(Call(method, fields, status, fault.kind if fault else "", time.monotonic()))
            self._changed.notify_all()
        if fault and fault.kind.startswith("cut") and request.transport:
            request.transport.abort()
        return response

    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request], Any], method: str, fields: dict[str, Any],
        fault: Fault | None,
    ) -> tuple[web.Response, int]:  # fmt: skip
        kind = fault.kind if fault else ""
        is_paced = method in ("sendMessage", "editMessageText")
        if self.limiter and is_paced and self.limiter.refuses(method, str(fields["chat_id"])):
            kind = "429"
        if kind == "hang" and fault:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(fault.seconds)
        while kind == "hold" and fault and not fault.is_over:  # noqa: ASYNC110  set from another thread
            await asyncio.sleep(0.02)
        ready = _ready_made(kind, fields, fault.body if fault else "")
        if ready is None:
            ready = await handler(request)
        return ready, ready.status


def _ready_made(kind: str, fields: dict[str, Any], body: str) -> web.Response | None:
    """Returns what a fault answers without the emulator; None where the call is to be carried out."""
    about = {"parameters": {"retry_after": 1}, "description": "Too Many Requests: retry after 1"}
    refusals = {**STATUSES, "429": (429, about)}
    if kind == "migrated":
        parameters = {"migrate_to_chat_id": int(fields["chat_id"]) - 1_000_000}
        refusals[kind] = (400, {"description": "Bad Request: group chat was upgraded", "parameters": parameters})
    if kind in refusals:
        status, about = refusals[kind]
        return web.json_response({"ok": False, "error_code": status, **about}, status=status)
    if kind == "502 page":
        return web.Response(status=502, text="<html>502 Bad Gateway</html>", content_type="text/html")
    bodies = {"garbage": '{"ok": tru', "inject": body, "cut before": "", "hang": ""}
    return web.Response(text=bodies[kind], content_type="application/json") if kind in bodies else None


def result_of(items: list[object]) -> str:
    """Returns the body of a getUpdates answer."""
    return json.dumps({"ok": True, "result": items})
