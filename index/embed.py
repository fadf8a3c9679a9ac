"""The vectors of the articles of a generation: from the cache, or embedded now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.cache import EmbeddingCache
from index.centring import Centring
from index.embedder import Embedder
from index.passages import passage_text, sentence_text
from index.plan import PlannedArticle


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit vectors in the order of the articles, without what their language has in common."""

    passages: NDArray[np.float32]  # (passages, dimension)
    sentences: NDArray[np.float32]  # (sentences, dimension)
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
    passages, sentences, count = _vectors(articles, embedder, cache_file, anew, progress)
    return Embedded(*_centred(articles, centring, passages, sentences), count)


def identity(embedder: Embedder, centring: Centring) -> dict[str, Any]:
    """Returns what a generation's manifest says of its vectors: a search must use the same."""
    return {"embedder": embedder.fingerprint, "centring": centring.fingerprint, "dimension": embedder.dimension}


def _vectors(
    articles: Sequence[PlannedArticle],
    embedder: Embedder,
    cache_file: Path,
    anew: Collection[str],
    progress: Callable[[int, int], None],
) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Returns passage and sentence vectors as they are in the cache, and how many passages were embedded for that."""
    of_articles = [(planned, *texts_of(planned)) for planned in articles]
    passages = [text for _, own, _ in of_articles for text in own]
    sentences = [text for _, _, inner in of_articles for text in inner]
    wanted_anew = {text for planned, own, inner in of_articles if planned.origin in anew for text in (*own, *inner)}
    with EmbeddingCache.open(cache_file, embedder.fingerprint, embedder.dimension) as cache:
        embedded = cache.fill([*passages, *sentences], embedder, anew=wanted_anew, progress=progress)
        return cache.get(passages), cache.get(sentences), len(set(passages).intersection(embedded))


def texts_of(planned: PlannedArticle) -> tuple[list[str], list[str]]:
    """Returns the texts of the passages and of their sentences as they are embedded."""
    title, text = planned.article.title, planned.article.text
    own = [passage_text(title, text[s.start : s.end]) for s in planned.passages]
    return own, [sentence_text(title, text[a:b]) for s in planned.passages for a, b in s.sentences]


def _centred(
    articles: Sequence[PlannedArticle],
    centring: Centring,
    passages: NDArray[np.float32],
    sentences: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns passage and sentence vectors without what their language has in common."""
    of_passages = [planned.article.language for planned in articles for _ in planned.passages]
    of_sentences = [planned.article.language for planned in articles for s in planned.passages for _ in s.sentences]
    return centring.apply(passages, of_passages, "passage"), centring.apply(sentences, of_sentences, "sentence")
