"""Texts to unit vectors: the bundled model through ONNX Runtime, any other through Sentence Transformers."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index import ArticlebotError
from index.bundled import (
    INT8_FILE,
    MAX_TOKENS,
    PIECES_FILE,
    PROMPTS,
    SCORES_FILE,
    TABLE_FILE,
    Progress,
    bundled_folder,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "multilingual-e5-small"

_MOST_WORKERS = 8
_LONGEST_TEXT = 32_768  # characters that are looked at: 512 tokens of at most 16 characters, four times over


class EmbedderError(ArticlebotError, ValueError):
    """The named model cannot be loaded."""


class Embedder(Protocol):
    """What turns texts into vectors."""

    fingerprint: str  # two embedders of one fingerprint give the same vectors
    dimension: int
    max_tokens: int  # what lies beyond is not read
    folder: Path  # the Sentence Transformers folder it came from

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Returns unit rows (len(texts), dimension); `progress` is told how many texts are done so far."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns unit rows (len(texts), dimension)."""
        ...

    def count_tokens(self, text: str) -> int:
        """Returns the tokens of this text as a passage, with prefix, begin and end; may exceed `max_tokens`."""
        ...


class Tokenizer:
    """XLM-R's unigram tokenizer, ids equal to those of `tokenizer.json`.

    In Python because it loads in 0.1 s (sentencepiece 0.5): a passage takes 1 ms, its vector 50.
    """

    _KEPT_WORDS, _KEPT_LENGTH = 50_000, 32  # words whose ids are kept; where no spaces are written a word is a clause

    def __init__(self, folder: Path) -> None:
        pieces = (folder / PIECES_FILE).read_bytes().decode().split("\n")
        self._scores: list[float] = np.load(folder / SCORES_FILE, allow_pickle=False).tolist()
        self._ids = dict(zip(pieces, range(len(pieces)), strict=True))
        self.begin, self.end, self._unknown = (self._ids[name] for name in ("<s>", "</s>", "<unk>"))
        for special in ("<s>", "</s>", "<pad>", "<unk>", "<mask>"):  # in a text these are characters
            del self._ids[special]
        self._longest = max(map(len, pieces))
        self._unknown_score = min(self._scores) - 10  # as sentencepiece has it
        table = json.loads((folder / TABLE_FILE).read_bytes())
        self._table = _Table({int(point): text for point, text in table.items()})
        self._table.update(dict.fromkeys(range(0xD800, 0xE000), " "))  # lone surrogates, as U+FFFD
        self._words: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str, most: int | None = None) -> list[int]:
        """Returns the ids with begin and end; of a text of more than `most` tokens the first, and the end."""
        text = text if most is None else text[:_LONGEST_TEXT]
        ids = [self.begin]
        for word in self._normalise(text):
            ids += self._words.get(word) or self._encode_word(word)
            if most is not None and len(ids) >= most:
                del ids[most - 1 :]
                break
        return [*ids, self.end]

    def _normalise(self, text: str) -> Iterator[str]:
        """Yields the words, each with the space before it as ▁."""
        text = unicodedata.normalize("NFC", text.translate(self._table))
        text = re.sub(" {2,}", " ", text)
        text = text if text.startswith(" ") else " " + text
        return ("▁" + word for word in text[1:].split(" "))

    def _encode_word(self, word: str) -> tuple[int, ...]:
        """Returns the ids of the word, and keeps them; unknown characters side by side are one."""
        path = self._best_path(word)
        ids = tuple(i for n, i in enumerate(path) if not (n and i == path[n - 1] == self._unknown))
        if len(word) <= self._KEPT_LENGTH:
            if len(self._words) >= self._KEPT_WORDS:
                self._words.clear()
            self._words[word] = ids
        return ids

    def _best_path(self, word: str) -> list[int]:
        """Returns the pieces of the highest sum of scores (Viterbi)."""
        length, ids, scores = len(word), self._ids, self._scores
        best, back, chosen = [-math.inf] * (length + 1), [0] * (length + 1), [self._unknown] * (length + 1)
        best[0] = 0.0
        for start in range(length):
            for stop in range(start + 1, min(start + self._longest, length) + 1):
                piece = ids.get(word[start:stop])
                if piece is not None and best[start] + scores[piece] > best[stop]:
                    best[stop], back[stop], chosen[stop] = best[start] + scores[piece], start, piece
            if word[start] not in ids and best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown_score, start
                chosen[start + 1] = self._unknown
        path = []
        while length:
            path.append(chosen[length])
            length = back[length]
        return path[::-1]


class _Table(dict[int, str]):
    """Code point to characters; others stay, and are remembered: `str.translate` is slow where a key is missing."""

    def __missing__(self, point: int) -> str:
        self[point] = chr(point)
        return self[point]


class OnnxEmbedder:
    """The bundled model in int8, one text a run: the scale of its activations must not depend on other texts.

    So a vector is the same to the bit alone, among others, in any order and on any number of threads.
    """

    max_tokens = MAX_TOKENS

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fingerprint = folder.name  # model, version and hash of the weights, see `bundled_folder`
        with ThreadPoolExecutor(1) as other:
            tokenizer = other.submit(Tokenizer, folder)
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            options.log_severity_level = 3
            path = str(folder / INT8_FILE)
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            self._tokenizer = tokenizer.result()
        self.dimension: int = self._session.get_outputs()[0].shape[1]

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
        return len(self._tokenizer.encode(PROMPTS["passage"] + text))

    def _embed(self, texts: list[str], progress: Callable[[int], None] | None) -> NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), np.float32)

        def embed(number: int) -> None:
            ids = np.array([self._tokenizer.encode(texts[number], self.max_tokens)], np.int64)
            vectors[number] = self._session.run(None, {"ids": ids})[0][0]

        _in_threads(embed, len(texts), progress or (lambda _done: None))
        return vectors


