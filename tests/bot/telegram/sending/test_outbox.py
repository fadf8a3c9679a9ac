"""The retry table, pacing and queues; the fake is at the library's HTTP request."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram import MessageEntity
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.telegram.operating.logs import set_up_log
from bot.telegram.operating.metrics import Metrics
from bot.telegram.operating.token import TokenError, check_token
from bot.telegram.receiving.queues import DEPTH, Queues
from bot.telegram.request import Place
from bot.telegram.sending import pacing
from bot.telegram.sending.outbox import (
    ChatGoneError,
    DownloadError,
    MessageGoneError,
    Outbox,
    RefusedTokenError,
    Verdict,
    judge,
)
from bot.telegram.sending.pacing import Pace, Pacer
from bot.telegram.sending.wire import PollingRequest, connect_api, readable
from bot.telegram.state.answers import FormattedText
from bot.telegram.state.store import LostStateError
from tests.bot.telegram.conftest import UNPACED
from tests.bot.telegram.server import TOKEN

PAGE = FormattedText("14 mois", (MessageEntity(MessageEntity.BOLD, 0, 2),))
SENT = {"message_id": 7, "date": 1, "chat": {"id": 5, "type": "private"}, "text": "x"}


class FakeRequest(BaseRequest):
    """Answers with what it is given, one after the other, and remembers the calls."""

    def __init__(self, *answers: Exception | tuple[int, dict[str, Any]]) -> None:
        self.answers = deque(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        assert method == "POST"
        self.calls.append((url.rsplit("/", 1)[-1], dict(request_data.parameters) if request_data else {}))
        answer = self.answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer[0], json.dumps(answer[1]).encode()


def refusal(code: int, words: str, **parameters: int) -> tuple[int, dict[str, Any]]:
    return code, {"ok": False, "error_code": code, "description": words, "parameters": parameters}


GOOD: tuple[int, dict[str, Any]] = (200, {"ok": True, "result": SENT})


def make(
    *answers: Exception | tuple[int, dict[str, Any]], pace: Pace = UNPACED, check: Callable[[], None] = lambda: None
) -> tuple[Outbox, FakeRequest]:
    request = FakeRequest(*answers)
    bot, _ = connect_api(TOKEN, "http://127.0.0.1:9", 1.0, (request, PollingRequest()))
    return Outbox(bot, Pacer(pace), Metrics(), lambda _old, _new: None, check, first_wait_s=0.001), request


def test_a_bot_that_leads_no_more_says_nothing() -> None:
    def check() -> None:
        raise LostStateError("another leads")

    outbox, request = make(GOOD, GOOD, GOOD, check=check)
    for call in (
        lambda: outbox.send(Place(5), PAGE),
        lambda: outbox.edit(5, 7, PAGE),
        lambda: outbox.sketch(5, 7, PAGE),
    ):
        with pytest.raises(LostStateError):
            asyncio.run(call())
    assert request.calls == []


@pytest.mark.parametrize(
    "trouble",
    [
        NetworkError("cut"), TimedOut(), TelegramError("Invalid server response"), refusal(500, "Internal"),
        refusal(502, "Bad Gateway"), refusal(409, "Conflict"), refusal(401, "Unauthorized"),
        refusal(429, "Too Many", retry_after=0),
    ],
)  # fmt: skip
def test_message_is_sent_again_until_it_is_sent(trouble: Exception | tuple[int, dict[str, Any]]) -> None:
    outbox, request = make(trouble, GOOD)
    assert asyncio.run(outbox.send(Place(5), PAGE, reply_to=3)) == (5, 7)
    assert [method for method, _ in request.calls] == ["sendMessage"] * 2
    assert request.calls[0] == request.calls[1]


def test_edit_that_changes_nothing_is_a_success() -> None:
    outbox, _ = make(refusal(400, "Bad Request: message is not modified: specified new content …"))
    asyncio.run(outbox.edit(5, 7, PAGE))


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (refusal(400, "Bad Request: message to edit not found"), MessageGoneError),
        (refusal(400, "Bad Request: MESSAGE_ID_INVALID"), MessageGoneError),
        (refusal(403, "Forbidden: bot was blocked by the user"), ChatGoneError),
        (refusal(400, "Bad Request: chat not found"), ChatGoneError),
    ],
)
def test_what_is_gone_is_said_to_be_gone(trouble: tuple[int, dict[str, Any]], error: type[Exception]) -> None:
    outbox, _ = make(trouble)
    with pytest.raises(error, match="Telegram"):
        asyncio.run(outbox.edit(5, 7, PAGE))


def test_entities_are_sent_as_they_are_and_a_call_that_is_refused_is_not_made_again() -> None:
    outbox, request = make(GOOD, refusal(400, "Bad Request: ENTITY_BOUNDS_INVALID"))
    asyncio.run(outbox.edit(5, 7, PAGE))
    with pytest.raises(ChatGoneError, match="refuses"):
        asyncio.run(outbox.edit(5, 7, PAGE))
    for _, call in request.calls:
        assert (call["text"], "parse_mode" in call) == ("14 mois", False)
        assert call["entities"] == [{"type": "bold", "offset": 0, "length": 2}]
    assert len(request.calls) == 2


def test_token_that_is_refused_twice_is_an_error_without_the_token() -> None:
    outbox, _ = make(refusal(401, "Unauthorized"), refusal(401, "Unauthorized"))
    with pytest.raises(RefusedTokenError) as caught:
        asyncio.run(outbox.me())
    assert TOKEN[7:] not in str(caught.value)


@pytest.mark.parametrize("trouble", [refusal(403, "Forbidden"), refusal(400, "Bad Request"), NetworkError("cut")])
def test_call_without_a_chat_is_made_until_it_succeeds(trouble: Exception | tuple[int, dict[str, Any]]) -> None:
    me = (200, {"ok": True, "result": {"id": 7, "is_bot": True, "first_name": "Bot", "username": "FixtureBot"}})
    outbox, request = make(trouble, refusal(429, "Too Many", retry_after=1), me)
    began = time.monotonic()
    assert asyncio.run(outbox.me()).id == 7
    assert time.monotonic() - began >= 1  # a wait that Telegram asks for is waited
    assert len(request.calls) == 3


def test_intermediate_edit_is_never_tried_again_and_holds_nothing_up() -> None:
    outbox, request = make(NetworkError("cut"), refusal(429, "Too Many", retry_after=30))
    assert asyncio.run(outbox.sketch(5, 7, PAGE)) is False
    assert asyncio.run(outbox.sketch(5, 7, PAGE)) is False
    assert asyncio.run(outbox.sketch(5, 7, PAGE)) is False  # held: not even called
    assert len(request.calls) == 2


def test_file_that_is_too_large_for_telegram_is_told() -> None:
    outbox, _ = make(refusal(400, "Bad Request: file is too big"))
    with pytest.raises(DownloadError, match="send it again"):
        asyncio.run(outbox.download("x"))


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (TimedOut(), Verdict.AGAIN), (NetworkError("x"), Verdict.AGAIN), (TelegramError("x"), Verdict.AGAIN),
        (Forbidden("x"), Verdict.CHAT_GONE), (InvalidToken(), Verdict.TOKEN), (BadRequest("?"), Verdict.CHAT_GONE),
        (BadRequest("Message is not modified"), Verdict.UNCHANGED),
        (BadRequest("Message can't be edited"), Verdict.MESSAGE_GONE),
    ],
)  # fmt: skip
def test_retry_table(error: TelegramError, verdict: Verdict) -> None:
    assert judge(error) is verdict


@pytest.mark.parametrize(
    ("code", "payload"),
    [(200, b'{"ok": tru'), (200, b"[]"), (200, b'{"ok": true}'), (200, b"\xff"), (200, b"[" * 100_000)],
)
def test_success_without_a_result_is_not_taken_for_one(code: int, payload: bytes) -> None:
    with pytest.raises(NetworkError, match="nreadable answer"):
        readable(code, payload)


def test_page_of_a_proxy_is_not_quoted_in_an_error() -> None:
    assert b"secret" not in readable(502, b"<html>secret</html>")
    assert readable(400, b'{"description": "x"}') == b'{"description": "x"}'


@pytest.mark.parametrize("token", ["", "123:abc", "no colon at all", "12345:short", TOKEN + " x", "x" + TOKEN])
def test_what_cannot_be_a_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(TokenError) as caught:
        check_token(token)
    assert token not in str(caught.value) or not token


class Clock:
    """Time for the pacer that passes by its waits alone."""

    Lock = asyncio.Lock

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0)
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pacing, "time", made)
    monkeypatch.setattr(pacing, "asyncio", made)
    return made


def test_calls_in_all_stay_below_the_limit_and_in_order(clock: Clock) -> None:
    pacer, turns = Pacer(Pace(a_second=20, send_s=0, edit_s=0)), []

    async def take(chat_id: int) -> None:
        await pacer.turn(chat_id, send=True)
        turns.append((chat_id, clock.now))

    async def many() -> None:
        await asyncio.gather(*(take(number) for number in range(1, 46)))

    asyncio.run(many())
    assert [chat for chat, _ in turns] == list(range(1, 46))
    moments = [moment for _, moment in turns]
    assert all(later - earlier >= 1 for earlier, later in zip(moments, moments[20:], strict=False))
    assert moments[-1] < 3  # and no slower than that


@pytest.mark.usefixtures("clock")
def test_chat_that_is_held_holds_no_other() -> None:
    pacer, order = Pacer(UNPACED), []

    async def take(chat_id: int) -> None:
        await pacer.turn(chat_id, send=False)
        order.append(chat_id)

    async def both() -> None:
        pacer.hold(1, 60)
        await asyncio.gather(take(1), take(2))

    asyncio.run(both())
    assert order == [2, 1]


async def _until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if not is_so():
            await asyncio.sleep(0)


def test_queue_keeps_order_within_a_place_and_none_waits_for_another() -> None:
    done: list[str] = []
    errors: list[BaseException] = []

    def job(name: str, gate: asyncio.Event | None = None) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            if gate:
                await gate.wait()
            done.append(name)

        return run

    async def talk() -> None:
        queues, gate = Queues(errors.append), asyncio.Event()
        queues.put("a", job("a1", gate))
        await asyncio.sleep(0)
        for number in range(2, DEPTH + 2):
            assert queues.has_room("a")
            queues.put("a", job(f"a{number}"))
        assert not queues.has_room("a")
        queues.put("b", job("b1"))
        await _until(lambda: bool(done))
        gate.set()
        await _until(lambda: len(done) == DEPTH + 2)
        assert await queues.stop(1.0)

    asyncio.run(talk())
    assert done == ["b1", *(f"a{number}" for number in range(1, DEPTH + 2))]


def test_stop_ends_what_takes_too_long_and_begins_nothing_more() -> None:
    begun: list[str] = []
    errors: list[BaseException] = []

    async def talk() -> None:
        queues = Queues(errors.append)

        async def endless() -> None:
            begun.append("first")
            await asyncio.Event().wait()

        async def second() -> None:
            begun.append("second")

        queues.put("a", endless)
        queues.put("a", second)
        await asyncio.sleep(0)
        assert not await queues.stop(0.01)

    asyncio.run(talk())
    assert (begun, errors) == (["first"], [])


def test_error_that_a_job_does_not_catch_is_told_and_the_place_goes_on() -> None:
    errors: list[BaseException] = []
    done: list[str] = []

    async def talk() -> None:
        queues = Queues(errors.append)

        async def broken() -> None:
            raise OSError("disk full")

        async def good() -> None:
            done.append("good")

        queues.put("a", broken)
        await _until(lambda: bool(errors))
        queues.put("a", good)
        await _until(lambda: bool(done))

    asyncio.run(talk())
    assert (str(errors[0]), done) == ("disk full", ["good"])


def test_log_holds_neither_tokens_nor_the_words_of_errors(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        set_up_log("DEBUG", TOKEN)
        words = "secret words"
        logging.getLogger("telegram.Bot").debug("parameters {'text': 'secret words'}")
        logging.getLogger("httpx").info("POST https://api.telegram.org/bot%s/sendMessage", TOKEN)
        logging.getLogger("bot.x").warning("other token 99999:abcdefghijklmnop and bot%s", TOKEN.replace(":", "%3A"))
        try:
            raise ValueError(words) from KeyError(words)
        except ValueError:
            logging.getLogger("bot.x").exception("failed")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    log = capsys.readouterr().err
    assert "secret" not in log
    assert TOKEN[7:] not in log
    assert "abcdefghijklmnop" not in log
    assert "POST https://api.telegram.org/bot[token]/sendMessage" in log
    assert "ValueError" in log
    assert "KeyError" in log
    assert "test_outbox.py" in log
