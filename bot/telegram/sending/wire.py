"""The HTTP side of the Bot API: what comes is kept raw, and no payload or token reaches an error text."""

from __future__ import annotations

import json
from typing import Any

import httpx
from telegram import Bot
from telegram.error import NetworkError
from telegram.request import BaseRequest, HTTPXRequest

from index.sources.web.proxies import Proxies, ProxyError, is_here

UPDATE_TYPES = ("message", "edited_message", "callback_query", "inline_query")
CONNECT_S = 10.0
POOL_S = 30.0  # 256 connections; who finds none waits
_UNREADABLE = b'{"ok":false,"description":"no JSON"}'


class PlainRequest(HTTPXRequest):
    """Calls Telegram; an answer that is not its JSON is a plain NetworkError.

    The library would put such a payload, people's words included, into its log and into the error's text.
    """

    async def do_request(self, url: str, method: str, *arguments: Any, **named: Any) -> tuple[int, bytes]:  # noqa: ANN401
        """Returns status and body; a body that the library would log or quote is replaced."""
        code, payload = await super().do_request(url, method, *arguments, **named)
        return (code, readable(code, payload)) if method == "POST" else (code, payload)


class PollingRequest(PlainRequest):
    """Calls getUpdates and keeps what came; the library is handed an empty list.

    So one update that it cannot parse stops nothing: each is parsed alone, after it is on the disk.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(**settings)
        self._came: list[object] = []

    async def do_request(self, url: str, method: str, *arguments: Any, **named: Any) -> tuple[int, bytes]:  # noqa: ANN401
        """Returns status and, where it went well, an empty result."""
        code, payload = await super().do_request(url, method, *arguments, **named)
        if code != 200:
            return code, payload
        result = json.loads(payload)["result"]
        if not isinstance(result, list):
            raise NetworkError("getUpdates: no list in the answer")
        self._came.extend(result)
        return code, b'{"ok":true,"result":[]}'

    def take(self) -> list[object]:
        """Returns what came since the last call, as it came."""
        came, self._came = self._came, []
        return came


def readable(code: int, payload: bytes) -> bytes:
    """Returns the payload where it is the JSON that its status promises.

    Raises:
        NetworkError: a success without a result: whether it was carried out is not known.
    """
    try:
        body = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        body = None
    if 200 <= code <= 299:
        if not isinstance(body, dict) or "result" not in body:
            raise NetworkError("unreadable answer")
        return payload
    return payload if isinstance(body, dict) else _UNREADABLE


def connect_api(
    token: str, api: str, timeout_s: float, requests: tuple[BaseRequest, PollingRequest] | None = None
) -> tuple[Bot, PollingRequest]:
    """Returns the client of the Bot API and the request that its polls go through.

    Args:
        token: of the bot.
        api: root address; "/bot" and "/file/bot" are appended.
        timeout_s: wait so long for an answer; a poll asks Telegram to hold it as long besides.
        requests: instead of those made here: for calls, and for polls.

    Raises:
        ProxyError: a variable that names a proxy, or an exception, cannot be used.
    """
    times = {
        "connect_timeout": CONNECT_S,
        "read_timeout": timeout_s,
        "write_timeout": timeout_s,
        "pool_timeout": POOL_S,
    }
    root = api.rstrip("/")
    calls, polls = requests or _requests(httpx_kwargs={"trust_env": not is_here(root)}, **times)
    bot = Bot(token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot", request=calls, get_updates_request=polls)
    return bot, polls


def _requests(**settings: Any) -> tuple[PlainRequest, PollingRequest]:  # noqa: ANN401  as the library has them
    try:
        return PlainRequest(**settings), PollingRequest(connection_pool_size=2, **settings)
    except (httpx.InvalidURL, ValueError, RuntimeError):  # its words may repeat a password
        Proxies().check()
        raise ProxyError(
            "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY cannot be read, http://HOST:PORT and names of hosts "
            "wanted; correct or unset them"
        ) from None
