"""txtai, a whole system: the weights of our embedder in 32 bits, FAISS, BM25, and the texts in SQLite.

The folder of the weights is the one argument. What txtai leaves to its user, comparing with what is there, is done
here: an update embeds what is new or changed, and nothing else.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from txtai import Embeddings

from tests.benchmarks.rivals.protocol import Found, serve, vectors_near
from tests.benchmarks.rivals.tutorial import chunks


class Txtai:
    """Hybrid search over the chunks of the tutorial."""

    _pool: NDArray[np.float32] | None = None

    def __init__(self, weights: str) -> None:
        instructions = {"query": "query: ", "data": "passage: "}
        self._settings = {"path": weights, "instructions": instructions, "content": True, "hybrid": True}
        self._models: dict[str, Any] = {}  # one model, however many indexes are opened
        self._index = Embeddings(self._settings, models=self._models)

    def embed(self, texts: list[str]) -> None:
        """Embeds passages, in the batches of 32 that are the default."""
        self._index.batchtransform(texts, "data")

    def embed_question(self, text: str) -> None:
        """Embeds a question."""
        self._index.transform(text, "query")

    def prepare(self, articles: str, folder: str, pool: str) -> None:  # noqa: ARG002  the same for all
        """Remembers the pool."""
        self._pool = np.load(pool)

    def update(self, articles: str, folder: str) -> int:
        """Embeds and upserts what is new, deletes what is gone, saves."""
        seen: Counter[str] = Counter()
        texts = {}
        for name, text in chunks(articles):
            texts[f"{name}#{seen[name]}"] = text
            seen[name] += 1
        index = self._opened(folder)
        stored = index.search("select id, text from txtai", index.count()) if index.count() else []
        had = {row["id"]: row["text"] for row in stored}
        new = [(i, text, None) for i, text in texts.items() if had.get(i) != text]
        gone = [i for i in had if i not in texts]
        if gone:
            index.delete(gone)
        if new:
            index.upsert(new)
        if new or gone:
            index.save(folder)
        index.close()
        return len(texts)

    def open(self, folder: str) -> None:
        """Opens the index for searching."""
        self._index = self._opened(folder)

    def search(self, question: str, k: int) -> Found:
        """Returns at most k chunks."""
        return [(row["id"].rpartition("#")[0], row["text"]) for row in self._index.search(question, k)]

    def _opened(self, folder: str) -> Any:  # noqa: ANN401  txtai has no types
        index = Embeddings(self._settings, models=self._models)
        if Path(folder).exists():
            index.load(folder)
        if self._pool is not None:
            index.model.encode = self._ready(index.model.encode)
        return index

    def _ready(self, encode: Callable[..., NDArray[np.float32]]) -> Callable[..., NDArray[np.float32]]:
        """Returns an `encode` that embeds questions and takes made-up vectors for passages."""
        pool = self._pool
        assert pool is not None

        def ready(texts: list[str], category: str | None = None) -> NDArray[np.float32]:
            return encode(texts, category) if category == "query" else vectors_near(pool, texts)

        return ready


if __name__ == "__main__":
    serve(Txtai(sys.argv[1]), ("txtai", "torch", "faiss-cpu"))
