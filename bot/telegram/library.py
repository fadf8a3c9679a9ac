"""The index that questions are asked of: the live generation, and older ones as long as a question uses them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from index import ArticlebotError
from index.generation import live_generation
from retrieval import ArticleQA

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Opened:
    qa: ArticleQA
    users: int = 0
    is_live: bool = True


@dataclass(slots=True)
class Library:
    """Hands out the live generation; safe to use from several threads."""

    folder: Path
    opener: Callable[[], ArticleQA]  # opens the live generation
    _live: _Opened | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def pinned(self) -> Iterator[ArticleQA]:
        """Yields the newest generation; it stays open until this ends, also when a newer one is published meanwhile.

        Raises:
            ArticlebotError: nothing was opened yet, and it cannot be now.
        """
        opened = self._newest()
        try:
            yield opened.qa
        finally:
            with self._lock:
                opened.users -= 1
                self._close_unused(opened)

    @property
    def generation(self) -> str:
        """The name of the generation that was opened last, "" where none was."""
        return self._live.qa.generation.name if self._live else ""

    def close(self) -> None:
        """Closes what no question uses."""
        with self._lock:
            live, self._live = self._live, None
            if live:
                live.is_live = False
                self._close_unused(live)

    def _newest(self) -> _Opened:
        """Returns the live generation with one user more, opened anew where another was published."""
        with self._opening:
            before = self._live
            try:
                if before is None or live_generation(self.folder) != before.qa.generation.name:
                    self._replace(_Opened(self.opener()))
            except ArticlebotError as error:
                if before is None:
                    raise
                log.warning("the index cannot be opened anew, the one before is used: %s", error)
            with self._lock:
                assert self._live is not None  # noqa: S101  opened above
                self._live.users += 1
                return self._live

    def _replace(self, opened: _Opened) -> None:
        with self._lock:
            old, self._live = self._live, opened
            if old:
                old.is_live = False
                self._close_unused(old)

    @staticmethod
    def _close_unused(opened: _Opened) -> None:
        if not opened.users and not opened.is_live:
            opened.qa.close()
