"""Embeds the sentences of what is published already: articles can be asked as soon as their passages are embedded."""

from __future__ import annotations

import contextlib
from functools import partial

from index.article import Progress
from index.store.generation import Generation
from index.store.writing import fill_live
from index.updating.embedding import Embedding

SENTENCES_AT_ONCE = 512  # sentences that are embedded with their passages; where there are more, they come later


def fill(embedding: Embedding, kept: int, progress: Progress) -> None:
    """Embeds the sentences that the live generation waits for, and publishes it with them.

    Args:
        embedding: of the index; the caller holds its writer lock.
        kept: generations that stay.
        progress: called with what is being done, and the characters (embedded so far, in all).

    Raises:
        DamagedCacheError: what was embedded so far is out of the way now; another call begins anew.
        ArticlebotError: as `publish`; the live generation stays, and waits.
    """
    with contextlib.closing(Generation.open(embedding.folder)) as live:
        waiting = [segment for segment in live.segments if not segment.is_filled]
        if waiting:
            vectors = embedding.vectors_of(waiting, "sentence", partial(progress, "embedding sentences"))
            progress("publishing", 0, 0)
            filled = {segment.folder.name: rows for segment, rows in zip(waiting, vectors, strict=True)}
            fill_live(embedding.folder, live, filled, kept)
