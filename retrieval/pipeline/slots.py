"""How many questions are computed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from threading import BoundedSemaphore, Event, local
from typing import TypeVar

_Piece = TypeVar("_Piece")


class Slots:
    """So many threads compute at once; each has a slot while it does, and no longer."""

    def __init__(self, count: int) -> None:
        self._free = BoundedSemaphore(count)
        self._thread = local()  # `held`: whether it has a slot

    def computed(self, pieces: Iterator[_Piece], unwanted: Event | None = None) -> Iterator[_Piece]:
        """Yields the pieces, each computed in a slot; none is begun that is unwanted when a slot is free."""
        return _each(pieces, self._one, unwanted)

    def awaited(self, pieces: Iterator[_Piece]) -> Iterator[_Piece]:
        """Yields the pieces, which others make: see `away`."""
        return _each(pieces, self.away)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Gives the slot that this thread may have to others, while something is waited for."""
        held = getattr(self._thread, "held", False)
        if held:
            self._free.release()
        try:
            yield
        finally:
            if held:
                self._free.acquire()

    @contextmanager
    def _one(self) -> Iterator[None]:
        with self._free:
            self._thread.held = True
            try:
                yield
            finally:
                self._thread.held = False


def _each(
    pieces: Iterator[_Piece], within: Callable[[], AbstractContextManager[None]], unwanted: Event | None = None
) -> Iterator[_Piece]:
    while True:
        with within():
            piece = [] if unwanted and unwanted.is_set() else list(islice(pieces, 1))
        if not piece:
            return
        yield piece[0]
