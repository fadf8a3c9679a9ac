"""Time that passes only where a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Clock:
    """Tells the time when it is called, in seconds; usable from any thread."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Lets so many seconds pass, and notes them."""
        self.now += seconds
        self.slept.append(seconds)
