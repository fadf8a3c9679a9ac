"""One index by one process, by two and by two actors of Ray: `python -m tests.benchmarks.rivals.workers`.

Each makes the same index anew, in turns, in a process of its own with all that it starts; the median of each is told,
and how many times as much as by one process it took. "CPU s" is of all of these processes, of Ray's own too, as seen
ten times a second: Linux. `--clock` tells the seconds by the clock too, for a machine with nothing else to do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from index import build_index
from index.embedding.workers import workers as of_workers
from tests.benchmarks.rivals.recombined import write_articles
from tests.benchmarks.search_speed import table

WORKERS = ("1", "2", "ray")  # --workers
MARK = "ARTICLEBOT_MEASURED"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def build_by(workers: str, articles: Path, index: Path) -> None:
    """Makes an index by these workers, "ray" by a cluster of two nodes on this machine with a core each."""
    of_workers.FEW_CHARACTERS = 0
    if workers != "ray":
        build_index([articles], index, workers=workers)
        return
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        node = {"num_cpus": 1, "object_store_memory": 80 * 2**20, "node_ip_address": "127.0.0.1"}
        head = {**node, "include_dashboard": False, "temp_dir": folder}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        cluster.add_node(**node)  # type: ignore[arg-type]
        begun = time.perf_counter()
        build_index([articles], index, workers=cluster.address)
        sys.stdout.write(f"{time.perf_counter() - begun}\n")
        cluster.shutdown()  # type: ignore[no-untyped-call]


def spent(workers: str, articles: Path, index: Path) -> tuple[float, float]:
    """Returns seconds by the clock and CPU seconds of making an index in a process of its own."""
    mark, used = str(uuid4()), dict[int, float]()
    command = [sys.executable, "-m", __spec__.name, "--by", workers, str(articles), str(index)]
    begun = time.perf_counter()
    with subprocess.Popen(command, env={**os.environ, MARK: mark}, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            used |= seconds_used(mark)
            time.sleep(0.1)
        assert process.returncode == 0
        assert process.stdout is not None
        told = process.stdout.read()  # a cluster is there before
    return float(told) if told else time.perf_counter() - begun, sum(used.values())


def seconds_used(mark: str) -> dict[int, float]:
    """Returns the CPU seconds of each process that this mark came down to."""
    used = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (process / "environ").read_bytes():
                fields = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                used[int(process.name)] = (int(fields[11]) + int(fields[12])) * TICK_S
        except OSError:  # it has just ended, or is another's
            continue
    return used


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--times", type=int, default=3, help="each is measured; the median is told")
    parser.add_argument("--clock", action="store_true")
    parser.add_argument("--by", nargs=3, metavar=("WORKERS", "ARTICLES", "INDEX"), help="only makes an index")
    chosen = parser.parse_args()
    if chosen.by:
        build_by(chosen.by[0], Path(chosen.by[1]), Path(chosen.by[2]))
        return
    taken: dict[str, list[tuple[float, float]]] = {workers: [] for workers in WORKERS}
    with tempfile.TemporaryDirectory() as folder:
        write_articles(Path(folder, "articles"), chosen.articles)
        for turn in range(chosen.times):
            for workers in WORKERS:
                index = Path(folder, f"{workers}-{turn}")
                taken[workers].append(spent(workers, Path(folder, "articles"), index))
    medians = {each: tuple(map(statistics.median, zip(*times, strict=True))) for each, times in taken.items()}
    rows: list[Sequence[str]] = [("--workers", "articles", *(["s", "as long"] * chosen.clock), "CPU s", "as much")]
    for workers, both in medians.items():
        ratios = [(f"{mine:.1f}", f"{mine / one:.2f}") for mine, one in zip(both, medians["1"], strict=True)]
        told = [figure for pair in ratios[0 if chosen.clock else 1 :] for figure in pair]
        rows.append((workers, str(chosen.articles), *told))
    sys.stdout.write(f"{table(rows)}\n")


if __name__ == "__main__":
    main()
