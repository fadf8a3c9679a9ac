"""Scores of texts read together with the question, by any Sentence Transformers CrossEncoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.bundled.tokenizer import LONGEST_TEXT
from index.embedding.embedder import load_from_hub
from index.errors import ArticlebotError
from index.text.visible import whole

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_ORGANISATION = "cross-encoder"  # of a hub name without one


class RerankerError(ArticlebotError, ValueError):
    """The named model cannot be loaded, or does not score as a reranker does."""


class Reranker(Protocol):
    """What reads a question and a text together."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns (len(texts),), higher is better; comparable for one question only."""
        ...


class CrossEncoderReranker:
    """A CrossEncoder of one label, on the CPU in 32 bits; safe to use from several threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model = _load(name)
        self._lock = threading.Lock()  # two threads at once in one tokenizer end in "Already borrowed"
        probe = self.score("which", ["one", "two"])  # a model that cannot score is refused here, not at a question
        if abs(probe[0] - probe[1]) < 1e-6:  # a folder without its tokenizer loads, too, with one that knows no word
            raise _unfit(name, "every text scores alike", "a folder with its tokenizer")

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns (len(texts),), higher is better: logits, which do not run together near 1 as probabilities do.

        What lies beyond the model's own maximum of tokens is not read.

        Raises:
            RerankerError: the model gives another shape, or scores that are not finite.
        """
        if not texts:
            return np.empty(0, np.float32)
        asked = whole(question[:LONGEST_TEXT])
        pairs = [(asked, whole(text[:LONGEST_TEXT])) for text in texts]
        with self._lock:
            scores = np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float32)
        if scores.shape != (len(texts),):
            raise _unfit(self._name, f"scores of shape {scores.shape}", f"({len(texts)},)")
        if not np.isfinite(scores).all():
            raise _unfit(self._name, f"a score of {scores[~np.isfinite(scores)][0]}", "finite numbers")
        return scores


def _load(name: str) -> CrossEncoder:
    """Returns the model; what loading can raise becomes one error with a next step."""
    if name.startswith((".", "/", "~")) and not Path(name).is_dir():
        raise _not_loaded(name, "no such folder")
    try:
        import torch  # seconds, as all of these
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise RerankerError(
            f"model {name!r} cannot be loaded ({error}); wanted: the package sentence-transformers; "
            "run: pip install sentence-transformers, or leave the reranker out"
        ) from error
    is_folder = Path(name).is_dir()
    full_name = name if "/" in name else f"{_ORGANISATION}/{name}"
    # an activation is given, because a folder may name any callable within torch as its own
    load = partial(CrossEncoder, device="cpu", activation_fn=torch.nn.Identity())
    try:
        model: CrossEncoder = load(name, local_files_only=True) if is_folder else load_from_hub(load, full_name)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise _not_loaded(name, next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")) from error
    _check(name, model)
    model.float()  # in place
    return model


def _check(name: str, model: CrossEncoder) -> None:
    """Raises where the model is no reranker; an embedder's folder loads, too, with a head of random weights."""
    trained = getattr(model.config, "architectures", None) or ["model of no named kind"]
    if type(model.model).__name__ not in trained:
        raise _unfit(name, f"a {trained[0]}", "a CrossEncoder")
    if model.num_labels != 1:
        raise _unfit(name, f"{model.num_labels} labels", "1")


def _not_loaded(name: str, reason: str) -> RerankerError:
    return RerankerError(
        f"model {name!r} cannot be loaded ({reason}); wanted: a CrossEncoder's folder, or the name of a hub model "
        "within reach; check it, or leave the reranker out"
    )


def _unfit(name: str, found: str, wanted: str) -> RerankerError:
    return RerankerError(f"model {name!r} is no reranker: {found}, wanted {wanted}; name another, or leave it out")


_loaded: dict[str, CrossEncoderReranker] = {}
_loading = threading.Lock()


def load_reranker(model: str) -> CrossEncoderReranker:
    """Returns the reranker of a CrossEncoder folder or hub name, one instance a process.

    Raises:
        RerankerError: the model cannot be loaded, or is no reranker.
    """
    key = str(Path(model).resolve()) if Path(model).is_dir() else model
    with _loading:
        if key not in _loaded:
            _loaded[key] = CrossEncoderReranker(key)
        return _loaded[key]
