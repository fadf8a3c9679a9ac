"""Reads passages for a question: where in each the answer would stand, and whether it does at all."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Span
from index.disk import sha256_of
from index.embedding.embedder import load_embedder
from index.embedding.onnx import OnnxEmbedder, in_threads, open_session
from index.errors import ArticlebotError
from retrieval.reader.pairs import Pair, encode_pair

READER_FILE = Path(__file__).with_name("reader.onnx")
CARD_FILE = Path(__file__).with_name("reader.json")  # its checksum, and what it was trained on
LONGEST_ANSWER = 30  # tokens of a span
_LEAST = 1e-6  # share of "none" that is told from zero


class ReaderError(ArticlebotError, ValueError):
    """The reader's file is damaged."""


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What the reader sees in one passage; shares are of start and end over its tokens and "none"."""

    answerable: float  # logit that the passage holds the answer
    none: float  # share, 0 to 1, of "it does not"
    spans: tuple[Span, ...]  # characters of the passage's text, by token
    starts: NDArray[np.float32]  # share of each token to be the first of the answer
    ends: NDArray[np.float32]

    def share(self, start: int, end: int) -> float:
        """Returns how much of the answer is seen between two characters, 0 to 1."""
        inside = [i for i, (a, b) in enumerate(self.spans) if start <= a and b <= end]
        return float(self.starts[inside].sum() + self.ends[inside].sum()) / 2

    def odds(self, start: int, end: int) -> float:
        """Returns `share` against "none": 1 where the answer is as likely here as nowhere in the passage."""
        return self.share(start, end) / max(self.none, _LEAST)

    def answer(self, start: int, end: int) -> tuple[Span, float] | None:
        """Returns the likeliest answer between two characters, and its share, 0 to 1.

        It is told in characters of the passage; None: no token is there.
        """
        inside = [i for i, (a, b) in enumerate(self.spans) if start <= a and b <= end and a < b]
        if not inside:
            return None
        first, last = inside[0], inside[-1] + 1
        likely = np.outer(self.starts[first:last], self.ends[first:last])
        likely = np.triu(likely) - np.triu(likely, LONGEST_ANSWER)
        begin, stop = np.unravel_index(int(likely.argmax()), likely.shape)
        span = self.spans[first + int(begin)][0], self.spans[first + int(stop)][1]
        return span, float(likely[begin, stop])


class Reader:
    """The bundled model's lower layers and the trained upper ones, in ONNX Runtime; for several threads at once."""

    def __init__(self, path: Path) -> None:
        """Opens the file; its lower half is the embedder's.

        Raises:
            ReaderError: it is not what its card says.
        """
        found = sha256_of(path)
        wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"]
        if found != wanted:
            raise ReaderError(
                f"{path}: checksum {found[:12]}…, wanted {wanted[:12]}…; install articlebot again, or set "
                "ARTICLEBOT_READER=false"
            )
        embedder = load_embedder()
        assert isinstance(embedder, OnnxEmbedder)  # noqa: S101  the bundled one
        self._embedder, self._session = embedder, open_session(path)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Returns a reading of each passage (title, text), on every core, one passage a run."""
        pairs = [encode_pair(self._embedder.tokenizer, question, title, text) for title, text in passages]
        if not pairs:
            return []
        asked = self._embedder.states(pairs[0].ids[: pairs[0].question_tokens])
        readings: dict[int, PassageReading] = {}

        def read(number: int) -> None:
            pair = pairs[number]
            states = self._embedder.states(pair.ids[pair.question_tokens :])
            span, answerable = self._session.run(["span", "answerable"], {"question": asked, "passage": states})
            readings[number] = _reading(pair, span[0], float(answerable[0, 0]))

        in_threads(read, len(pairs), lambda _done: None)
        return [readings[number] for number in range(len(pairs))]


def _reading(pair: Pair, span: NDArray[np.float32], answerable: float) -> PassageReading:
    first, last = pair.first_token, len(pair.ids) - 1
    logits = np.concatenate([span[:1], span[first:last]])
    shares = np.exp(logits - logits.max(axis=0))
    shares /= shares.sum(axis=0)
    none = float(math.sqrt(shares[0, 0] * shares[0, 1]))
    return PassageReading(answerable, none, tuple(pair.spans[first:last]), shares[1:, 0], shares[1:, 1])


_loading = threading.Lock()


def load_reader() -> Reader | None:
    """Returns the shipped reader, one instance a process; None where there is no such file.

    Raises:
        ReaderError: the file is damaged.
    """
    with _loading:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Reader | None:
    return Reader(READER_FILE) if READER_FILE.exists() else None
