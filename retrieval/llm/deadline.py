"""Work in a thread of its own, and a deadline that holds whatever another party does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeAlias, TypeVar

_Piece = TypeVar("_Piece")
Came: TypeAlias = tuple[_Piece] | BaseException | None  # a piece, or what ended the work; None: its end
_LOOK_S = 0.25  # between two looks at the clock


def in_time(
    start: Callable[[], Iterator[_Piece]],
    until: float,
    clock: Callable[[], float] = time.monotonic,
    silence_s: float | None = None,
) -> Iterator[_Piece]:
    """Yields the pieces as they come, and gives up at `until`, or after so long a silence where that is later.

    The pieces are read in a thread of their own: a server that sends a byte now and then keeps every timeout of a
    socket from passing, and never gives a piece at which one could look at the clock. A thread that was given up ends
    at its next piece, or when its connection does; the program does not wait for it.

    Args:
        start: begins to read; called in the other thread, under the context of this one.
        until: the time at which to give up.
        clock: tells the time, in seconds that only grow.
        silence_s: that is waited for the next piece, however late it is by then; None: `until` holds.

    Raises:
        TimeoutError: it is time.
        Exception: what reading raised.
    """
    came: SimpleQueue[Came[_Piece]] = SimpleQueue()
    unwanted = Event()

    def read() -> Iterator[_Piece]:
        for piece in start():
            yield piece
            if silence_s is None and clock() > until:  # what came in time is still read, however late
                raise TimeoutError("out of time")

    in_thread(read, came.put, unwanted)
    try:
        while (told := _next(came, until, clock)) is not None:
            yield opened(told)
            until = until if silence_s is None else max(until, clock() + silence_s)
    finally:
        unwanted.set()


def in_thread(start: Callable[[], Iterable[_Piece]], tell: Callable[[Came[_Piece]], object], unwanted: Event) -> None:
    """Works in a thread of its own, under the context of this one; it cannot be stopped, but ends at its next piece.

    Args:
        start: begins the work.
        tell: is told each piece alone in a tuple, then the error that ended the work, or None.
        unwanted: is set when nobody wants more.
    """

    def work() -> None:
        try:
            for piece in start():
                if unwanted.is_set():
                    return
                tell((piece,))
        except BaseException as error:  # noqa: BLE001  it is raised where the pieces are read
            tell(error)
        else:
            tell(None)

    Thread(target=copy_context().run, args=(work,), daemon=True).start()


def opened(told: tuple[_Piece] | BaseException) -> _Piece:
    """Returns a piece; raises the error that came instead."""
    if isinstance(told, BaseException):
        raise told
    return told[0]


def _next(came: SimpleQueue[Came[_Piece]], until: float, clock: Callable[[], float]) -> Came[_Piece]:
    """Returns what comes next; raises TimeoutError where nothing comes in time."""
    while True:
        left = until - clock()
        try:
            return came.get(timeout=min(max(left, 0), _LOOK_S))
        except Empty:
            if left <= 0:
                raise TimeoutError("out of time") from None
