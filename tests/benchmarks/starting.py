"""How long people wait who have just started a command: `python -m tests.benchmarks.starting`.

Each run is a process of its own: `articlebot --help`, `articlebot ask` over the starter articles, and `articlebot
bot`, which finds a question waiting in an emulated Telegram. All files are in the system's cache: the first run of
each is not counted.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from tests.benchmarks.rivals.protocol import in_megabytes
from tests.benchmarks.search_speed import positive, table

ROOT = Path(__file__).parents[2]
QUESTION = "Quelles bases militaires russes sont citées ?"
ANSWER = "Tartous"
MAIN = "from bot.cli import app; app()"
PERSON = 21
WANTED = {"--help": "", "ask": "2.0 s, 500 MB", "bot, to its first answer": "3.0 s"}

Run: TypeAlias = tuple[float, float]  # seconds; megabytes that the process had at most, nan where not known


def command(*arguments: str | Path, **variables: str | Path) -> subprocess.Popen[bytes]:
    """Starts `articlebot` with no settings but these variables, named without ARTICLEBOT_ and in small letters."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARTICLEBOT_")}
    given = {f"ARTICLEBOT_{name.upper()}": str(value) for name, value in variables.items()}
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": str(ROOT), **given},
    )  # fmt: skip


def ended(process: subprocess.Popen[bytes]) -> float:
    """Waits for the end of a process; returns the megabytes that it had at most.

    Nan where this process has more: what it is when it starts another counts for that one, too.

    Raises:
        RuntimeError: it did not end well.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit {process.returncode}, wanted 0; run it by hand: {process.args!r}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return in_megabytes(usage.ru_maxrss) if usage.ru_maxrss > own else math.nan


def whole(*arguments: str | Path) -> Run:
    """Measures a command from its start to its end."""
    started = time.perf_counter()
    megabytes = ended(command(*arguments))
    return time.perf_counter() - started, megabytes


def first_answer(index: Path, folder: Path) -> Run:
    """Measures the bot from its start until the person who asked before sees the answer."""
    from tests.bot.telegram.person import Person  # large, and it would count for the commands, too
    from tests.bot.telegram.server import TOKEN, TelegramServer

    telegram = TelegramServer()
    telegram.is_checking = False  # what it sends is checked by the tests
    try:
        person = Person(telegram, PERSON)
        asked = person.say(QUESTION)
        with tempfile.TemporaryDirectory(dir=folder) as state:
            started = time.perf_counter()
            process = command(
                "bot", "--index", index, telegram_token=TOKEN, telegram_api=telegram.api, allowed_users=str(PERSON),
                state=Path(state, "bot.sqlite"),
            )  # fmt: skip
            try:
                person.wait_for_reply(asked, ANSWER)
                seconds = time.perf_counter() - started
            finally:
                process.terminate()
                megabytes = ended(process)
        return seconds, megabytes
    finally:
        telegram.close()


def spread(values: Iterable[float], digits: int) -> str:
    """Returns the median, with the least and the most; nothing where one is not known."""
    found = sorted(values)
    if any(map(math.isnan, found)):
        return ""
    return f"{statistics.median(found):.{digits}f} ({found[0]:.{digits}f}-{found[-1]:.{digits}f})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Builds the index of the starter articles, measures and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.starting", description="Measures the start of articlebot's commands."
    )
    parser.add_argument("--times", type=positive, default=5, help="that each is measured (5)")
    times = parser.parse_args(arguments).times
    with tempfile.TemporaryDirectory(prefix="articlebot-starting-") as name:
        folder, index = Path(name), Path(name, "index")
        whole("index", ROOT / "seeds" / "articles", "--index", index)
        measures: dict[str, Callable[[], Run]] = {
            "--help": lambda: whole("--help"),
            "ask": lambda: whole("ask", "--index", index, QUESTION),
            "bot, to its first answer": lambda: first_answer(index, folder),
        }
        rows = [["", "seconds", "RAM MB", "wanted"]]
        for label, measure in measures.items():
            measure()
            seconds, megabytes = zip(*(measure() for _ in range(times)), strict=True)
            rows.append([label, spread(seconds, 2), spread(megabytes, 0), WANTED[label]])
    sys.stdout.write(f"{table(rows)}\n\nmedian of {times}, least and most in brackets\n")


if __name__ == "__main__":
    main()
