"""The weights of our embedder in 32 bits through `SentenceTransformer.encode`; its folder is the one argument."""

from __future__ import annotations

import sys

from sentence_transformers import SentenceTransformer

from tests.benchmarks.rivals.protocol import serve


class Encoder:
    """Embeds, and does nothing else."""

    def __init__(self, folder: str) -> None:
        self._model = SentenceTransformer(folder, device="cpu")

    def embed(self, texts: list[str], batch: int) -> None:
        """Embeds passages, so many at once; it sorts them by length itself."""
        self._encode(texts, "passage: ", batch)

    def embed_question(self, text: str) -> None:
        """Embeds a question."""
        self._encode([text], "query: ", 1)

    def _encode(self, texts: list[str], prompt: str, batch: int) -> None:
        self._model.encode(
            texts, prompt=prompt, batch_size=batch, normalize_embeddings=True, show_progress_bar=False
        )  # fmt: skip


if __name__ == "__main__":
    serve(Encoder(sys.argv[1]), ("sentence-transformers", "torch"))
