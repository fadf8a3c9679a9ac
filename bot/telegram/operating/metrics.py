"""What the bot counts, and its health over HTTP on this machine only: /live, /ready, /metrics."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, MetricsHandler, disable_created_metrics

from index.errors import ArticlebotError, why

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60)  # the last is the deadline of a language model
LOOPBACK = "127.0.0.1"
_COUNTED = {
    "updates": "updates received",
    "questions": "questions answered",
    "not_found": "of these, not in the articles",
    "apologies": "questions that got an apology",
    "news": "messages with news that were not asked for",
    "refusals": "requests of people who may not",
    "gone": "requests of chats that cannot be written to",
    "poison": "updates that could not be read",
    "sends": "messages sent",
    "edits": "messages edited",
    "retries": "calls repeated",
    "waits": "calls that Telegram told to wait",
    "polls": "polls answered",
}

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each counter: when it was made


class Metrics:
    """Numbers since the start, and when Telegram was last heard; in a registry of their own, read by other threads."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters = {
            name: Counter(f"articlebot_{name}", meaning, registry=self.registry) for name, meaning in _COUNTED.items()
        }
        self.answer_seconds = Histogram(
            "articlebot_answer_seconds", "seconds spent on answering", buckets=_SECONDS, registry=self.registry
        )
        self.waiting = Gauge("articlebot_waiting", "requests that wait in their queues", registry=self.registry)
        self._failed = Gauge("articlebot_failed", "articles and sources that failed", registry=self.registry)
        self._made = time.time()
        self._index = Gauge(
            "articlebot_index", "the generation that answers come from", ["generation"], registry=self.registry
        )
        build = Gauge("articlebot_build", "the version that runs", ["version"], registry=self.registry)
        build.labels(version("articlebot")).set(1)
        self._started = time.monotonic()
        self.heard = 0.0  # monotonic seconds of the last good poll, 0: none yet
        for name, meaning, value in (
            ("silence", "seconds since the last good poll", self.silence),
            ("index_age", "seconds since the index was made", lambda: time.time() - self._made),
            ("uptime", "seconds since the start", lambda: time.monotonic() - self._started),
        ):
            Gauge(f"articlebot_{name}_seconds", meaning, registry=self.registry).set_function(value)

    def begin(self) -> None:
        """Counts time from now on; nothing was heard yet."""
        self._started, self.heard = time.monotonic(), 0.0

    def add(self, name: str, number: int = 1) -> None:
        """Counts; the name is one of those above."""
        self._counters[name].inc(number)

    def total(self, name: str) -> int:
        """Returns what was counted so far."""
        return int(self.registry.get_sample_value(f"articlebot_{name}_total") or 0)

    def answers_from(self, generation: str, made: str, failed: int) -> None:
        """Notes which generation of the index is asked, when it was made (ISO), and how much failed then."""
        self._index.clear()
        self._index.labels(generation).set(1)
        self._made = datetime.fromisoformat(made).timestamp()
        self._failed.set(failed)

    def heard_now(self) -> None:
        """Notes a good poll."""
        self.heard = time.monotonic()
        self.add("polls")

    def silence(self) -> float:
        """Returns the seconds since the last good poll, or since the start."""
        return time.monotonic() - (self.heard or self._started)


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
            f"port {port} on {LOOPBACK}: {why(error)}; set ARTICLEBOT_HEALTH_PORT to a free one, or to 0 for none"
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True, name="health").start()
    return server
