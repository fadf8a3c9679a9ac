"""A worker that is a process of this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedding.embedder import Embedder
from index.embedding.workers.crew import LostWorkerError
from index.embedding.workers.work import WorkersModel, embed_half, open_here, translated

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_opened: list[Embedder] = []  # in the process: its model


class ProcessWorker:
    """A pool of one process, so that one that is killed takes no other's batch along."""

    def __init__(self, model: WorkersModel) -> None:
        """Starts it; it opens its model meanwhile."""
        context = get_context("spawn")  # a fork would take over threads and locks in the middle
        theirs, self._hold = context.Pipe(duplex=False)
        self.pid = 0  # once it is ready
        self._pool = ProcessPoolExecutor(1, context, _begin, (theirs,))
        with _interrupts_held():
            self._ready = self._submit(_open, model)
        self._ready.add_done_callback(self._note)

    def ready(self) -> Future[int]:
        """Returns what is done once its model is open."""
        return self._ready

    def embed(self, texts: list[str]) -> Future[NDArray[np.float16]]:
        """Returns what will be the unit rows of these texts."""
        return self._submit(_embed, texts)

    def close(self) -> None:
        """Ends it, also in the middle of a batch."""
        self._hold.close()
        self._pool.shutdown(cancel_futures=True)

    def _note(self, ready: Future[int]) -> None:
        if not ready.cancelled() and ready.exception() is None:
            self.pid = ready.result()

    def _submit(self, call: Callable[_Given, _Result], *args: _Given.args, **kwargs: _Given.kwargs) -> Future[_Result]:
        try:
            return translated(self._pool.submit(call, *args, **kwargs), self._told)
        except BrokenExecutor as error:  # it ended while it had nothing to do
            failed: Future[_Result] = Future()
            failed.set_exception(self._told(error))
            return failed

    def _told(self, error: BaseException) -> BaseException:
        if not isinstance(error, BrokenExecutor):
            return error
        guard = "" if self.pid else '; a script calls build_index under `if __name__ == "__main__":`'
        return LostWorkerError(f"a process ended{guard}")


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """A process that is started meanwhile never hears Ctrl-C, which its terminal sends to all of the group."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(hold: Connection) -> None:
    """Has this process end with the one that holds the other end, however that ends."""

    def end() -> None:
        with contextlib.suppress(EOFError, OSError):
            hold.recv()
        os._exit(0)

    threading.Thread(target=end, daemon=True).start()


def _open(model: WorkersModel) -> int:
    _opened.append(open_here(model, "a process of this machine"))
    return os.getpid()


def _embed(texts: list[str]) -> NDArray[np.float16]:
    return embed_half(_opened[0], texts)
