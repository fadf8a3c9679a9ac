"""Takes the language out of vectors: subtracts a share of the mean vector of their language."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from index.embedding.embedder import Embedder

Side: TypeAlias = Literal["passage", "sentence", "question"]
SIDES: tuple[Side, ...] = ("passage", "sentence", "question")
SHARE = 0.8  # of the mean that is subtracted; 0.5 to 1.0 do nearly as well

MEANS_FILE = Path(__file__).with_name("language_means.npz")


class Centring:
    """v' = normalise(v - 0.8 m), m the fixed mean of v's side and language.

    multilingual-e5 puts texts of one language near each other, which hides what they say from a question in
    another language. The means are made once from public texts (`articlebot train means`) and belong to a model, so
    that a vector depends on its text and language alone.
    """

    def __init__(self, means: Mapping[str, NDArray[np.float32]]) -> None:
        self._means = means  # "side/language" -> (dimension,); "side/" is the mean over languages

    @classmethod
    def load(cls, fingerprint: str, path: Path = MEANS_FILE) -> Self:
        """Returns the centring of the model of this fingerprint; one that does nothing for other models.

        A model has the same means in any precision: "…@fp32".
        """
        if not path.exists():
            return cls({})
        with np.load(path, allow_pickle=False) as stored:
            if str(stored["fingerprint"]) != fingerprint.partition("@")[0]:
                return cls({})
            return cls({name: stored[name] for name in stored.files if name != "fingerprint"})

    def save(self, fingerprint: str, path: Path) -> None:
        """Writes the means for the model of this fingerprint."""
        with path.open("wb") as file:
            np.savez(file, fingerprint=np.array(fingerprint), **self._means)  # type: ignore[arg-type]  # numpy's stub takes the keywords for its own flag

    @property
    def fingerprint(self) -> str:
        """What identifies these means; "" where nothing is centred."""
        if not self._means:
            return ""
        digest = hashlib.sha256(f"{SHARE}".encode())
        for name in sorted(self._means):
            digest.update(name.encode() + self._means[name].astype("<f4").tobytes())
        return digest.hexdigest()[:12]

    @property
    def languages(self) -> list[str]:
        """The languages that have means of their own, in order."""
        return sorted({name.split("/")[1] for name in self._means} - {""})

    def embed_sentences(
        self, embedder: Embedder, texts: Sequence[str], languages: Sequence[str]
    ) -> NDArray[np.float32]:
        """Returns centred unit rows of sentences, as an index holds them; `languages[i]` is that of text i."""
        # in half precision, as they come from the cache
        return self.apply(embedder.embed_passages(texts).astype(np.float16).astype(np.float32), languages, "sentence")

    def apply(self, vectors: NDArray[np.float32], languages: Sequence[str], side: Side) -> NDArray[np.float32]:
        """Returns centred unit rows; `languages[i]` is that of row i; an unknown one takes the mean over all."""
        if not self._means or not len(vectors):
            return vectors
        centred = vectors - self._shift(languages, side)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True)
        return centred

    def undo(self, vectors: NDArray[np.float32], languages: Sequence[str], side: Side) -> NDArray[np.float32]:
        """Returns the unit rows that `apply` made these of, but for rounding."""
        if not self._means or not len(vectors):
            return vectors
        shift = self._shift(languages, side)
        along = np.sum(vectors * shift, axis=1, keepdims=True)
        length = np.sqrt(along**2 + 1 - np.sum(shift**2, axis=1, keepdims=True)) - along  # of what was normalised
        return np.asarray(length * vectors + shift, np.float32)

    def _shift(self, languages: Sequence[str], side: Side) -> NDArray[np.float32]:
        """Returns what is subtracted, row by row."""
        rows = np.array(languages)
        shift = np.empty((len(rows), len(self._means[f"{side}/"])), np.float32)
        for language in set(languages):
            shift[rows == language] = SHARE * self._means.get(f"{side}/{language}", self._means[f"{side}/"])
        return shift
