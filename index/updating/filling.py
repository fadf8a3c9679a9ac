"""Embeds the sentences of what is published already: articles can be asked as soon as their passages are embedded."""

from __future__ import annotations

import contextlib
from functools import partial

from index.article import Progress
from index.updating.embedding import Embedding

SENTENCES_AT_ONCE = 512  # sentences that are embedded with their passages; where there are more, they come later


def fill(embedding: Embedding, progress: Progress) -> None:
    """Embeds the sentences that the live generation waits for, and publishes it with them.

    Args:
        embedding: of the index.
        progress: called with what is being done, and the characters (embedded so far, in all).

    Raises:
        DamagedCacheError: what was embedded so far is out of the way now; another call begins anew.
        ArticlebotError: as `publish`; the live generation stays, and waits.
    """
    writer = embedding.writer
    with contextlib.closing(writer.open(lenient=False)) as live:
        if live.waiting is None:
            return
        waiting = writer.waiting(live)
        vectors = embedding.vectors_of(waiting, "sentence", partial(progress, "embedding sentences"))
        progress("publishing", 0, 0)
        filled = {segment.folder.name: rows for segment, rows in zip(waiting, vectors, strict=True)}
        writer.fill(live, filled)
