"""Texts to unit vectors: the bundled model through ONNX Runtime, any other through Sentence Transformers."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.disk import sha256_of
from index.embedding.bundled.data import MAX_TOKENS, PROMPTS
from index.embedding.bundled.prepare import Preparing, bundled_folder, fingerprint_of
from index.embedding.bundled.tokenizer import LONGEST_TEXT
from index.embedding.onnx import OnnxEmbedder
from index.errors import ArticlebotError
from index.text.visible import whole

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "multilingual-e5-small"
EXACT_MODEL = f"{DEFAULT_MODEL}@fp32"  # the same weights in 32 bits through torch, on any device
DEVICES = ("auto", "cpu", "cuda", "mps")

_Model = TypeVar("_Model")
_loaded: dict[str, Embedder] = {}
_loading = threading.Lock()


class EmbedderError(ArticlebotError, ValueError):
    """The named model cannot be loaded."""


class DeviceError(ArticlebotError, ValueError):
    """The named device is not there, or there is none of that name."""


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

    def use_threads(self, threads: int) -> None:
        """Embeds on no more than so many cores from now on."""
        ...


class SentenceTransformerEmbedder:
    """Any other model, a hub name or a folder, through `SentenceTransformer` itself, in the precision of its file."""

    _BATCH = 32

    def __init__(self, name: str, device: str = "cpu", fingerprint: str | None = None) -> None:
        """Loads the model.

        Args:
            name: a hub name or a folder.
            device: where it computes; no part of the fingerprint, as the precision is the same everywhere.
            fingerprint: what names the vectors; None: a hash of the folder.
        """
        self._model, self.folder = _load(name, device)
        self._query, self._passage = _prompts(name, self._model)
        self.max_tokens = int(self._model.max_seq_length or MAX_TOKENS)
        self._lock = threading.Lock()  # two threads at once in one tokenizer end in "Already borrowed"
        self.dimension = self._encode(["a"], "").shape[1]
        settings = f"{self._query}|{self._passage}|{self.max_tokens}"
        self.fingerprint = fingerprint or _fingerprint(self.folder, settings)

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
        passage = whole(self._passage + text)
        with self._lock:
            return len(self._model.tokenizer(passage, truncation=False, verbose=False).input_ids)

    def use_threads(self, threads: int) -> None:
        """Embeds on no more than so many cores from now on, as does all that computes through torch in this process."""
        import torch

        torch.set_num_threads(threads)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        with self._lock:
            vectors = self._model.encode(
                [whole(text[:LONGEST_TEXT]) for text in texts],
                prompt=prompt,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)


def load_embedder(
    model: str | None = None, *, device: str | None = None, progress: Preparing | None = None
) -> Embedder:
    """Returns the embedder of a model, one instance a process.

    Args:
        model: a Sentence Transformers folder or hub name; None for the bundled multilingual-e5-small in int8,
            `EXACT_MODEL` for the same in 32 bits.
        device: where a model computes that goes through torch, as `find_device` returns it; None: where
            it does already, else on the CPU.
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
            _loaded[key] = _open(key, device or "cpu", progress)
        return _loaded[key]


def fingerprint_here(model: str | None, *, device: str | None = None, progress: Preparing | None = None) -> str:
    """Returns what names the vectors of a model; the bundled one, which takes a quarter of a second, is not opened.

    Args and errors are those of `load_embedder`.
    """
    if model in (None, EXACT_MODEL):
        return fingerprint_of(bundled_folder(progress)) + ("" if model is None else "@fp32")
    return load_embedder(model, device=device, progress=progress).fingerprint


def find_device(name: str) -> str | None:
    """Returns the device of a name as torch knows it; None where "auto" finds no accelerator.

    Raises:
        DeviceError: no such name, or no such device in this machine.
    """
    if name not in DEVICES:
        raise DeviceError(
            f"device {name!r}: no such name, wanted: one of {', '.join(DEVICES)}; or leave it out: ONNX on the CPU"
        )
    import torch  # seconds

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next((device for device in ("cuda", "mps") if there[device]), None)
    if not there[name]:
        raise DeviceError(
            f"device {name!r}: torch {torch.__version__} finds none here, wanted: one that it finds "
            f"({', '.join(device for device in there if there[device])}); or leave it out: ONNX on the CPU"
        )
    return name


def load_from_hub(load: Callable[..., _Model], full_name: str) -> _Model:
    """Returns the model of a hub name; one that was downloaded before needs no network."""
    from huggingface_hub import snapshot_download

    try:
        return load(full_name, local_files_only=True)
    except OSError:
        snapshot_download(full_name, allow_patterns="config.json")  # fails at once, the model after a minute
        return load(full_name)


def _open(key: str, device: str, progress: Preparing | None) -> Embedder:
    if key == DEFAULT_MODEL:
        return OnnxEmbedder(bundled_folder(progress))
    if key == EXACT_MODEL:
        folder = bundled_folder(progress)
        return SentenceTransformerEmbedder(str(folder), device, f"{fingerprint_of(folder)}@fp32")
    return SentenceTransformerEmbedder(key, device)


def _prompts(name: str, model: SentenceTransformer) -> tuple[str, str]:
    """Returns what goes before a question and before a passage: the model's own, else what E5 was trained with."""
    own = {key: prompt for key, prompt in model.prompts.items() if prompt}
    if own:
        return own.get("query", ""), own.get("passage", own.get("document", ""))
    words = re.split(r"[^a-z0-9]+", Path(name).name.lower())
    return (PROMPTS["query"], PROMPTS["passage"]) if "e5" in words and "instruct" not in words else ("", "")


def _load(name: str, device: str) -> tuple[SentenceTransformer, Path]:
    """Returns the model and its folder; what loading can raise becomes one error with a next step."""
    from safetensors import SafetensorError

    try:
        if name.startswith((".", "/", "~")) and not Path(name).is_dir():
            raise FileNotFoundError("no such folder")
        from huggingface_hub import snapshot_download
        from sentence_transformers import SentenceTransformer  # seconds

        if Path(name).is_dir():
            return SentenceTransformer(name, device=device, local_files_only=True), Path(name).resolve()
        full_name = name if "/" in name else f"sentence-transformers/{name}"
        model = load_from_hub(partial(SentenceTransformer, device=device), full_name)
        return model, Path(snapshot_download(full_name, local_files_only=True))
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
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
            digest.update(f"{path.relative_to(folder)} {sha256_of(path)}\n".encode())
    return digest.hexdigest()[:32]
