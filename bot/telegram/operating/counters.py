"""What the bot counts, for /metrics and /status; read from another thread."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

HELP = {
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
    "plain": "messages sent as plain text",
    "polls": "polls answered",
}


@dataclass(slots=True)
class Counters:
    """Numbers since the start, and when Telegram was last heard."""

    started: float = field(default_factory=time.monotonic)
    heard: float = 0.0  # monotonic seconds of the last good poll, 0: none yet
    seconds: float = 0.0  # spent on answering, summed up
    generation: str = ""
    totals: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Counts time from now on."""
        self.started = time.monotonic()

    def add(self, name: str, number: int = 1) -> None:
        """Counts; the name is one of HELP."""
        if name not in HELP:
            raise KeyError(name)
        self.totals[name] += number

    def heard_now(self) -> None:
        """Notes a good poll."""
        self.heard = time.monotonic()
        self.add("polls")

    def silence(self) -> float:
        """Returns the seconds since the last good poll, or since the start."""
        return time.monotonic() - (self.heard or self.started)

    def metrics(self) -> str:
        """Returns all in the text format of Prometheus."""
        lines = []
        for name, meaning in HELP.items():
            full = f"articlebot_{name}_total"
            lines += [f"# HELP {full} {meaning}", f"# TYPE {full} counter", f"{full} {self.totals[name]}"]
        gauges = {
            "answer_seconds_sum": ("seconds spent on answering", self.seconds),
            "silence_seconds": ("seconds since the last good poll", self.silence()),
            "uptime_seconds": ("seconds since the start", time.monotonic() - self.started),
        }
        for name, (meaning, value) in gauges.items():
            full = f"articlebot_{name}"
            lines += [f"# HELP {full} {meaning}", f"# TYPE {full} gauge", f"{full} {value:.3f}"]
        lines += [
            "# HELP articlebot_index the generation that answers come from",
            "# TYPE articlebot_index gauge",
            f'articlebot_index{{generation="{self.generation}"}} 1',
        ]
        return "\n".join(lines) + "\n"
