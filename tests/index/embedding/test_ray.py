"""Actors of Ray that embed: a real cluster of three nodes on this machine's loopback, one of which is lost."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pytest
from numpy.typing import NDArray

from index import build_index, load_embedder
from index.embedding.workers import cluster as actors
from index.embedding.workers import workers
from index.embedding.workers.crew import Crew, WorkersError
from index.embedding.workers.work import WorkersModel, own_version

if TYPE_CHECKING:
    from concurrent.futures import Future

    from ray.cluster_utils import Cluster

    from tests.index.conftest import Library

os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # before Ray is imported: the loopback alone
pytest.importorskip("ray", reason="no Ray: pip install ray")

# Ray's cluster leaves files of its logs open
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

Content = Callable[[Any], dict[str, Any]]
LONGEST_S = 120.0  # only a failing test waits so long
NODE: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "node_ip_address": "127.0.0.1"}
COMMAND = "from index.embedding.workers import workers; workers.FEW_CHARACTERS = 0; from bot.cli import app; app()"

SMALL = "from index.updating import embedding; embedding.COMMIT_EVERY = 1"


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def of_session(folder: str) -> list[str]:
    """Returns the processes that Ray has started for a session."""
    done = subprocess.run([shutil.which("ps") or "ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if folder in line]


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Three nodes of one core each, the first of which answers Ray clients where a test asks for it."""
    from ray.cluster_utils import Cluster

    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    head = {**NODE, "include_dashboard": False, "temp_dir": folder}
    if hasattr(request, "param"):
        head["ray_client_server_port"] = free_port()
    started = Cluster(initialize_head=True, head_node_args={**head, "include_log_monitor": False})
    for _ in range(2):
        started.add_node(**NODE)
    yield started
    session = str(started.head_node.get_session_dir_path())  # type: ignore[attr-defined]
    started.shutdown()  # type: ignore[no-untyped-call]
    assert of_session(session) == []
    shutil.rmtree(folder)


