"""The index that questions are asked of: always the live generation."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from index.errors import ArticlebotError
from retrieval import ArticleQA

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Library:
    """Opens the index once and takes up new generations between two questions; safe to use from several threads."""

    opener: Callable[[], ArticleQA]
    _qa: ArticleQA | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def newest(self) -> ArticleQA:
        """Returns the index at its live generation; a question that is on its way keeps its own.

        Raises:
            ArticlebotError: nothing was opened yet, and it cannot be now.
        """
        with self._opening:
            if self._qa is None:
                self._qa = self.opener()
            try:
                self._qa.refresh()
            except ArticlebotError as error:
                log.warning("the index cannot be opened anew, the one before is used: %s", error)
            return self._qa

    @property
    def generation(self) -> str:
        """The name of the generation that was opened last, "" where none was."""
        return self._qa.generation.name if self._qa else ""

    def close(self) -> None:
        """Closes the index."""
        if self._qa:
            self._qa.close()
