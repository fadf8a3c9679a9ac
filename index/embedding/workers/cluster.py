"""Workers that are actors of a Ray cluster, of this machine or of several; alone imports Ray."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding.embedder import Embedder
from index.embedding.onnx import MOST_THREADS, cores
from index.embedding.workers.crew import LostWorkerError, Worker, WorkersError
from index.embedding.workers.work import WorkersModel, embed_half, open_here, translated
from index.errors import ArticlebotError, why

_STORE_BYTES = 80 * 2**20  # of a Ray of our own, the least that it takes; what is sent is small
_SECONDS_TO_REACH = 10.0
_LONGEST_FOLDER = 40  # characters: Ray makes sockets below, whose paths may have 107
_PROTOCOL = "ray://"
_NEVER_BEGAN = "error raised in its creation task"  # says Ray, with a traceback, where the actor cannot be imported
_AT = re.compile(r"\bip=([\w.:]+)")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class RayCluster:
    """A connection to Ray; a Ray of our own ends with it."""

    def __init__(self, address: str | None) -> None:
        """Connects.

        Args:
            address: "HOST:PORT", of a cluster that this machine is part of, or "ray://HOST:PORT"; None: that of
                $RAY_ADDRESS, else a Ray of our own, on this machine and its loopback alone.

        Raises:
            WorkersError: nobody answers there, or it is no Ray that ours can talk to.
        """
        address = address or os.environ.get("RAY_ADDRESS") or "local"
        # these are read when Ray is imported
        os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "2")  # of half a minute, for what is no Ray; else 20
        if address == "local":  # it keeps to the loopback then
            os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        import ray
        from ray._private import worker

        worker._worker_logs_enabled = False  # else it prints pages where a machine is lost
        self._ray = ray
        self._folder = ""
        self._is_ours = not ray.is_initialized()
        if self._is_ours:
            self._connect(address)

    def _connect(self, address: str) -> None:
        options: dict[str, Any] = {"address": address, "logging_level": logging.ERROR, "log_to_driver": False}
        if address == "local":
            self._folder = tempfile.mkdtemp(prefix="articlebot-ray-", dir=_short_folder())  # nobody else looks into it
            options |= {"num_cpus": cores(), "include_dashboard": False, "_temp_dir": self._folder}
            options |= {"object_store_memory": _STORE_BYTES, "_node_ip_address": "127.0.0.1"}
        elif ":" in address:  # $RAY_ADDRESS may be "auto"
            self._reach(address)
        try:
            with warnings.catch_warnings(action="ignore"):
                self._ray.init(**options)
        except KeyboardInterrupt:
            self.close()
            raise
        except Exception as error:  # of many kinds, where versions differ or the port is another's
            self.close()
            raise WorkersError(
                f"workers {address!r}: Ray cannot be used ({why(error)}), wanted: a cluster of Ray "
                f"{self._ray.__version__}, as here"
            ) from error

    def _reach(self, address: str) -> None:
        """Raises WorkersError where nobody answers, for which Ray would wait long."""
        host, _, port = address.removeprefix(_PROTOCOL).rpartition(":")
        if not address.startswith(_PROTOCOL) and host in _LOOPBACK:  # Ray takes it for this
            host = str(self._ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]
        try:
            socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_REACH).close()
        except (OSError, ValueError) as error:
            raise WorkersError(
                f"workers {address!r}: nobody answers there ({why(error)}), wanted: the address of a Ray cluster, as "
                "`ray start --head` tells it"
            ) from error

    def crew(self, model: WorkersModel) -> tuple[Callable[[], Worker], int]:
        """Returns what makes a worker, and how many there is room for: each has the cores of the smallest machine.

        Raises:
            WorkersError: there is no machine with a core.
        """
        nodes: list[dict[str, Any]] = self._ray.nodes()  # type: ignore[no-untyped-call]
        machines = [int(each["Resources"].get("CPU", 0)) for each in nodes if each["Alive"]]
        threads = min([MOST_THREADS, *filter(None, machines)])
        count = sum(each // threads for each in machines)
        if not count:
            raise WorkersError(f"the Ray cluster has {len(machines)} machines and no core, wanted: one; start a worker")
        each = WorkersModel(model.name, model.device, model.fingerprint, threads, model.version)
        return lambda: RayWorker(each), count

    def close(self) -> None:
        """Disconnects, from a Ray that was there before us; ends our own."""
        if self._is_ours:
            self._ray.shutdown()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


class RayWorker:
    """An actor, on whatever machine has cores that are free."""

    def __init__(self, model: WorkersModel) -> None:
        """Asks for it; it opens its model when it is there."""
        import ray

        self._ray = ray
        kind: Any = ray.remote(_Actor)
        options = {"num_cpus": model.threads, "max_restarts": 0, "scheduling_strategy": "SPREAD"}
        self._actor = kind.options(**options).remote()
        self._ready: Future[None] = self._future(self._actor.open.remote(model))

    def ready(self) -> Future[None]:
        """Returns what is done once its model is open."""
        return self._ready

    def embed(self, texts: list[str]) -> Future[NDArray[np.float16]]:
        """Returns what will be the unit rows of these texts."""
        return self._future(self._actor.embed.remote(texts))

    def close(self) -> None:
        """Ends it, also in the middle of a batch."""
        with contextlib.suppress(Exception):  # it has ended, or Ray has
            self._ray.kill(self._actor)

    def _future(self, reference: Any) -> Future[Any]:  # noqa: ANN401  Ray's ObjectRef or ClientObjectRef
        return translated(reference.future(), self._told)

    def _told(self, error: BaseException) -> BaseException:
        errors, said = self._ray.exceptions, str(error)
        cause = getattr(error, "cause", None)
        if isinstance(cause, ArticlebotError):
            return cause
        lost = (errors.RayActorError, errors.NodeDiedError, errors.ObjectLostError, ConnectionError)
        if isinstance(error, lost) and _NEVER_BEGAN not in said:
            return LostWorkerError(why(error))
        where = _AT.search(said)
        reason = why(cause) if cause else next(reversed(said.strip().splitlines()), type(error).__name__)
        return WorkersError(
            f"a Ray worker{f' at {where[1]}' if where else ''} failed ({reason}), wanted: the same articlebot on every "
            "machine, in the Python that Ray runs there"
        )


class _Actor:
    """Runs on a machine of the cluster."""

    _embedder: Embedder

    def open(self, model: WorkersModel) -> None:
        self._embedder = open_here(model, socket.gethostname())

    def embed(self, texts: list[str]) -> NDArray[np.float16]:
        return embed_half(self._embedder, texts)


def _short_folder() -> str:
    """Returns where temporary files go, else /tmp where the paths of Ray's sockets would be too long there."""
    return folder if len(folder := tempfile.gettempdir()) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108  see its mkdtemp
