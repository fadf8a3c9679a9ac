"""When each sentence came into the index: now, or as the generation before has it of the same article or text."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.article import PlannedArticle
from index.store.articles import text_digest
from index.store.generation import Generation


def arrival_after(before: Generation | None) -> int:
    """Returns when what comes with this update comes, in microseconds since 1970 (UTC).

    That counts as later than any update before it whatever the clock says.
    """
    now = time.time_ns() // 1_000
    if before is None:
        return now
    last = before.manifest.get("arrived")
    return max(now, (before.arrivals.latest if last is None else int(last)) + 1)  # an earlier version did not note it


def arrivals_of(before: Generation | None, now: int, planned: Sequence[PlannedArticle]) -> NDArray[np.int64]:
    """Returns when each sentence of these articles came, (sentences,), in microseconds since 1970 (UTC).

    That is now; unless the article held the sentence before, word for word, or another of the same text did, as one
    that was moved. So what is only written anew, cut otherwise or corrected beside it is not new.

    Args:
        before: the generation that they change; None: there is none.
        now: when this update comes.
        planned: the articles in the order of their rows.
    """
    former = dict[str, int]()  # id of an article -> number of the one that has its text in `before`
    if before and planned:
        digests = {text_digest(each.article.text): each.article.id for each in planned}
        same = {digests[digest]: held for digest, held, _ in before.of_texts(digests)}
        numbers = before.holders({*(each.article.id for each in planned), *same.values()})
        former = {each.article.id: number for each in planned if (number := numbers.get(each.article.id)) is not None}
        former = {article_id: numbers[held] for article_id, held in same.items()} | former
    times: list[int] = []
    for each in planned:
        number, text = former.get(each.article.id), each.article.text
        known = _held(before, number) if before and number is not None else {}
        times += [known.get(text[start:end], now) for span in each.passages for start, end in span.sentences]
    return np.array(times, np.int64)


def _held(generation: Generation, number: int) -> dict[str, int]:
    """Returns when each sentence of the article of this number came."""
    first, last = (int(np.searchsorted(generation.article_rows, number, side)) for side in ("left", "right"))
    rows = range(first, last)
    held: dict[str, int] = {}
    for row, passage in zip(rows, generation.passages(rows), strict=True):
        for (start, end), came in zip(generation.spans(row), generation.arrivals.of(row).tolist(), strict=True):
            held[passage.text[start - passage.start : end - passage.start]] = came
    return held
