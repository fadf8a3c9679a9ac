"""What a worker does where it is: opens the model once, then embeds what it is given."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.embedding.embedder import Embedder, load_embedder
from index.embedding.workers.crew import WorkersError

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class WorkersModel:
    """What every worker opens; a vector must not tell who made it.

    Attributes:
        name: as `load_embedder` takes it.
        device: as `load_embedder` takes it.
        fingerprint: of its vectors.
        threads: that a worker computes on.
        version: of articlebot.
    """

    name: str | None
    device: str | None
    fingerprint: str
    threads: int = 1
    version: str = ""


def own_version() -> str:
    """Returns which articlebot this is."""
    with contextlib.suppress(PackageNotFoundError):  # run without being installed
        return version("articlebot")
    return "of no version"


def open_here(model: WorkersModel, where: str) -> Embedder:
    """Opens the model in a worker, `where` names its machine.

    Raises:
        WorkersError: it is another version of articlebot or of the model there.
        ArticlebotError: it cannot be opened there.
    """
    if own_version() != model.version:
        raise WorkersError(f"{where}: articlebot {own_version()}, wanted: {model.version}, as here; install that there")
    embedder = load_embedder(model.name, device=model.device)
    embedder.use_threads(model.threads)
    if embedder.fingerprint != model.fingerprint:
        raise WorkersError(
            f"{where}: the model is {embedder.fingerprint}, wanted: {model.fingerprint}, as here; install that there"
        )
    return embedder


def embed_half(embedder: Embedder, texts: list[str]) -> NDArray[np.float16]:
    """Returns the unit rows of passages or sentences as a cache keeps them, which is half as much to send."""
    return embedder.embed_passages(texts).astype(np.float16)


def translated(future: Future[_Result], lost: Callable[[BaseException], BaseException]) -> Future[_Result]:
    """Returns what ends as this future does; an error as what `lost` makes of it."""
    made: Future[Any] = Future()

    def end(ended: Future[_Result]) -> None:
        if ended.cancelled():
            made.cancel()
        elif error := ended.exception():
            made.set_exception(lost(error))
        else:
            made.set_result(ended.result())

    future.add_done_callback(end)
    return made
