"""Texts to vectors by ONNX Runtime, in int8 on any processor."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.embedding.bundled.data import MAX_TOKENS, PROMPTS
from index.embedding.bundled.prepare import LOWER_FILE, UPPER_FILE, fingerprint_of
from index.embedding.bundled.tokenizer import Tokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MOST_THREADS = 8


class OnnxEmbedder:
    """The bundled model in int8, one text a run: the scale of its activations must not depend on other texts.

    So a vector is the same to the bit alone, among others, in any order and on any number of threads.
    """

    max_tokens = MAX_TOKENS

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fingerprint = fingerprint_of(folder)  # model, version and hash of the weights
        with ThreadPoolExecutor(1) as other:
            tokenizer = other.submit(Tokenizer, folder)
            self._lower, self._upper = (open_session(folder / name) for name in (LOWER_FILE, UPPER_FILE))
            self.tokenizer = tokenizer.result()
        self.dimension: int = self._upper.get_outputs()[0].shape[1]
        self._threads = MOST_THREADS

    def use_threads(self, threads: int) -> None:
        """Embeds on no more than so many cores from now on."""
        self._threads = threads

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Returns unit rows (len(texts), dimension); `progress` is told how many texts are done so far."""
        return self._embed([PROMPTS["passage"] + text for text in texts], progress)

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns unit rows (len(texts), dimension)."""
        return self._embed([PROMPTS["query"] + text for text in texts], None)

    def count_tokens(self, text: str) -> int:
        """Returns the tokens of this text as a passage, with prefix, begin and end; may exceed `max_tokens`."""
        return len(self.tokenizer.encode(PROMPTS["passage"] + text))

    def states(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """Returns what the lower layers make of these tokens (1, len(ids), dimension); the reader goes on from it."""
        states: NDArray[np.float32] = self._lower.run(None, {"ids": np.array([ids], np.int64)})[0]
        return states

    def _embed(self, texts: list[str], progress: Callable[[int], None] | None) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), np.float32)

        def embed(number: int) -> None:
            states = self.states(self.tokenizer.encode(texts[number], self.max_tokens))
            vectors[number] = self._upper.run(None, {"states": states})[0][0]

        in_threads(embed, len(texts), progress or (lambda _done: None), self._threads)
        return vectors


def open_session(path: Path) -> InferenceSession:
    """Opens an ONNX file for one text a run on one thread; several threads may use it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """Returns how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(
    work: Callable[[int], None], count: int, progress: Callable[[int], None], threads: int = MOST_THREADS
) -> None:
    """Calls `work` with 0 to count - 1 on every core; few wait at a time, so an error or Ctrl-C ends it soon."""
    workers = min(cores(), threads, count)
    if workers <= 1:
        for number in range(count):
            work(number)
            progress(number + 1)
        return
    numbers, done = iter(range(count)), 0
    with ThreadPoolExecutor(workers, "embed") as pool:
        waiting = {pool.submit(work, number) for number in islice(numbers, workers + 1)}
        while waiting:
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                done += 1
                progress(done)
            waiting |= {pool.submit(work, number) for number in islice(numbers, len(finished))}
