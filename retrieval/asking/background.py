"""Work in the background for those who await: the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress
from threading import Event
from typing import TypeVar

from retrieval.llm.deadline import Came, in_thread, opened

_Piece = TypeVar("_Piece")


async def in_background(start: Callable[[], Iterable[_Piece]], unwanted: Event) -> AsyncGenerator[_Piece, None]:
    """Yields the pieces as they come. Who leaves or is cancelled is free at once; the work ends at its next piece.

    Args:
        start: begins the work, in a thread of its own.
        unwanted: is set when nobody wants more.

    Raises:
        Exception: what the work raised.
    """
    loop = asyncio.get_running_loop()
    came: asyncio.Queue[Came[_Piece]] = asyncio.Queue()

    def tell(what: Came[_Piece]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens
            loop.call_soon_threadsafe(came.put_nowait, what)

    in_thread(start, tell, unwanted)
    try:
        while (told := await came.get()) is not None:
            yield opened(told)
    finally:
        unwanted.set()
