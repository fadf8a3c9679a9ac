from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

import index.store.writing
from index import build_index
from index.embedding.cache import DamagedCacheError, EmbeddingCache
from index.store.verify import problems

if TYPE_CHECKING:
    from tests.index.conftest import Library

TEXTS = [f"texte {number}" for number in range(1200)]  # more than fit in one query


def unit_rows(count: int, dimension: int = 8) -> NDArray[np.float32]:
    rows = np.random.default_rng(count).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "embeddings.sqlite"


def test_vectors_come_back_in_the_order_of_their_texts_in_half_precision(path: Path) -> None:
    vectors = unit_rows(len(TEXTS))
    with EmbeddingCache.open(path, "model", 8) as cache:
        assert cache.missing(TEXTS) == set(TEXTS)
        cache.put(TEXTS, vectors)
    with EmbeddingCache.open(path, "model", 8) as cache:
        assert cache.missing([*TEXTS, "autre"]) == {"autre"}
        order = [*reversed(TEXTS), TEXTS[0]]
        found = cache.get(order)
        assert found.dtype == np.float32
        assert np.array_equal(found, vectors[[*reversed(range(len(TEXTS))), 0]].astype(np.float16).astype(np.float32))
        assert cache.get([]).shape == (0, 8)
        assert cache.missing([]) == set()


def test_vector_put_again_replaces_the_first(path: Path) -> None:
    first, second = unit_rows(2)
    with EmbeddingCache.open(path, "model", 8) as cache:
        cache.put(TEXTS[:1], first[None])
        cache.put(TEXTS[:1], second[None])
        assert np.allclose(cache.get(TEXTS[:1]), second, atol=1e-3)


def test_models_do_not_see_each_others_vectors(path: Path) -> None:
    with EmbeddingCache.open(path, "model", 8) as cache:
        cache.put(TEXTS[:3], unit_rows(3))
    with EmbeddingCache.open(path, "other", 4) as cache:
        assert cache.missing(TEXTS[:3]) == set(TEXTS[:3])
        cache.put(TEXTS[:3], unit_rows(3, 4))
    with EmbeddingCache.open(path, "model", 8) as cache:
        assert np.allclose(cache.get(TEXTS[:3]), unit_rows(3), atol=1e-3)


def test_only_committed_vectors_outlive_their_writer(path: Path) -> None:
    with EmbeddingCache.open(path, "model", 8) as cache:
        cache.put(TEXTS[:2], unit_rows(2))
        with pytest.raises(ValueError, match="argument 2 is shorter"):
            cache.put(TEXTS[2:5], unit_rows(2))
    with EmbeddingCache.open(path, "model", 8) as cache:
        assert cache.missing(TEXTS[:5]) == set(TEXTS[2:5])


def overwrite(data: bytes) -> bytes:
    return (b"not a database, by any means" * len(data))[: len(data)]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def cut_short(data: bytes) -> bytes:
    return data[:50]


def scribble(data: bytes) -> bytes:
    return data[:8192] + b"\xff" * (len(data) - 8192)


def scribble_on_the_schema(data: bytes) -> bytes:
    return data[:100] + b"\xff" * 3996 + data[4096:]


@pytest.fixture
def stopped(library: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """An index to which a long article comes; the run that embedded it was stopped before it wrote a vector."""
    library.build()
    library.write(c="# Long\n\n" + " ".join(f"Voici la phrase {number}." for number in range(30)))
    with monkeypatch.context() as patched:

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(index.store.writing, "write_vectors", stop)
        with pytest.raises(KeyboardInterrupt):
            library.build()
    return library


def test_what_a_stopped_run_embedded_is_kept_until_a_run_ends(stopped: Library) -> None:
    assert problems(stopped.index) == []
    report = stopped.build()
    assert (report.added, report.embedded) == (["news/c.md"], 0)
    assert not (stopped.index / "embeddings.sqlite").exists()  # the index has it now
    stopped.write(c="# Long\n\nVoici la phrase 0.\n", d="# Copie\n\nVoici la phrase 0.\n")
    stopped.build()
    assert [path.name for path in stopped.index.iterdir() if path.name.startswith(("embeddings", "."))] == []


def test_full_run_embeds_again_what_a_stopped_one_did(stopped: Library) -> None:
    assert stopped.build(full=True).embedded == 3


@pytest.mark.parametrize("harm", [overwrite, cut, cut_short, scribble, scribble_on_the_schema])
def test_damaged_cache_is_put_aside_and_the_index_comes_out_the_same(
    stopped: Library, tmp_path: Path, content: Callable[[Path], dict[str, Any]], harm: Callable[[bytes], bytes]
) -> None:
    path = stopped.index / "embeddings.sqlite"
    path.write_bytes(harm(path.read_bytes()))
    report = stopped.build()
    assert report.embedded == 1  # the vectors of the others are in the index
    assert "put aside" in report.notes[0]
    assert (stopped.index / "embeddings.sqlite.damaged").exists()
    build_index(stopped.source, tmp_path / "scratch")
    assert content(stopped.index) == content(tmp_path / "scratch")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE embeddings SET vector = zeroblob(768)",  # no unit vectors
        "UPDATE embeddings SET vector = substr(vector, 1, 100)",
        "DROP TABLE embeddings; CREATE TABLE embeddings (a, b)",
    ],
)
def test_edited_cache_is_noticed_and_made_anew(stopped: Library, change: str) -> None:
    with closing(sqlite3.connect(stopped.index / "embeddings.sqlite")) as db:
        db.executescript(change)
    (problem,) = problems(stopped.index)
    assert "embeddings.sqlite" in problem
    report = stopped.build()
    assert (report.embedded, report.passages) == (1, 3)  # the vectors of the others are in the index
    assert problems(stopped.index) == []


def test_lost_cache_costs_time_and_nothing_else(stopped: Library) -> None:
    (stopped.index / "embeddings.sqlite").unlink()
    assert stopped.build().embedded == 1


def test_damage_puts_the_file_aside_once_and_the_next_opening_begins_anew(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    with pytest.raises(DamagedCacheError, match=r"embeddings\.sqlite: damaged"), EmbeddingCache.open(path, "model", 8):
        pass
    with EmbeddingCache.open(path, "model", 8) as cache:
        assert cache.missing(TEXTS[:1]) == {TEXTS[0]}
    assert path.with_name("embeddings.sqlite.damaged").read_bytes() == b"x" * 5000
