"""A deadline that holds whatever another party does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeAlias, TypeVar

Piece = TypeVar("Piece")
_LOOK_S = 0.25  # between two looks at the clock
_Came: TypeAlias = SimpleQueue[tuple[Piece] | BaseException | None]


def in_time(
    start: Callable[[], Iterator[Piece]], until: float, clock: Callable[[], float] = time.monotonic
) -> Iterator[Piece]:
    """Yields the pieces as they come, and gives up at `until`.

    The pieces are read in a thread of their own: a server that sends a byte now and then keeps every timeout of a
    socket from passing, and never gives a piece at which one could look at the clock. A thread that was given up ends
    at its next piece, or when its connection does; the program does not wait for it.

    Args:
        start: begins to read; called in the other thread, under the context of this one.
        until: the time at which to give up.
        clock: tells the time, in seconds that only grow.

    Raises:
        TimeoutError: it is time.
        Exception: what reading raised.
    """
    came: _Came[Piece] = SimpleQueue()
    unwanted = Event()
    Thread(target=copy_context().run, args=(_read, start, came, unwanted, until, clock), daemon=True).start()
    try:
        while (told := _next(came, until, clock)) is not None:
            yield told[0]
    finally:
        unwanted.set()


def _read(
    start: Callable[[], Iterator[Piece]], came: _Came[Piece], unwanted: Event, until: float, clock: Callable[[], float]
) -> None:
    """Puts each piece alone in a tuple, then the error that ended it, or None."""
    try:
        for piece in start():
            came.put((piece,))
            if unwanted.is_set():
                break
            if clock() > until:  # what came in time is still read, however late
                raise TimeoutError("out of time")
    except BaseException as error:  # noqa: BLE001  it is raised where the pieces are read
        came.put(error)
    else:
        came.put(None)


def _next(came: _Came[Piece], until: float, clock: Callable[[], float]) -> tuple[Piece] | None:
    """Returns the next piece, None at the end; raises what ended the reading, or TimeoutError."""
    while True:
        left = until - clock()
        try:
            told = came.get(timeout=min(max(left, 0), _LOOK_S))
            break
        except Empty:
            if left <= 0:
                raise TimeoutError("out of time") from None
    if isinstance(told, BaseException):
        raise told
    return told
