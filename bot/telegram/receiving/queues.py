"""One queue a place: what is asked in a chat is answered in order, and no chat waits for another."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

Job: TypeAlias = Callable[[], Awaitable[None]]

DEPTH = 3  # jobs that wait in a place beside the one that is worked on


@dataclass(slots=True)
class Queues:
    """Runs jobs: those under one key one after the other, each to its end."""

    failed: Callable[[BaseException], None]  # told of an error that a job did not catch
    _waiting: dict[str, deque[Job]] = field(default_factory=dict)
    _workers: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _stopping: bool = False

    def has_room(self, key: str) -> bool:
        """Whether fewer than DEPTH jobs wait under this key."""
        return len(self._waiting.get(key, ())) < DEPTH

    def waiting(self) -> int:
        """Returns how many jobs wait, under all keys."""
        return sum(map(len, list(self._waiting.values())))

    def put(self, key: str, job: Job) -> None:
        """Adds a job behind those under the same key, whether or not there is room."""
        self._waiting.setdefault(key, deque()).append(job)
        if key not in self._workers and not self._stopping:
            self._workers[key] = asyncio.create_task(self._work(key))
            self._workers[key].add_done_callback(self._ended)

    async def stop(self, within_s: float) -> bool:
        """Begins no further job, and gives those under way so many seconds; returns whether they all ended."""
        self._stopping = True
        under_way = set(self._workers.values())
        if not under_way:
            return True
        done, late = await asyncio.wait(under_way, timeout=within_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*done, *late, return_exceptions=True)
        return not late

    def _ended(self, worker: asyncio.Task[None]) -> None:
        error = None if worker.cancelled() else worker.exception()
        if error:
            self.failed(error)

    async def _work(self, key: str) -> None:
        jobs = self._waiting[key]
        try:
            while jobs and not self._stopping:
                # taken off before it runs: what waits is what was not begun
                await jobs.popleft()()
        finally:
            del self._workers[key]
            if not jobs:
                self._waiting.pop(key, None)
