"""A server on loopback that speaks the OpenAI chat API over real HTTP, streaming included, and does what it is told."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

_NUMBERED = re.compile(r"\[(\d+)\] (.*)")

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
    requests: list[dict[str, Any]] = field(default_factory=list)  # each as it came
    stopped: threading.Event = field(default_factory=threading.Event)

    def turn(self, messages: list[dict[str, str]]) -> Turn:
        self.asked.append(messages)
        return self.script(messages)


@dataclass(frozen=True, slots=True)
class Block:
    """A passage as a prompt shows it: under its title, its sentences by their numbers."""

    title: str
    sentences: dict[int, str]

    @property
    def text(self) -> str:
        return " ".join(self.sentences.values())


def passages_in(messages: list[dict[str, str]]) -> list[Block]:
    """Returns the passages that a prompt shows."""
    shown = messages[1]["content"].split("\n\nToday: ")[0]
    blocks = []
    for block in shown.split("\n\n"):
        title, *lines = block.split("\n")
        numbered = (_NUMBERED.fullmatch(line) for line in lines)
        blocks.append(Block(title.removeprefix("# "), {int(found[1]): found[2] for found in numbered if found}))
    return blocks


def number_of(words: str, messages: list[dict[str, str]]) -> int:
    """Returns the number of the sentence that holds these words."""
    return next(n for block in passages_in(messages) for n, text in block.sentences.items() if words in text)


def claim(text: str, source: int) -> str:
    """Returns a sentence as the model should write it."""
    return json.dumps({"source": source, "text": text}, ensure_ascii=False)


def answer_of(*claims: str) -> str:
    """Returns an answer as the model should write it."""
    return f'{{"answer": [{", ".join(claims)}]}}'


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: ClassVar[Model]

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.model.requests.append(request)
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
