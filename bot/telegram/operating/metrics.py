"""What the bot counts, for /metrics and /status; read from another thread."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Summary, disable_created_metrics

_COUNTED = {
    "updates": "updates received",
    "questions": "questions answered",
    "not_found": "of these, not in the articles",
    "apologies": "questions that got an apology",
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
    """Numbers since the start, and when Telegram was last heard; in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counters = {
            name: Counter(f"articlebot_{name}", meaning, registry=self.registry) for name, meaning in _COUNTED.items()
        }
        self.answer_seconds = Summary("articlebot_answer_seconds", "seconds spent on answering", registry=self.registry)
        self._index = Gauge(
            "articlebot_index", "the generation that answers come from", ["generation"], registry=self.registry
        )
        self._started = time.monotonic()
        self.heard = 0.0  # monotonic seconds of the last good poll, 0: none yet
        for name, meaning, value in (
            ("silence", "seconds since the last good poll", self.silence),
            ("uptime", "seconds since the start", lambda: time.monotonic() - self._started),
        ):
            Gauge(f"articlebot_{name}_seconds", meaning, registry=self.registry).set_function(value)

    def begin(self) -> None:
        """Counts time from now on."""
        self._started = time.monotonic()

    def add(self, name: str, number: int = 1) -> None:
        """Counts; the name is one of those above."""
        self._counters[name].inc(number)

    def total(self, name: str) -> int:
        """Returns what was counted so far."""
        return int(self.registry.get_sample_value(f"articlebot_{name}_total") or 0)

    def answers_from(self, generation: str) -> None:
        """Notes which generation of the index is asked."""
        self._index.clear()
        self._index.labels(generation).set(1)

    def heard_now(self) -> None:
        """Notes a good poll."""
        self.heard = time.monotonic()
        self.add("polls")

    def silence(self) -> float:
        """Returns the seconds since the last good poll, or since the start."""
        return time.monotonic() - (self.heard or self._started)
