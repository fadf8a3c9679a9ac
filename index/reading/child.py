"""The process that isolation.py reads in: files come by standard input, what they hold goes to standard output."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import IO, Any

from index.reading import read_content, read_entries, reader_of
from index.reading.content import ArticleError, Content, FileEntry

GROWN_BYTES = 300_000_000  # libraries keep what they once took: a process larger by this makes room for another


def main() -> None:
    """Serves until the other side ends; arguments: search path; a file's most bytes, seconds of computing, seconds."""
    memory_bytes, computing_s, seconds = int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that asks, who ends this process
    files, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    heard, unheard = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(unheard, 1)  # what a library prints is no answer
    loaded, size = set[str](), 0
    while (asked := receive(files)) is not None and (data := receive(files)) is not None:
        kind, _, one = asked.decode().partition(" ")
        if kind not in loaded:
            _limit_memory(None)
            os.dup2(heard, 2)  # the one that asks tells why a library cannot be loaded
            reader_of(kind)
            os.dup2(unheard, 2)
            loaded.add(kind)
            size = _size()
            _limit_memory(size + memory_bytes)
        send(answers, b"ready")
        _end_after(computing_s, seconds)
        answer = _answer(data, kind, memory_bytes, only_one=bool(one))
        del data
        answer["retire"] = answer.get("retire", False) or _size() > size + GROWN_BYTES
        written = json.dumps(answer, default=date.isoformat).encode()
        _end_after(0, 0)
        send(answers, written)


def _answer(data: bytes, suffix: str, memory_bytes: int, *, only_one: bool) -> dict[str, Any]:
    """Returns what the file holds, or the reason why it cannot be read."""
    try:
        entries = [FileEntry("", read_content(data, suffix))] if only_one else read_entries(data, suffix)
    except ArticleError as error:
        return {"reason": str(error)}
    except MemoryError:
        found = f"a {suffix} file that takes more than {memory_bytes // 1_000_000:,} MB of memory to read"
        return {"reason": f"{found}; save it again or split it", "retire": True}
    except Exception as error:  # noqa: BLE001  the edge of this process; hostile files find faults in any library
        found = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return {"reason": f"a {suffix} file that its reader breaks on ({found}), a whole one wanted; save it again"}
    return {"entries": [_written(entry) for entry in entries]}


def _written(entry: FileEntry) -> dict[str, Any]:
    content = entry.content
    return {"key": entry.key} | (
        {"content": asdict(content)} if isinstance(content, Content) else {"why": str(content)}
    )


def _size() -> int:
    """Returns the bytes of address space in use; 0 where the system does not say (only Linux does)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _limit_memory(limit: int | None) -> None:
    """Lets the system refuse more address space than that; None: no limit. Elsewhere than on Linux only time limits."""
    if sys.platform == "linux":
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        soft = hard if limit is None else limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _end_after(computing_s: float, seconds: float) -> None:
    """Lets the system end this process then, even where nobody is left who would; 0: it may stay."""
    with contextlib.suppress(AttributeError):  # Windows has no such clocks
        signal.setitimer(signal.ITIMER_PROF, computing_s)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def send(pipe: IO[bytes], message: bytes) -> None:
    """Writes a message: its length in eight bytes, then itself."""
    pipe.write(len(message).to_bytes(8, "big"))
    pipe.write(message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Returns the next message, None where the other side has ended."""
    size = pipe.read(8)
    if len(size) < 8:
        return None
    length = int.from_bytes(size, "big")
    message = pipe.read(length)
    return message if len(message) == length else None
