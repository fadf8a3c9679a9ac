"""How the Bot API is reached: directly, or through the proxy that the usual variables name."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from telegram import Bot

from bot.telegram.sending.wire import connect_api
from index.sources.web.proxies import ProxyError

TOKEN = "1000001:wire-wire-wire-wire-wire-wire-wire"  # noqa: S105  nobody's
ME = b'{"ok":true,"result":{"id":1000001,"is_bot":true,"first_name":"Bot","username":"FixtureBot"}}'


class _Handler(BaseHTTPRequestHandler):
    """Answers whatever it is asked for as the Bot API answers getMe; as a proxy it is asked for whole addresses."""

    asked: list[str]

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers["content-length"] or 0))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ME)))
        self.end_headers()
        self.wfile.write(ME)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def address(asked: list[str]) -> Iterator[str]:
    """Of such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def name_of_the_bot(api: str) -> str:
    async def ask() -> str:
        bot: Bot
        bot, _ = connect_api(TOKEN, api, 5.0)
        async with bot:
            return bot.username

    return asyncio.run(ask())


def test_telegram_is_asked_through_the_proxy(address: str, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    assert name_of_the_bot("http://telegram.example") == "FixtureBot"
    assert asked == [f"http://telegram.example/bot{TOKEN}/getMe"]


def test_server_on_this_machine_is_asked_directly(
    address: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")  # where nothing listens
    assert name_of_the_bot(address) == "FixtureBot"
    assert asked == [f"/bot{TOKEN}/getMe"]


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("HTTPS_PROXY", "socks5://me:secret@127.0.0.1:1", "HTTPS_PROXY=127.0.0.1:1: a proxy of kind 'socks5:'"),
        ("http_proxy", "http://me:secret@127.0.0.1:port", "http_proxy=127.0.0.1:port: no address"),
        ("NO_PROXY", "[::1]", "NO_PROXY cannot be read"),
    ],
)
def test_wrong_variable_is_one_line_without_a_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv(variable, value)
    with pytest.raises(ProxyError) as caught:
        connect_api(TOKEN, "https://telegram.example", 5.0)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
