"""What a run knows of each host: what its robots.txt allows, when it may be asked again, whether it answers at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from protego import Protego

from index.sources.web.addresses import FetchError

ROBOTS_CHARACTERS = 512_000  # read of a robots.txt, RFC 9309 wants 500 KiB at least
MAX_CRAWL_DELAY_S = 10.0
MAX_FAILURES = 3  # in a row; then the host is left in peace for this run


@dataclass(slots=True)
class Host:
    """One host and what it said so far; times are of the clock given."""

    name: str
    pace_s: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    rules: Protego | None = None  # None: robots.txt was not asked yet, or see `closed`
    closed: str = ""  # why nothing of this host may be fetched: its robots.txt could not be read
    failures: int = 0  # requests in a row that had no answer
    last_failure: str = ""
    _last: float = float("-inf")  # end of the last request

    @contextmanager
    def paced(self) -> Iterator[None]:
        """Waits until the host may be asked again, and counts the pace from the end of the request."""
        wait = self._last + self.pace_s - self.clock()
        if wait > 0:
            self.sleep(wait)
        try:
            yield
        finally:
            self._last = self.clock()

    def read_rules(self, robots: str, agent: str) -> None:
        """Takes a robots.txt; an empty one allows everything. Its Crawl-delay counts up to 10 s."""
        self.rules = Protego.parse(robots[:ROBOTS_CHARACTERS])
        delay = self.rules.crawl_delay(agent) or 0.0
        self.pace_s = max(self.pace_s, min(delay, MAX_CRAWL_DELAY_S))

    def check_rules(self, address: str, agent: str) -> None:
        """Raises FetchError where the robots.txt forbids an address, or could not be read."""
        if self.closed:
            found = f"the robots.txt of {self.name} cannot be read ({self.closed})"
            raise FetchError(address, f"{found}, one that allows it or none wanted; run it again later")
        if self.rules and not self.rules.can_fetch(address, agent):
            raise FetchError(
                address, f"forbidden by the robots.txt of {self.name}, an address that it allows wanted; leave it out"
            )

    def check_alive(self, address: str) -> None:
        """Raises FetchError where the host failed too often in a row."""
        if self.failures >= MAX_FAILURES:
            found = f"{self.name} failed {self.failures} times in a row ({self.last_failure})"
            raise FetchError(address, f"{found}, an answer wanted; run it again later")
