"""A GGUF file served on this machine by llama.cpp: started and stopped with us, spoken to as any OpenAI server."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.errors import ArticlebotError, why

_AT_ONCE = 2  # questions: one is read while the other is written
# Tokens of one question beside its passages: rules, turns, answer; a tokenizer may also need more than ours for them.
_BESIDE, _MORE = 2_000, 2
_MAGIC = b"GGUF"
_STOP_S = 10.0


class LocalModelError(ArticlebotError, ValueError):
    """The file cannot be served; the message says why."""


class LocalServer:
    """llama.cpp's server in a process of its own, on a free port of the loopback interface.

    A file that makes it crash does not take us along. It ends with us, however we end: it reads from a pipe that only
    we hold.
    """

    def __init__(self, path: Path, context_tokens: int = 1_000) -> None:
        """Loads the model, with room for so many tokens of passages; returns when the server answers.

        Raises:
            LocalModelError: no such file, not a GGUF file, or xllamacpp is missing or cannot load it.
        """
        check_file(path)
        self._process = subprocess.Popen(  # noqa: S603  our own module, and a path that was checked
            [sys.executable, "-m", "retrieval.llm.llamacpp", str(path), str(_AT_ONCE * _room(context_tokens))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout  # noqa: S101  it is a pipe
        try:
            address = self._process.stdout.readline().strip()
        except BaseException:  # Ctrl-C while a large file is loaded
            self._process.kill()
            self.close()
            raise
        if not address:
            self.close()
            raise LocalModelError(
                f"llm llamacpp:{path}: cannot be loaded, a chat model as GGUF wanted; try another file"
            )
        self.base_url = f"{address}/v1"

    def close(self) -> None:
        """Stops the server and frees the model."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _room(context_tokens: int) -> int:
    return _MORE * context_tokens + _BESIDE


def check_file(path: Path) -> None:
    """Raises LocalModelError where a file cannot be served: it is none, no GGUF, or what serves it is missing."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise LocalModelError(
            f"llm llamacpp:{path}: {why(error).lower()}, a GGUF file wanted; check the path"
        ) from error
    if magic != _MAGIC:
        raise LocalModelError(f"llm llamacpp:{path}: begins with {magic!r}, a GGUF file wanted")
    if find_spec("xllamacpp") is None:
        raise LocalModelError(
            f"llm llamacpp:{path}: the package xllamacpp is missing; pip install 'articlebot[llamacpp]'"
        )


def direct_clients() -> dict[str, Any]:
    """Returns the options of a chat model that let it ask no proxy: there is none to this machine's own server."""
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

    return {
        "http_client": DefaultHttpxClient(trust_env=False),
        "http_async_client": DefaultAsyncHttpxClient(trust_env=False),
    }


def _serve(path: str, context: int) -> None:
    """Tells the address in one line, then serves until standard input ends."""
    import xllamacpp

    # llama.cpp writes to standard output as it likes: a pipe that nobody reads would fill, and stop it
    output = sys.stdout.fileno()
    with os.fdopen(os.dup(output), "w") as told:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)
        params = xllamacpp.CommonParams()
        params.model.path = path
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.n_ctx = context
        params.n_parallel = _AT_ONCE
        params.cpuparams.n_threads = max((os.cpu_count() or 1) - 1, 1)  # one is left to whoever searches meanwhile
        server = xllamacpp.Server(params)
        told.write(f"{server.listening_address}\n")
    sys.stdin.read()
    os._exit(0)  # its threads are not waited for


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
