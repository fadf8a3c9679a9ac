"""A server on loopback that speaks the OpenAI chat API over real HTTP, streaming included, and does what it is told."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

Script = Callable[[list[dict[str, str]]], "Turn"]  # what is asked -> what happens


@dataclass(slots=True)
class Turn:
    """What the server does with one request."""

    pieces: list[str] = field(default_factory=list)  # of the streamed answer
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""  # of an error
    cut_after: int | None = None  # pieces, after which the connection is cut
    wait_s: float = 0.0  # before the answer
    pause_s: float = 0.0  # after each piece
    counts: bool = True  # whether it says how many tokens it took
    raw: bytes | None = None  # sent in place of an HTTP answer, then the connection is cut
    tail: bytes | None = None  # sent after the pieces in place of a proper end, then the connection is cut
    ticks_s: float | None = None  # after the pieces it never ends: a comment comes now and then
    finish: str = "stop"


@dataclass(slots=True)
class Model:
    """The server as a test sees it."""

    base_url: str
    script: Script
    asked: list[list[dict[str, str]]] = field(default_factory=list)  # the messages of each request
    stopped: threading.Event = field(default_factory=threading.Event)

    def turn(self, messages: list[dict[str, str]]) -> Turn:
        self.asked.append(messages)
        return self.script(messages)


def passages_in(messages: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Returns the passages that a prompt shows."""
    shown = messages[1]["content"].split("Passages, one JSON object a line:\n")[1].split("\n\nQuestion:")[0]
    return [json.loads(line) for line in shown.split("\n") if line]


def line(text: str, passage_id: str, quote: str) -> str:
    """Returns a line as the model should write it."""
    return json.dumps({"text": text, "id": passage_id, "quote": quote}, ensure_ascii=False) + "\n"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ClassVar[Model]

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        turn = self.model.turn(request["messages"])
        self.model.stopped.wait(turn.wait_s)
        self.close_connection = True
        with suppress(ConnectionError):  # whoever asked has gone
            if turn.raw is not None:
                self.wfile.write(turn.raw)
            elif turn.status != 200:
                self._send(turn.status, turn.body.encode(), turn.headers)
            else:
                self._stream(turn)

    def _stream(self, turn: Turn) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for piece in turn.pieces[: turn.cut_after]:
            self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
            self.model.stopped.wait(turn.pause_s)
        if turn.cut_after is not None or turn.tail is not None:
            self.wfile.write(turn.tail or b"")
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        while turn.ticks_s is not None and not self.model.stopped.wait(turn.ticks_s):
            self.wfile.write(b": still here\n\n")
            self.wfile.flush()
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": turn.finish}]})
        if turn.counts:
            usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
            self._event({"choices": [], "usage": usage})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, event: dict[str, Any]) -> None:
        whole = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", **event}
        self.wfile.write(f"data: {json.dumps(whole, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", "connection": "close", **headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """Says nothing where the asker has heard enough and hangs up."""

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as its parent has it
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(script: Script) -> Iterator[Model]:
    """Serves until the block ends."""

    class Handler(_Handler):
        """Has a model of its own."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.model = Model(f"http://127.0.0.1:{server.server_address[1]}/v1", script)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Handler.model
    finally:
        Handler.model.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