@pytest.fixture
def many(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library that is embedded in many small batches, by workers where any are named."""
    monkeypatch.setattr(workers, "FEW_CHARACTERS", 0)
    monkeypatch.setattr("index.updating.embedding.COMMIT_EVERY", 8)
    for number in range(40):
        lines = "\n".join(f"Le train {number} part à {hour} heures, voie {hour * number % 9}." for hour in range(8))
        library.write(**{f"train{number}": f"# Train {number}\n\n{lines}\n"})
    return library


def test_an_index_by_a_cluster_that_loses_a_node_is_that_of_one_process(
    cluster: Cluster, many: Library, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, given = actors.RayWorker.embed, Counter[str]()
    at_work: dict[actors.RayWorker, None] = {}
    lost: list[str] = []

    def noted(worker: actors.RayWorker, texts: list[str]) -> Future[NDArray[np.float16]]:
        given[texts[0]] += 1
        at_work[worker] = None
        return embed(worker, texts)

    def lose_one(what: str, _done: int, _total: int) -> None:
        if what.startswith("embedding") and len(at_work) == 3 and not lost:
            node = min(cluster.worker_nodes, key=lambda each: str(each.node_id))
            lost.append(node.node_id)
            cluster.remove_node(node, allow_graceful=False)

    monkeypatch.setattr(actors.RayWorker, "embed", noted)
    report = many.build(workers=cluster.address, progress=lose_one)
    assert (report.failed, report.notes, len(lost)) == ([], [], 1)
    assert len(given) > 20
    assert sum(given.values()) - len(given) == 1  # what the lost node was at, and nothing else, was embedded again
    alone = build_index(many.source, tmp_path / "alone")
    assert report.embedded == alone.embedded
    assert content(many.index) == content(tmp_path / "alone")


@pytest.mark.full
@pytest.mark.parametrize("cluster", ["client"], indirect=True)
def test_a_cluster_is_reached_as_a_client_by_the_command_line_and_is_told_where_it_is_another(
    cluster: Cluster, many: Library, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"ray://127.0.0.1:{cluster.head_node._ray_params.ray_client_server_port}"  # type: ignore[attr-defined]
    for named, index in ((address, tmp_path / "client"), (cluster.address, tmp_path / "driver")):
        command = ["-c", COMMAND, "index", str(many.source), "--index", str(index), "--workers", named]
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    build_index(many.source, tmp_path / "alone")
    assert content(tmp_path / "client") == content(tmp_path / "driver") == content(tmp_path / "alone")
    ours = WorkersModel(None, None, load_embedder().fingerprint, version=own_version())
    for other, told in ((replace(ours, version="0.0.9"), "0.0.9"), (replace(ours, fingerprint="x"), "x")):
        assert f"wanted: {told}, as here; install that there" in refused(cluster, other)
    # what a machine without articlebot sees: an actor of a module that it does not have
    elsewhere = type("_Actor", (), {**vars(actors._Actor), "__module__": "not_there"})
    monkeypatch.setitem(sys.modules, "not_there", ModuleType("not_there"))
    monkeypatch.setattr(sys.modules["not_there"], "_Actor", elsewhere, raising=False)
    monkeypatch.setattr(actors, "_Actor", elsewhere)
    missing = r"a Ray worker at 127.0.0.1 failed \(ModuleNotFoundError: No module named 'not_there'\), wanted: the same"
    assert re.match(missing, refused(cluster, ours))


def refused(cluster: Cluster, model: WorkersModel) -> str:
    """Returns what is told where workers cannot have this model."""
    with closing(actors.RayCluster(cluster.address)) as reached, closing(Crew(*reached.crew(model))) as crew:
        came = crew.embed([["un"]])
        with pytest.raises(WorkersError) as raised:
            next(came)
    (told,) = str(raised.value).splitlines()
    return told


def test_nothing_is_reported_to_the_makers_of_ray() -> None:
    from ray._common.usage import usage_lib

    assert not usage_lib.usage_stats_enabled()


def test_sockets_of_a_ray_of_our_own_have_short_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/a/folder/for/temporary/files/that/is/long/")
    assert actors._short_folder() == "/tmp"  # noqa: S108


def test_an_address_where_nobody_answers_is_a_clear_line(many: Library) -> None:
    for scheme in ("", "ray://"):
        named = f"{scheme}127.0.0.1:{free_port()}"
        with pytest.raises(WorkersError, match=f"workers '{named}': nobody answers there .*, wanted: the address of a"):
            many.build(workers=named)


def marked(mark: str) -> list[int]:
    """Returns the processes that come down from one with this in its environment, but for those that have ended."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
    return found


@pytest.mark.full
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc, so nobody tells what came of whom")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_ray_of_our_own_ends_with_us_however_we_end(many: Library, tmp_path: Path, number: int, code: int) -> None:
    mark = f"ARTICLEBOT_TEST={uuid4()}"
    options = ["index", str(many.source), "--index", str(many.index), "--workers", "ray"]
    environment = {**os.environ, **dict([mark.split("=")])}
    with subprocess.Popen(
        [sys.executable, "-c", f"{SMALL}; {COMMAND}", *options],
        stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment, start_new_session=True,
    ) as process:  # fmt: skip
        log = many.index / "embeddings.sqlite-wal"
        wait_until(lambda: process.poll() is not None or (log.exists() and log.stat().st_size > 100_000))
        assert process.poll() is None
        assert len(marked(mark)) > 3  # Ray's own, and the worker
        os.killpg(process.pid, number)
        _, told = process.communicate(timeout=LONGEST_S)
    stopped = "articlebot: stopped; the index is whole, and what was embedded so far is not embedded again\n"
    assert (process.returncode, told) == (code, stopped if number == signal.SIGINT else "")
    wait_until(lambda: marked(mark) == [])
    report = many.build()
    assert report.embedded < report.passages


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)
