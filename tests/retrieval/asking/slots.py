"""Takes the slots that questions are computed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from retrieval import ArticleQA
from retrieval.asking.qa import AT_ONCE


@contextmanager
def every_slot_taken(qa: ArticleQA) -> Iterator[None]:
    """Nothing is computed within."""
    slots = qa._pipeline._slots
    with ExitStack() as taken:
        for _ in range(AT_ONCE):
            taken.enter_context(slots._free)
        yield
