"""Reading in a process of its own: a file on which a library hangs, crashes or swells costs that file alone."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from index.errors import why
from index.reading import SIMPLE_SUFFIXES, read_content, read_entries
from index.reading.child import receive, send
from index.reading.content import ArticleError, Content, FileEntry

SECONDS_A_FILE = 10.0  # of computing, which on a busy machine takes longer by the clock
PATIENCE = 6  # times as long by the clock, where a file makes the process wait for nothing
SECONDS_TO_START = 60.0  # to start Python and load a library, on a busy machine
SECONDS_TO_END = 10.0  # for a process that has let go of its pipes
MEMORY_BYTES = 800_000_000  # beyond what the process has when its libraries are loaded

_COMPUTED_TOO_LONG = f"signal {getattr(signal, 'SIGPROF', 0):d}"

# -P and this process's own search path: never modules from the folder that a person happens to be in
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from index.reading.child import main; main()"


def read_isolated(data: bytes, suffix: str, *, only_one: bool = False) -> list[FileEntry]:
    """Returns what `read_entries` returns; kinds that need a library are read in a process of their own.

    With `only_one` the one article that `read_content` returns: a page on the web is one, whatever it holds.

    That process starts at the first such file, serves all, and is replaced where it took longer than
    `SECONDS_A_FILE`, or ended.

    Raises:
        ArticleError: as `read_entries`, and where reading took too long, too much memory, or the reader's life.
    """
    if suffix.lower() in SIMPLE_SUFFIXES:
        return [FileEntry("", read_content(data, suffix))] if only_one else read_entries(data, suffix)
    return [FileEntry("", _READER.read(data, suffix.lower()))] if only_one else _READER.read_all(data, suffix.lower())


def _entry(written: dict[str, Any]) -> FileEntry:
    content = written.get("content")
    if content is None:
        return FileEntry(written["key"], ArticleError(written["why"]))
    published = content["published"]
    return FileEntry(written["key"], Content(**{**content, "published": published and date.fromisoformat(published)}))


class _EndedBeforeError(ArticleError):
    """The process had ended before it began with the file."""


class IsolatedReader:
    """A process that reads one file at a time; safe to use from threads and after a fork."""

    def __init__(self, seconds: float = SECONDS_A_FILE, memory_bytes: int = MEMORY_BYTES) -> None:
        """Takes the limits of a file; the process starts at the first one."""
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def read(self, data: bytes, suffix: str) -> Content:
        """Returns the article that a file's bytes hold; raises ArticleError where they hold none, or several."""
        (entry,) = self._entries(data, f"{suffix} one")
        if isinstance(entry.content, ArticleError):
            raise entry.content
        return entry.content

    def read_all(self, data: bytes, suffix: str) -> list[FileEntry]:
        """Returns the articles that a file's bytes hold; raises ArticleError where nothing of it can be read."""
        return self._entries(data, suffix)

    def _entries(self, data: bytes, asked: str) -> list[FileEntry]:
        with self._lock:
            try:
                answer = self._ask(data, asked)
            except BaseException:  # Ctrl-C too: its answer is still to come, and would be taken for the next file's
                self._stop()
                raise
            if answer["retire"]:
                self._stop()
        if "reason" in answer:
            raise ArticleError(answer["reason"])
        return [_entry(written) for written in answer["entries"]]

    def _ask(self, data: bytes, asked: str) -> dict[str, Any]:
        if self._child is not None and self._child.is_usable():
            with contextlib.suppress(_EndedBeforeError):  # since the last file, which polling need not tell at once
                return self._child.ask(data, asked, self._seconds)
        self._stop()  # lets go of its pipes
        self._child = self._start()
        return self._child.ask(data, asked, self._seconds)

    def close(self) -> None:
        """Ends the process, if there is one; the next file starts another."""
        with self._lock:
            self._stop()

    def _start(self) -> _Child:
        limits = [str(self._memory_bytes), str(self._seconds), str(self._seconds * PATIENCE + 5)]
        command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path), *limits]
        try:
            with contextlib.ExitStack() as closing:
                said = closing.enter_context(tempfile.TemporaryFile())
                process = subprocess.Popen(  # noqa: S603  our own program
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
                )
                closing.pop_all()
        except OSError as error:
            raise ArticleError(
                f"no process to read it in ({sys.executable}: {why(error)}), a Python there and a writable temporary "
                "folder wanted; install again"
            ) from error
        return _Child(process, said, os.getpid())

    def _stop(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


@dataclass(frozen=True, slots=True)
class _Child:
    """The process and the one that started it, to whom alone its answers go."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]  # its standard error
    owner: int

    def is_usable(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def ask(self, data: bytes, asked: str, seconds: float) -> dict[str, Any]:
        """Returns the answer of the process.

        Raises:
            ArticleError: it takes longer, or ends; it is of no use then.
        """
        suffix = asked.partition(" ")[0]
        to, back = self.process.stdin, self.process.stdout
        assert to is not None  # noqa: S101  for mypy: both are pipes
        assert back is not None  # noqa: S101
        with self._limit(SECONDS_TO_START) as late:
            with contextlib.suppress(OSError):  # it has ended, which reading tells
                send(to, asked.encode())
                send(to, data)
            ready = receive(back)
        if ready is None:
            ended = f"ended at its start ({self._end()}{self._last_words()})"
            found = f"did not start within {SECONDS_TO_START:.0f} seconds" if late else ended
            raise _EndedBeforeError(f"the reader of {suffix} files {found}, a working one wanted; install again")
        with self._limit(seconds * PATIENCE) as late:
            answer = receive(back)
        if answer is None:
            end = self._end()
            is_late = late or end == _COMPUTED_TOO_LONG
            found = f"took longer than {seconds:.0f} seconds to read" if is_late else f"broke the reader ({end})"
            raise ArticleError(f"a {suffix} file that {found}; save it again or split it")
        read: dict[str, Any] = json.loads(answer)
        read["retire"] = read.get("retire") or late  # killed at the very last moment
        return read

    @contextlib.contextmanager
    def _limit(self, seconds: float) -> Iterator[list[bool]]:
        """Kills the process after so long, which ends all waiting for it; the list given is filled then."""
        late: list[bool] = []

        def kill() -> None:
            late.append(True)
            self.process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()

    def _end(self) -> str:
        """Returns how the process ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):  # a killed one would not tell how it ended
            self.process.wait(SECONDS_TO_END)
        self.process.kill()  # where it only closed its end
        code = self.process.wait()
        return f"signal {-code}" if code < 0 else f"exit status {code}"

    def _last_words(self) -> str:
        """Returns the last line of the process's standard error, after a colon; nothing where it wrote none."""
        self.said.seek(0)
        lines = deque((" ".join(line.decode(errors="replace").split()) for line in self.said if line.strip()), 1)
        return f": {lines[0][:200]}" if lines else ""

    def end(self) -> None:
        """Kills the process, if it is ours, and lets go of its pipes."""
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.said):
            with contextlib.suppress(OSError):  # what could not be written is of no use any more
                if pipe is not None:
                    pipe.close()


_READER = IsolatedReader()
atexit.register(_READER.close)
