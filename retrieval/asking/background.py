"""Work in a thread of its own for those who await: the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from contextvars import copy_context
from threading import Event, Thread
from typing import TypeAlias, TypeVar

Piece = TypeVar("Piece")
_Came: TypeAlias = tuple[Piece] | BaseException | None


async def in_background(start: Callable[[], Iterator[Piece]]) -> AsyncGenerator[Piece, None]:
    """Yields the pieces as they come.

    A thread cannot be stopped: who leaves or is cancelled is free at once, and the work ends at its next piece.

    Args:
        start: begins the work; called in the thread, under the context of who awaits.

    Raises:
        Exception: what the work raised.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[_Came[Piece]] = asyncio.Queue()
    unwanted = Event()

    def tell(what: _Came[Piece]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(came.put_nowait, what)

    Thread(target=copy_context().run, args=(_work, start, tell, unwanted), daemon=True).start()
    try:
        while (told := await came.get()) is not None:
            if isinstance(told, BaseException):
                raise told
            yield told[0]
    finally:
        unwanted.set()


def _work(start: Callable[[], Iterator[Piece]], tell: Callable[[_Came[Piece]], None], unwanted: Event) -> None:
    """Tells each piece alone in a tuple, then the error that ended it, or None."""
    try:
        for piece in start():
            if unwanted.is_set():
                return
            tell((piece,))
    except BaseException as error:  # noqa: BLE001  it is raised where the pieces are awaited
        tell(error)
    else:
        tell(None)
