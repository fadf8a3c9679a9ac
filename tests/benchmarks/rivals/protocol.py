"""What each rival of `make bench` can be told, as JSON lines, by whoever started it as a process of its own.

torch and ONNX Runtime in one process slow each other; so they are never in one, and each times itself.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol, TextIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

Found: TypeAlias = list[tuple[str, str]]  # (name of the article's file, text of the passage), best first


class System(Protocol):
    """A rival, or ourselves; who embeds alone, or does not answer, lacks a method. Folders are paths as text."""

    def embed(self, texts: list[str]) -> None:
        """Embeds passages."""
        ...

    def embed_question(self, text: str) -> None:
        """Embeds a question."""
        ...

    def prepare(self, articles: str, folder: str, pool: str) -> None:
        """Takes vectors near those of `pool`, an .npy file, for the passages of the updates to come."""
        ...

    def update(self, articles: str, folder: str) -> int:
        """Brings the index in `folder` up to date with a folder of articles, or makes it; returns its passages."""
        ...

    def open(self, folder: str) -> None:
        """Opens an index that `update` left, for searching."""
        ...

    def search(self, question: str, k: int) -> Found:
        """Returns at most k passages."""
        ...

    def ask(self, question: str, reading: bool) -> None:
        """Answers a question, without a reader or with it."""
        ...


def serve(system: object, packages: Sequence[str]) -> None:
    """Does what the lines of standard input say until it ends.

    First prints {"versions"} of these packages; then, for each line {"do": method of `System`, ...arguments}, one of
    {"value", "seconds", "resident_mb", "peak_mb"}.
    """
    answers, sys.stdout = sys.stdout, sys.stderr  # libraries print where they like
    _print(answers, {"versions": [f"{name} {version(name)}" for name in packages]})
    for line in sys.stdin:
        request = json.loads(line)
        method = getattr(system, request.pop("do"))
        started = time.perf_counter()
        value = method(**request)
        seconds = time.perf_counter() - started
        resident, peak = _memory_mb()
        _print(answers, {"value": value, "seconds": seconds, "resident_mb": resident, "peak_mb": peak})


def in_megabytes(maxrss: float) -> float:
    """Returns a `ru_maxrss` in MB of 1,000,000 bytes: the system tells bytes on macOS, elsewhere kilobytes."""
    return maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _print(file: TextIO, told: dict[str, object]) -> None:
    print(json.dumps(told), file=file, flush=True)


def _memory_mb() -> tuple[float, float]:
    """Returns what this process has in memory, mapped files too, and the most it had; MB of 1,000,000 bytes."""
    peak = in_megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6, peak
    return peak, peak


def vectors_near(
    pool: NDArray[np.float32], texts: Sequence[str], random: np.random.Generator | None = None
) -> NDArray[np.float32]:
    """Returns unit vectors (len(texts), dimension), each a row of the pool moved to a cosine of about 0.9 from it.

    Without `random`, which goes on from call to call, they are the same for as many texts.
    """
    random = random or np.random.default_rng(len(texts))
    rows = pool[random.integers(len(pool), size=len(texts))]
    moved = rows + random.standard_normal(rows.shape, np.float32) * np.float32(0.48 / rows.shape[1] ** 0.5)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)
