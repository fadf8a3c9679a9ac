"""A system of `make bench` in a process of its own: started, told what to do, ended whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.benchmarks.rivals.protocol import in_megabytes

ROOT = Path(__file__).parents[3]
# no settings of ours from outside, nothing fetched, no progress bars of libraries
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("ARTICLEBOT_")},
    "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error", "TQDM_DISABLE": "1",
}  # fmt: skip


class RivalError(RuntimeError):
    """A system ended instead of doing what it was told; what it said is on standard error."""


@dataclass(frozen=True)
class Told:
    """What came of one method."""

    value: Any
    seconds: float
    resident_mb: float
    peak_mb: float


@dataclass(frozen=True)
class Rival:
    """A system that can be started."""

    name: str
    python: Path
    module: str  # in `tests.benchmarks.rivals`
    arguments: Sequence[str] = ()

    @contextlib.contextmanager
    def running(self, cwd: Path) -> Iterator[Running]:
        """Yields the system once its model is loaded, and ends its process."""
        command = [str(self.python), "-m", f"tests.benchmarks.rivals.{self.module}", *self.arguments]
        # a group of its own: Ctrl-C is for the one that started it, which ends the whole group
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, cwd=cwd, process_group=0
        ) as process:
            try:
                yield Running.greeted(self.name, process)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Running:
    """A system that waits to be told something."""

    name: str
    process: subprocess.Popen[str]
    versions: list[str]  # of its packages

    @classmethod
    def greeted(cls, name: str, process: subprocess.Popen[str]) -> Self:
        """Waits for what a system says first."""
        return cls(name, process, _line(name, process)["versions"])

    def tell(self, do: str, **arguments: object) -> Told:
        """Has a method done and waits for it.

        Raises:
            RivalError: the process ended.
        """
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # told by what does not come back
            print(json.dumps({"do": do, **arguments}), file=self.process.stdin, flush=True)
        return Told(**_line(self.name, self.process))


def _line(name: str, process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RivalError(f"{name}: ended with exit code {process.wait()}")
    read: dict[str, Any] = json.loads(line)
    return read


_MEASURE = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(json.dumps([code, time.perf_counter() - started, cpu, used.ru_maxrss, used.ru_oublock * 512]))
"""


@dataclass(frozen=True)
class Spent:
    """What a command took, its start and all."""

    seconds: float  # by the clock
    cpu_s: float  # of all cores
    peak_mb: float
    written_mb: float  # to files


def measured(command: Sequence[str], cwd: Path, lines: Sequence[dict[str, Any]] = ()) -> Spent:
    """Returns what a command took; a small process starts it, for its memory is counted.

    Args:
        command: which.
        cwd: where it runs.
        lines: what it is told on standard input, as JSON.

    Raises:
        RivalError: the command failed.
    """
    started = [sys.executable, "-c", _MEASURE, *command]
    told = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(started, input=told, stdout=subprocess.PIPE, check=True, env=ENVIRONMENT, cwd=cwd, text=True)
    code, seconds, cpu_s, maxrss, written = json.loads(done.stdout)
    if code:
        raise RivalError(f"{' '.join(command)}: exit code {code}")
    return Spent(seconds, cpu_s, in_megabytes(maxrss), written / 1e6)
