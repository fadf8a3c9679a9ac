"""Who embeds, as it is named: nobody but this process, so many processes, or a Ray cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

from numpy.typing import NDArray

from index.embedding.embedder import Embedder
from index.embedding.onnx import cores
from index.embedding.workers.crew import Crew, WorkersError
from index.embedding.workers.processes import ProcessWorker
from index.embedding.workers.work import WorkersModel, own_version

MOST_PROCESSES = 64  # each holds the model, some 230 MB
# Characters, below which this process embeds alone. They take 33 CPU seconds; to begin, a process takes half a one and
# a Ray of our own five, and on few cores workers are no faster than threads.
FEW_CHARACTERS = 500_000
_WANTED = f"a number from 1 to {MOST_PROCESSES}, ray, ray://HOST:PORT or HOST:PORT"
_ADDRESS = re.compile(r"(?:ray://)?(?:[\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})")


class Workers:
    """Who embeds; they begin where there are `FEW_CHARACTERS` or more, and end with `close` or the `with`."""

    def __init__(self, named: str | int | None = None, device: str | None = None) -> None:
        """Takes how many processes, "ray" or the address of a Ray cluster; None or 1: this process alone.

        Raises:
            WorkersError: no such workers, Ray is not installed, or they would share the accelerator that `device` is.
        """
        self._named = "1" if named is None else str(named).strip()
        if self._named.isascii() and self._named.isdigit():
            is_wanted = 1 <= int(self._named) <= MOST_PROCESSES
        else:
            port = _ADDRESS.fullmatch(self._named)
            is_wanted = self._named == "ray" or (port is not None and 0 < int(port[1]) < 65_536)
        if not is_wanted:
            raise WorkersError(f"workers {self._named!r}: wanted: {_WANTED}")
        if self.are_elsewhere and device not in (None, "cpu"):
            raise WorkersError(
                f"workers {self._named!r} with device {device!r}: workers compute on the CPU, wanted: one of the two"
            )
        if not self._named.isdigit() and find_spec("ray") is None:
            raise WorkersError(f"workers {self._named!r}: Ray is not installed; run: pip install 'articlebot[ray]'")
        self._crew: Crew | None = None
        self._end: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def are_elsewhere(self) -> bool:
        """Whether others than this process embed."""
        return self._named != "1"

    def embed(
        self, batches: Iterable[list[str]], characters: int, opened: Callable[[], Embedder], model: WorkersModel
    ) -> Iterator[tuple[list[str], NDArray[Any]]]:
        """Yields each batch with its unit rows, as they come; the vectors are the same to the bit, whoever makes them.

        Args:
            batches: few are taken ahead; an empty one asks to wait for one that is under way.
            characters: in all of them.
            opened: opens the embedder of this process.
            model: the same for workers.

        Raises:
            WorkersError: the workers cannot be had, or end again and again.
        """
        if not self.are_elsewhere or (characters < FEW_CHARACTERS and self._crew is None):
            for batch in filter(None, batches):
                yield batch, opened().embed_passages(batch)
            return
        self._crew = self._crew or self._begin(model)
        yield from self._crew.embed(batches)

    def close(self) -> None:
        """Ends them."""
        if self._crew:
            self._crew.close()
        self._crew = None
        self._end()

    def _begin(self, model: WorkersModel) -> Crew:
        model = replace(model, version=own_version())
        if self._named.isdigit():
            count = int(self._named)
            each = replace(model, threads=max(1, cores() // count))
            return Crew(lambda: ProcessWorker(each), count)
        from index.embedding.workers.cluster import RayCluster

        cluster = RayCluster(None if self._named == "ray" else self._named)
        self._end = cluster.close
        return Crew(*cluster.crew(model))
