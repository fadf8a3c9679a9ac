"""Ourselves, as a system of `make bench`; `--exact`: with the same model in 32 bits through Sentence Transformers."""

from __future__ import annotations

import sys
from pathlib import Path

import index.embedding.embedder
from index import build_index, load_embedder
from index.embedding.bundled.prepare import bundled_folder, fingerprint_of
from retrieval import ArticleQA
from tests.benchmarks.rivals.protocol import Found, serve
from tests.benchmarks.search_speed import apart
from tests.benchmarks.updates import fill


class Ours:
    """Embeds, indexes, searches and answers by the public names."""

    def __init__(self) -> None:
        self._embedder = load_embedder()

    def embed(self, texts: list[str]) -> None:
        """Embeds passages."""
        self._embedder.embed_passages(texts)

    def embed_question(self, text: str) -> None:
        """Embeds a question."""
        self._embedder.embed_questions([text])

    def prepare(self, articles: str, folder: str, pool: str) -> None:
        """Fills the embedding cache, in a process of its own: the memory of this one is measured."""
        apart(fill, Path(articles), Path(folder), Path(pool))

    def update(self, articles: str, folder: str) -> int:
        """Updates the index as `articlebot index` does."""
        return build_index([articles], folder).passages

    def open(self, folder: str) -> None:
        """Opens the index for asking."""
        is_exact = not isinstance(self._embedder, index.embedding.onnx.OnnxEmbedder)
        self._unread = ArticleQA.open(folder, reader=False)
        self._qa = self._unread if is_exact else ArticleQA.open(folder)  # the reader goes on from the int8 layers

    def search(self, question: str, k: int) -> Found:
        """Returns at most k passages."""
        return [(Path(passage.article_id).name, passage.text) for passage in self._qa.search(question, k=k)]

    def ask(self, question: str, reading: bool) -> None:
        """Answers a question, without the reader or with it."""
        (self._qa if reading else self._unread).ask(question)


def load_exact() -> None:
    """Puts the 32-bit model in the bundled one's place: under its fingerprint, so that its vectors are centred too."""
    folder = bundled_folder()
    exact = index.embedding.embedder.SentenceTransformerEmbedder(str(folder))
    exact.fingerprint = fingerprint_of(folder)
    index.embedding.embedder._loaded[index.embedding.embedder.DEFAULT_MODEL] = exact


if __name__ == "__main__":
    if "--exact" in sys.argv:
        load_exact()
    serve(Ours(), ("onnxruntime", "faiss-cpu"))
