"""Embeds the sentences of what is published already: articles can be asked as soon as their passages are embedded."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path

from index.article import Progress
from index.embedding.cache import EmbeddingCache, batches
from index.embedding.centring import Centring
from index.store.anywhere.writers import Writer
from index.store.segments.segment import Segment
from index.store.vectors import VectorRows
from index.text.passages import sentence_text
from index.updating.plan import Opened

_BLOCK = 4_096  # sentences whose vectors are in memory at once
_PASSAGES = (
    "SELECT p.first_sentence, p.sentences, p.start, a.title, a.language, a.origin, "
    "substr(a.text, p.start + 1, p.end - p.start) FROM passages p "
    "JOIN main.articles a ON a.row = p.article ORDER BY p.row"
)
_SPANS = "SELECT start, end FROM sentences WHERE row >= ? AND row < ? ORDER BY row"


def fill(writer: Writer, opened: Opened, *, anew: Collection[str], progress: Progress) -> None:
    """Embeds the sentences that the live generation waits for, and publishes it with them.

    Args:
        writer: of the index.
        opened: opens the embedder of its passages; called where any sentence waits.
        anew: names of the sources whose sentences are embedded whatever the cache holds.
        progress: called with what is being done, and the characters (embedded so far, in all).

    Raises:
        DamagedCacheError: the cache is out of the way now; another call begins a new one.
        ArticlebotError: as `publish`; the live generation stays, and waits.
    """
    with contextlib.closing(writer.open(lenient=False)) as live:
        waiting = writer.waiting(live) if live.waiting is not None else ()
        if not waiting:
            return
        embedder = opened()
        centring = Centring.load(embedder.fingerprint)
        with writer.cache(embedder.fingerprint, embedder.dimension) as cache:
            read_anew = waiting if anew else []
            wanted_anew = {text for segment in read_anew for text, _, origin in _sentences(segment) if origin in anew}
            texts = (text for segment in waiting for text, _, _ in _sentences(segment))
            cache.fill(texts, embedder, anew=wanted_anew, progress=partial(progress, "embedding sentences"))
            filled = {segment.folder.name: _vectors(segment, writer.work, cache, centring) for segment in waiting}
        progress("publishing", 0, 0)
        writer.fill(live, filled)


def _vectors(segment: Segment, folder: Path, cache: EmbeddingCache, centring: Centring) -> VectorRows:
    rows = VectorRows.temporary(folder, cache.dimension)
    for block in batches(_sentences(segment), _BLOCK):
        rows.append(centring.apply(cache.get(text for text, *_ in block), [each for _, each, _ in block], "sentence"))
    return rows


def _sentences(segment: Segment) -> Iterator[tuple[str, str, str]]:
    """Yields the text of each sentence of a segment as it is embedded, its language and its source, in their order."""
    for first, count, begun, title, language, origin, text in segment.db.execute(_PASSAGES):
        spans: Iterable[tuple[int, int]] = segment.db.execute(_SPANS, (first, first + count))
        for start, end in spans:
            yield sentence_text(title, text[start - begun : end - begun]), language, origin