def _in_threads(work: Callable[[int], None], count: int, progress: Callable[[int], None]) -> None:
    """Calls `work` with 0 to count - 1 on every core; few wait at a time, so an error or Ctrl-C ends it soon."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, _MOST_WORKERS, count)
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


class SentenceTransformerEmbedder:
    """Any other model, a hub name or a folder, through `SentenceTransformer` itself."""

    _BATCH = 32

    def __init__(self, name: str) -> None:
        self._model, self.folder = _load(name)
        self._query, self._passage = _prompts(name, self._model)
        self.max_tokens = int(self._model.max_seq_length or MAX_TOKENS)
        self._lock = threading.Lock()  # two threads at once in one tokenizer end in "Already borrowed"
        self.dimension = self._encode(["a"], "").shape[1]
        self.fingerprint = _fingerprint(self.folder, f"{self._query}|{self._passage}|{self.max_tokens}")

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Returns unit rows (len(texts), dimension); `progress` is told how many texts are done so far."""
        parts = [np.empty((0, self.dimension), np.float32)]
        for start in range(0, len(texts), self._BATCH):
            batch = texts[start : start + self._BATCH]
            parts.append(self._encode(batch, self._passage))
            if progress:
                progress(start + len(batch))
        return np.concatenate(parts)

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns unit rows (len(texts), dimension)."""
        return self._encode(texts, self._query) if texts else np.empty((0, self.dimension), np.float32)

    def count_tokens(self, text: str) -> int:
        """Returns the tokens of this text as a passage, with prefix, begin and end; may exceed `max_tokens`."""
        with self._lock:
            return len(self._model.tokenizer(_valid(self._passage + text), truncation=False, verbose=False).input_ids)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        with self._lock:
            vectors = self._model.encode(
                [_valid(text[:_LONGEST_TEXT]) for text in texts],
                prompt=prompt,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)


def _valid(text: str) -> str:
    """Returns the text with lone surrogates replaced, which no tokenizer takes."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _prompts(name: str, model: SentenceTransformer) -> tuple[str, str]:
    """Returns what goes before a question and before a passage: the model's own, else what E5 was trained with."""
    own = {key: prompt for key, prompt in model.prompts.items() if prompt}
    if own:
        return own.get("query", ""), own.get("passage", own.get("document", ""))
    words = re.split(r"[^a-z0-9]+", Path(name).name.lower())
    return (PROMPTS["query"], PROMPTS["passage"]) if "e5" in words and "instruct" not in words else ("", "")


def _load(name: str) -> tuple[SentenceTransformer, Path]:
    """Returns the model and its folder; what loading can raise becomes one error with a next step."""
    from huggingface_hub import snapshot_download
    from sentence_transformers import SentenceTransformer

    try:
        if Path(name).is_dir():
            return SentenceTransformer(name, device="cpu"), Path(name).resolve()
        if name.startswith((".", "/", "~")):
            raise FileNotFoundError("no such folder")
        full_name = name if "/" in name else f"sentence-transformers/{name}"
        try:  # one that was downloaded before needs no network
            model = SentenceTransformer(full_name, device="cpu", local_files_only=True)
        except OSError:
            snapshot_download(full_name, allow_patterns="config.json")  # fails at once, the model after a minute
            model = SentenceTransformer(full_name, device="cpu")
        return model, Path(snapshot_download(full_name, local_files_only=True))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        raise EmbedderError(
            f"model {name!r} cannot be loaded ({reason}); wanted: a Sentence Transformers folder, or the name of a "
            f"hub model within reach; check it, or leave it out for {DEFAULT_MODEL}"
        ) from error


def _fingerprint(folder: Path, settings: str) -> str:
    """Returns a hash over the settings and every file that bears on the vectors: weights, tokenizer, configuration."""
    digest = hashlib.sha256(settings.encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"} and path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.relative_to(folder)} {content}\n".encode())
    return digest.hexdigest()[:32]


_loaded: dict[str, Embedder] = {}
_loading = threading.Lock()


def load_embedder(model: str | None = None, *, progress: Progress | None = None) -> Embedder:
    """Returns the embedder of a model, one instance a process.

    Args:
        model: a Sentence Transformers folder or hub name; None for the bundled multilingual-e5-small.
        progress: told what is being prepared and the share done, at the first use of the bundled model.

    Raises:
        EmbedderError: the model cannot be loaded.
        BundledModelError: the bundled model cannot be prepared.
    """
    name = str(model) if model else DEFAULT_MODEL
    if name == f"intfloat/{DEFAULT_MODEL}":
        name = DEFAULT_MODEL
    key = str(Path(name).resolve()) if Path(name).is_dir() else name
    with _loading:
        if key not in _loaded:
            is_bundled = name == DEFAULT_MODEL
            _loaded[key] = OnnxEmbedder(bundled_folder(progress)) if is_bundled else SentenceTransformerEmbedder(key)
        return _loaded[key]
