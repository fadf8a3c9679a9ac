"""Health over HTTP, on this machine only: /live, /ready, /metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.telegram.operating.counters import Counters
from index.errors import ArticlebotError

LOOPBACK = "127.0.0.1"


class HealthPortError(ArticlebotError, OSError):
    """The port for the health endpoints cannot be had."""


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, *arguments: Any, counters: Counters, objections: Callable[[], list[str]]) -> None:  # noqa: ANN401
        self._counters = counters
        self._objections = objections
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answers one request."""
        if self.path == "/live":
            self._say(HTTPStatus.OK, "alive\n")
        elif self.path == "/ready":
            objections = self._objections()
            status = HTTPStatus.SERVICE_UNAVAILABLE if objections else HTTPStatus.OK
            self._say(status, "\n".join(objections or ["ready"]) + "\n")
        elif self.path == "/metrics":
            self._say(HTTPStatus.OK, self._counters.metrics(), "text/plain; version=0.0.4")
        else:
            self._say(HTTPStatus.NOT_FOUND, "/live, /ready or /metrics\n")

    def _say(self, status: HTTPStatus, words: str, kind: str = "text/plain") -> None:
        body = words.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
        """Logs nothing: a supervisor asks every few seconds."""


def serve_health(port: int, counters: Counters, objections: Callable[[], list[str]]) -> ThreadingHTTPServer:
    """Serves in a thread, until `shutdown` is called on what is returned.

    Args:
        port: on 127.0.0.1.
        counters: what /metrics tells.
        objections: why the bot is not ready, none where it is.

    Raises:
        HealthPortError: the port is taken.
    """
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), partial(_Handler, counters=counters, objections=objections))
    except OSError as error:
        raise HealthPortError(
            f"port {port} on {LOOPBACK}: {error.strerror}; set ARTICLEBOT_HEALTH_PORT to a free one, or to 0 for none"
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name="health").start()
    return server
