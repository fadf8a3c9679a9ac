"""The vectors of the articles of a generation: from the cache, or embedded now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.cache import EmbeddingCache
from index.centring import Centring
from index.embedder import Embedder
from index.passages import passage_text, sentence_text
from index.plan import PlannedArticle
from index.vector_rows import VectorRows

_BLOCK = 256  # articles whose vectors are in memory at once


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit vectors in the order of the articles, without what their language has in common; in temporary files."""

    passages: VectorRows
    sentences: VectorRows
    count: int  # passages embedded now, equal texts once


def embed_articles(
    articles: Sequence[PlannedArticle],
    embedder: Embedder,
    centring: Centring,
    cache_file: Path,
    *,
    anew: Collection[str],
    progress: Callable[[int, int], None],
) -> Embedded:
    """Returns the vectors of these articles, all by way of the cache.

    Args:
        articles: cut into passages.
        embedder: embeds what the cache lacks.
        centring: takes out what a language has in common.
        cache_file: made where it is not there.
        anew: names of the sources whose texts are embedded whatever the cache holds.
        progress: called with the characters (embedded so far, in all).

    Raises:
        DamagedCacheError: the cache is out of the way now; another call begins a new one.
    """
    passages, sentences = (VectorRows.temporary(cache_file.parent, embedder.dimension) for _ in range(2))
    with EmbeddingCache.open(cache_file, embedder.fingerprint, embedder.dimension) as cache:
        wanted_anew = set(_texts([a for a in articles if a.origin in anew]))
        embedded = cache.fill(_texts(articles), embedder, anew=wanted_anew, progress=progress)
        for start in range(0, len(articles), _BLOCK):
            block = articles[start : start + _BLOCK]
            own, inner = [t for a in block for t in _own(a)], [t for a in block for t in _inner(a)]
            of_own = [a.article.language for a in block for _ in a.passages]
            of_inner = [a.article.language for a in block for span in a.passages for _ in span.sentences]
            passages.append(centring.apply(cache.get(own), of_own, "passage"))
            sentences.append(centring.apply(cache.get(inner), of_inner, "sentence"))
    return Embedded(passages, sentences, len(set(embedded).intersection(t for a in articles for t in _own(a))))


def identity(embedder: Embedder, centring: Centring) -> dict[str, Any]:
    """Returns what a generation's manifest says of its vectors: a search must use the same."""
    return {"embedder": embedder.fingerprint, "centring": centring.fingerprint, "dimension": embedder.dimension}


def _texts(articles: Sequence[PlannedArticle]) -> Iterator[str]:
    """Yields the texts of all passages and then of all sentences; those of a million passages would fill the memory."""
    yield from (text for planned in articles for text in _own(planned))
    yield from (text for planned in articles for text in _inner(planned))


def texts_of(planned: PlannedArticle) -> tuple[list[str], list[str]]:
    """Returns the texts of the passages and of their sentences as they are embedded."""
    return list(_own(planned)), list(_inner(planned))


def _own(planned: PlannedArticle) -> Iterator[str]:
    title, text = planned.article.title, planned.article.text
    return (passage_text(title, text[span.start : span.end]) for span in planned.passages)


def _inner(planned: PlannedArticle) -> Iterator[str]:
    title, text = planned.article.title, planned.article.text
    return (sentence_text(title, text[a:b]) for span in planned.passages for a, b in span.sentences)
