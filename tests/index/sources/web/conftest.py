"""A web of one real server on loopback that behaves as it is told, and a fetcher that knows its hosts by name."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias

import httpcore2
import pytest

from index.sources.web.fetching import Fetcher, FetchLimits

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = "news.example"
# Addresses of the public internet, led to the server on loopback by the test's own sockets: nothing leaves the machine.
NAMES = {
    "news.example": ["93.184.216.34"],
    "other.example": ["2606:2800:220:1::1"],
    "intranet.example": ["10.1.2.3"],
    "rebinding.example": ["93.184.216.34", "127.0.0.1"],
    "local.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "metadata.example": ["169.254.169.254"],
}

Behaviour: TypeAlias = "Callable[[BaseHTTPRequestHandler], None]"


@dataclass
class Web:
    """What the server answers, by host and path, and what it was asked."""

    port: int = 0
    answers: dict[str, list[Behaviour]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # "host/path", headers in lower case
    connected: list[str] = field(default_factory=list)  # IP addresses
    server_names: list[str | None] = field(default_factory=list)  # asked for in TLS
    closing: threading.Event = field(default_factory=threading.Event)

    def serve(self, path: str, *answers: Behaviour | str | bytes, host: str = HOST) -> str:
        """Answers a path with these in turn, the last for ever; returns its address."""
        self.answers[f"{host}{path}"] = [a if callable(a) else reply(a) for a in answers]
        return f"http://{host}{path}"

    def paths(self, *, robots: bool = False) -> list[str]:
        """Paths asked for, in order."""
        paths = [asked.partition("/")[2] for asked, _ in self.asked]
        return ["/" + path for path in paths if robots or path != "robots.txt"]

    def headers(self, path: str) -> list[dict[str, str]]:
        """Headers of the requests for a path, in order."""
        return [headers for asked, headers in self.asked if asked == f"{HOST}{path}"]


def reply(
    body: str | bytes = b"", status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str | None
) -> Behaviour:
    """An honest answer, but for what `headers` says (`content_length="3"`; None: not sent)."""
    data = body.encode() if isinstance(body, str) else body

    def answer(handler: BaseHTTPRequestHandler) -> None:
        lines: dict[str, str | None] = {"content-type": kind, "content-length": str(len(data))}
        lines.update((name.replace("_", "-"), value) for name, value in headers.items())
        handler.send_response(status)
        for name, value in lines.items():
            if value is not None:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def raw(data: bytes) -> Behaviour:
    """These bytes and no others, then the connection is cut."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)
        handler.close_connection = True

    return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        key = f"{self.headers['host'].partition(':')[0]}{self.path}"
        self.web.asked.append((key, {name.lower(): value for name, value in self.headers.items()}))
        answers = self.web.answers.get(key) or [reply("nothing here", 404)]
        (answers.pop(0) if len(answers) > 1 else answers[0])(self)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  as declared above us
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:  # noqa: ANN401  as declared above us
        """A client that hangs up is what these tests are about."""


class LoopbackSockets(httpcore2.SyncBackend):
    """Connects to the server whatever public address is asked for, and notes which."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self.web.connected.append(host)
        public = host in {address for addresses in NAMES.values() for address in addresses}
        target = ("127.0.0.1", self.web.port) if public and port in (80, 443) else (host, port)
        return super().connect_tcp(*target, timeout, local_address, socket_options)


def _resolve(host: str, _: int) -> list[str]:
    if re.fullmatch(r"h\d+\.example", host):  # as many hosts as a test wants
        return NAMES["news.example"]
    return NAMES.get(host) or [host]


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": made}))
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sockets(web: Web) -> LoopbackSockets:
    return LoopbackSockets(web)


@pytest.fixture
def new_fetcher(web: Web, clock: Clock) -> Iterator[Callable[..., Fetcher]]:
    """Makes fetchers that find the server under the names above; options are those of Fetcher and of FetchLimits."""
    made: list[Fetcher] = []

    def new(*, allow_private: bool = False, sockets: httpcore2.NetworkBackend | None = None, **limits: Any) -> Fetcher:  # noqa: ANN401  fields of FetchLimits
        fetcher = Fetcher(
            allow_private=allow_private,
            limits=FetchLimits(**limits),
            resolve=_resolve,
            sockets=sockets or LoopbackSockets(web),
            clock=clock,
            sleep=clock.sleep,
        )
        made.append(fetcher)
        return fetcher

    yield new
    for fetcher in made:
        fetcher.close()


@pytest.fixture
def fetcher(new_fetcher: Callable[..., Fetcher]) -> Fetcher:
    return new_fetcher()


@pytest.fixture
def answers() -> Answers:
    return Answers()


class Answers:
    """What a server may do, for the tests of this folder."""

    reply = staticmethod(reply)
    raw = staticmethod(raw)

    @staticmethod
    def redirect(target: str, status: int = 302) -> Behaviour:
        return reply("", status, location=target)

    @staticmethod
    def gzipped(data: bytes, kind: str = "text/html") -> Behaviour:
        return reply(gzip.compress(data), kind=kind, content_encoding="gzip")

    @staticmethod
    def hang(web: Web) -> Behaviour:
        """Says nothing until the test is over."""
        return lambda _: (web.closing.wait(60), None)[1]

    @staticmethod
    def drip(web: Web) -> Behaviour:
        """Sends a byte of a header now and then, and never comes to an end."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            with suppress(OSError):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
                while not web.closing.wait(0.02):
                    handler.wfile.write(b".")

        return answer

    @staticmethod
    def endless(handler: BaseHTTPRequestHandler) -> None:
        """Sends a body without end."""
        with suppress(OSError):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n")
            while True:
                handler.wfile.write(b"<p>more</p>" * 10_000)


def feed_of(*items: str, kind: str = "rss") -> str:
    """An RSS or Atom feed of these items."""
    joined = "".join(items)
    if kind == "atom":
        return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{joined}</feed>'
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{joined}</channel></rss>'
