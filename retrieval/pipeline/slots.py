"""How many questions are computed at once, and on how many cores each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import islice
from threading import BoundedSemaphore, Event, local
from typing import TypeVar

from threadpoolctl import ThreadpoolController

_Piece = TypeVar("_Piece")


def on_one_thread() -> AbstractContextManager[object]:
    """Keeps numpy's products on one thread while a question is computed.

    OpenBLAS divides even a question's small ones, and its second thread then spins for some 25 ms: a search took twice
    the CPU time, and `ask` a quarter more time on two cores, of which the reader wants both. Of several threads the
    first one decides: while it computes, the products of all are on one.
    """
    limited: AbstractContextManager[object] = _products().limit(limits=1)
    return limited


@cache
def _products() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


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
        with self._free, on_one_thread():
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
