"""Batches of texts to workers, their vectors back as they come: few are under way, and none goes with a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticlebotError, why

Returned: TypeAlias = tuple[list[str], NDArray[np.float16]]  # a batch and its unit rows
TRIES = 3  # of a batch: so many workers may end over it
SECONDS_TO_BEGIN = 300.0  # for a worker to open its model, where none is at work; a cluster may be full


class WorkersError(ArticlebotError, RuntimeError):
    """The workers that were named cannot be had, or end again and again."""


class LostWorkerError(RuntimeError):
    """A worker ended, or its machine did; what it was doing is to be done again."""


class Worker(Protocol):
    """Embeds one batch at a time, somewhere else; its futures raise LostWorkerError where it ends."""

    def ready(self) -> Future[Any]:
        """Returns what is done once its model is open."""

    def embed(self, texts: list[str]) -> Future[NDArray[np.float16]]:
        """Returns what will be the unit rows of these texts, in half precision, as a cache keeps them."""

    def close(self) -> None:
        """Ends it, also in the middle of a batch."""


@dataclass(slots=True)
class _Job:
    texts: list[str]
    tries: int = 0


class Crew:
    """So many workers; one that ends is replaced, and its batch done by the next that is free."""

    def __init__(self, hire: Callable[[], Worker], count: int) -> None:
        self._hire, self._count = hire, count
        self._starting: dict[Future[Any], Worker] = {}
        self._idle: list[Worker] = []
        self._busy: dict[Future[NDArray[np.float16]], tuple[Worker, _Job]] = {}
        self._todo: deque[_Job] = deque()
        self._lost = 0  # workers, since a batch came back

    def embed(self, batches: Iterable[list[str]]) -> Iterator[Returned]:
        """Yields each batch with its unit rows, as they come; an empty one asks to wait for one that is under way.

        The next batch is taken only where a worker is free, but for one, so that none waits for it.

        Raises:
            WorkersError: no worker could begin, or they end again and again.
        """
        is_over = False
        try:
            self._fill_up()
            for batch in batches:
                if batch:
                    self._todo.append(_Job(batch))
                    self._assign()
                while self._under_way > self._count:
                    yield from self._wait()
                came = bool(batch) or not self._under_way
                while not came:
                    for each in self._wait():
                        came = True
                        yield each
            while self._under_way:
                yield from self._wait()
            is_over = True
        finally:
            if not is_over:  # what is under way is nobody's any more
                self.close()

    def close(self) -> None:
        """Ends every worker; another batch would begin with new ones."""
        workers = [*self._starting.values(), *self._idle, *(worker for worker, _ in self._busy.values())]
        for held in (self._starting, self._idle, self._busy, self._todo):
            held.clear()
        for worker in workers:
            worker.close()

    @property
    def _under_way(self) -> int:
        return len(self._busy) + len(self._todo)

    def _fill_up(self) -> None:
        while len(self._starting) + len(self._idle) + len(self._busy) < self._count:
            worker = self._hire()
            self._starting[worker.ready()] = worker

    def _assign(self) -> None:
        while self._todo and self._idle:
            worker, job = self._idle.pop(), self._todo.popleft()
            self._busy[worker.embed(job.texts)] = worker, job

    def _wait(self) -> list[Returned]:
        """Waits until a worker is ready, done or lost; returns the batches that came back."""
        futures: list[Future[Any]] = [*self._busy, *self._starting]
        done, _ = wait(futures, None if self._busy else SECONDS_TO_BEGIN, return_when=FIRST_COMPLETED)
        if not done:
            raise WorkersError(
                f"no worker began within {SECONDS_TO_BEGIN:.0f} seconds, wanted: one of {self._count}; look whether "
                "the machines have cores that are free, or leave --workers out"
            )
        came = [each for future in done for each in self._returned(future)]
        self._fill_up()
        self._assign()
        return came

    def _returned(self, future: Future[Any]) -> Iterator[Returned]:
        job = None
        if future in self._starting:
            worker = self._starting.pop(future)
        else:
            worker, job = self._busy.pop(future)
        try:
            result = future.result()
        except LostWorkerError as error:
            worker.close()
            self._lose(job, error)
            return
        except BaseException:
            worker.close()
            raise
        self._idle.append(worker)
        if job:
            self._lost = 0
            yield job.texts, result

    def _lose(self, job: _Job | None, error: LostWorkerError) -> None:
        """Has the batch of a worker that ended done again, first of all."""
        self._lost += 1
        if job:
            job.tries += 1
            self._todo.appendleft(job)
        if self._lost > 2 * self._count or (job and job.tries >= TRIES):
            batch = f" over one batch of {len(job.texts)} texts" if job else ""
            raise WorkersError(
                f"{self._lost} workers ended{batch} ({why(error)}), wanted: workers that live; what was embedded so "
                "far is kept: run it again with fewer workers, or without --workers"
            )
