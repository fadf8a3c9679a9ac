"""Health over HTTP, on this machine only: /live, /ready, /metrics."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import ThreadingHTTPServer

from prometheus_client import CollectorRegistry, MetricsHandler

from index.errors import ArticlebotError

LOOPBACK = "127.0.0.1"


class HealthPortError(ArticlebotError, OSError):
    """The port for the health endpoints cannot be had."""


class _Handler(MetricsHandler):
    """Logs nothing: a supervisor asks every few seconds."""

    objections: Callable[[], list[str]]

    def do_GET(self) -> None:  # noqa: N802  the name is the library's
        """Answers one request."""
        if self.path == "/metrics":
            super().do_GET()
        elif self.path == "/live":
            self._say(HTTPStatus.OK, "alive")
        elif self.path == "/ready":
            objections = self.objections()
            status = HTTPStatus.SERVICE_UNAVAILABLE if objections else HTTPStatus.OK
            self._say(status, "\n".join(objections or ["ready"]))
        else:
            self._say(HTTPStatus.NOT_FOUND, "/live, /ready or /metrics")

    def _say(self, status: HTTPStatus, words: str) -> None:
        body = f"{words}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_health(port: int, registry: CollectorRegistry, objections: Callable[[], list[str]]) -> ThreadingHTTPServer:
    """Serves in a thread, until `shutdown` is called on what is returned.

    Args:
        port: on 127.0.0.1.
        registry: what /metrics tells.
        objections: why the bot is not ready, none where it is.

    Raises:
        HealthPortError: the port is taken.
    """
    handler = type("Handler", (_Handler,), {"registry": registry, "objections": staticmethod(objections)})
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), handler)
    except OSError as error:
        raise HealthPortError(
            f"port {port} on {LOOPBACK}: {error.strerror}; set ARTICLEBOT_HEALTH_PORT to a free one, or to 0 for none"
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name="health").start()
    return server
