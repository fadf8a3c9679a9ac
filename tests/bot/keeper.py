"""What tests run in another process, to be killed step by step: keeper.py PROGRAM ARGUMENTS."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from bot.cli import app
from bot.telegram.state.file import StateFile
from bot.telegram.state.memory import Memory
from index.backup.archive import read_header
from index.store.anywhere.stores import open_generation
from index.store.live import tidy, writer_lock
from index.store.verify import problems

STEPS = ("fsync", "rename", "replace", "unlink", "mkdir", "rmdir")


def say(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Does the work in a process that kills itself before this step on the disk; returns whether it came so far."""
    child = os.fork()
    if not child:
        steps = count(1)

        def counted(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> object:  # noqa: ANN401  whatever os takes
                if next(steps) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments, **named)

            return call

        for name in STEPS:
            setattr(os, name, counted(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def run(*arguments: object) -> None:
    """Runs the command in this process; what it prints is not told."""
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  for the rest of a child
    app(list(map(str, arguments)), standalone_mode=False)


def left(index: Path, state: Path) -> dict[str, object]:
    """Returns what a killed one left: what the index holds, before and after the next writer, and the state."""
    found: dict[str, object] = {"wrong": problems(index)}
    with closing(open_generation(index)) as generation:
        found["articles"] = [article.id for article in generation.articles()]
    with writer_lock(index):
        tidy(index)
    found["added"] = sorted(f"added/{path.name}" for path in (index / "added").iterdir())
    found["there"] = sorted(path.name for path in index.iterdir())
    found["generations"] = sorted(path.name for path in (index / "generations").iterdir())
    store = StateFile.open(state)
    found["state"] = Memory(store).language(5)
    store.close()
    found["beside"] = sorted(path.name for path in state.parent.iterdir())
    return found


def restores(archive: str, index: str, state: str, work: str, every: str) -> None:
    """Restores over a copy of index and state, killed at every so manieth step in turn; tells what was left."""
    for step in count(1, int(every)):
        here = Path(work, str(step))
        copy = shutil.copytree(index, here / "index")
        (here / "state").mkdir()
        own = Path(shutil.copy(state, here / "state"))
        was_killed = killed_at(step, lambda: run("restore", archive, "--force", "--index", copy, "--state", own))  # noqa: B023  run at once
        say({"killed": was_killed, **left(copy, own)})
        shutil.rmtree(here)
        if not was_killed:
            return


def backups(index: str, state: str, file: str) -> None:
    """Backs up over an earlier backup, killed at each step in turn; tells which one is there, at last the new one."""
    target = Path(file)
    earlier = target.read_bytes()
    for step in count(1):
        target.write_bytes(earlier)
        was_killed = killed_at(step, lambda: run("backup", target, "--index", index, "--state", state))
        say({
            "killed": was_killed, "same": target.read_bytes() == earlier,
            "articles": read_header(target).about["articles"],
            "names": sorted(path.name for path in target.parent.iterdir()),
        })  # fmt: skip
        if not was_killed:
            return


def states(path: str, number: str) -> None:
    """Writes a state, so many questions, each with its turn and its answer at once; then waits to be ended."""
    from bot.telegram.request import Place, Request
    from bot.telegram.state.answers import FormattedText, Given
    from retrieval.understanding.conversation import Turn

    store = StateFile.open(Path(path))
    memory = Memory(store)
    for each in range(int(number)):
        request = Request(each, "question", Place(5), 5, message_id=each)
        store.write("INSERT INTO inbox (update_id, received, raw) VALUES (?, 0, '{\"secret\": 1}')", each)
        memory.keep(request, Given((FormattedText("words " * 200),)), [Turn("q", "a")])
        say(each)
    signal.pause()


if __name__ == "__main__":
    programs: dict[str, Callable[..., None]] = {"restores": restores, "backups": backups, "states": states}
    programs[sys.argv[1]](*sys.argv[2:])
