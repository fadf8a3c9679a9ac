from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import index.store.segments.vectors
from index.store.manifest import IndexFormatError
from index.store.segments.segment import Places
from index.store.segments.vectors import Vectors

Floats: TypeAlias = NDArray[np.float32]
DIMENSION = 16


def _unit(rows: NDArray[np.floating]) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _unit_rows(count: int, dimension: int = DIMENSION, seed: int = 7) -> Floats:
    return _unit(np.random.default_rng(seed).standard_normal((count, dimension)))


def _clustered_rows(count: int) -> Floats:
    random = np.random.default_rng(3)
    centres = random.standard_normal((20, DIMENSION))
    return _unit(centres[random.integers(20, size=count)] + 0.3 * random.standard_normal((count, DIMENSION)))


def _exactly(
    rows: Floats, question: Floats, k: int, among: NDArray[np.bool_] | None = None
) -> tuple[list[int], Floats]:
    """Returns the k best of the rows in half precision and their cosines, by NumPy."""
    cosines = rows.astype(np.float16).astype(np.float32) @ question
    if among is not None:
        cosines = np.where(among, cosines, -np.inf).astype(np.float32)
        k = min(k, int(among.sum()))
    best = np.argsort(-cosines, kind="stable")[:k]
    return best.tolist(), cosines[best]


def _written(path: Path, rows: Floats) -> Vectors:
    Vectors.write(path, rows)
    return Vectors.open(path)


@pytest.mark.parametrize("count", [1, 2, 50, 1000])
def test_search_of_all_agrees_with_exact_numpy(tmp_path: Path, count: int) -> None:
    rows = _unit_rows(count)
    vectors = _written(tmp_path / "v", rows)
    for question in _unit_rows(5, seed=8):
        found, scores = vectors.search(question, 10)
        best, cosines = _exactly(rows, question, 10)
        assert list(found) == best
        np.testing.assert_allclose(scores, cosines, atol=1e-5)


@pytest.mark.parametrize("k", [1, 10, 5_000])
@pytest.mark.parametrize("share", [0.0, 0.002, 0.1, 0.9, 1.0])
def test_search_among_some_rows_loses_none_of_them(tmp_path: Path, k: int, share: float) -> None:
    rows = _clustered_rows(1_000)
    vectors = _written(tmp_path / "v", rows)
    among = np.random.default_rng(2).random(1_000) < share
    for question in [*rows[:3], -rows[0], *_unit_rows(3, seed=8)]:
        found, scores = vectors.search(question, k, among=among)
        best, cosines = _exactly(rows, question, k, among)
        assert set(found) == set(best)
        np.testing.assert_allclose(scores, cosines, atol=1e-5)


def test_more_wanted_than_there_are_gives_all_and_no_padding(tmp_path: Path) -> None:
    for count in (3, 300):
        rows, scores = _written(tmp_path / "v", _unit_rows(count)).search(_unit_rows(1)[0], 1_000)
        assert sorted(rows) == list(range(count))
        assert list(scores) == sorted(scores, reverse=True)


def test_equal_scores_are_ordered_by_row(tmp_path: Path) -> None:
    same = np.repeat(_unit_rows(1), 40, axis=0)
    vectors = _written(tmp_path / "v", same)
    assert list(vectors.search(same[0], 40)[0]) == list(range(40))
    found, scores = vectors.search(same[0], 7)
    assert list(found) == sorted(set(found))
    assert len(set(scores)) == 1


def test_an_empty_index_is_written_and_searched(tmp_path: Path) -> None:
    vectors = _written(tmp_path / "v", np.empty((0, DIMENSION), np.float32))
    assert (vectors.count, vectors.sizes) == (0, [(0, DIMENSION)])
    assert len(vectors.search(_unit_rows(1)[0], 5)[0]) == 0


def test_rows_come_back_in_half_precision_whatever_their_order(tmp_path: Path) -> None:
    rows = _clustered_rows(400)
    vectors = _written(tmp_path / "v", rows)
    wanted = np.array([399, 3, 0, 3, 250])
    assert np.array_equal(vectors.rows(wanted), rows[wanted].astype(np.float16).astype(np.float32))
    assert vectors.rows(np.array([], np.int64)).shape == (0, DIMENSION)


def test_rows_in_half_precision_and_in_blocks_make_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _clustered_rows(500)
    Vectors.write(tmp_path / "whole", rows)
    monkeypatch.setattr(index.store.segments.vectors, "_BLOCK", 64)
    Vectors.write(tmp_path / "blocks", rows.astype(np.float16).astype(np.float32))
    halves = rows.astype(np.float16)
    Vectors.write(tmp_path / "halves", halves)
    assert (tmp_path / "halves").read_bytes() == (tmp_path / "blocks").read_bytes()
    ours = Vectors.open(tmp_path / "whole").rows(np.arange(500))
    assert np.array_equal(ours, halves.astype(np.float32))


def test_equal_rows_make_equal_files_whatever_was_done_before(tmp_path: Path) -> None:
    rows = _clustered_rows(1_000)
    threads = faiss.omp_get_max_threads()
    files = []
    for number in (1, 2, 3):
        faiss.omp_set_num_threads(number)
        Vectors.write(tmp_path / f"other{number}", _unit_rows(500, seed=number))
        Vectors.write(tmp_path / f"v{number}", rows)
        files.append((tmp_path / f"v{number}").read_bytes())
    faiss.omp_set_num_threads(threads)
    assert files[0] == files[1] == files[2]


def test_threads_search_together_and_find_what_each_finds_alone(tmp_path: Path) -> None:
    rows = _clustered_rows(2_000)
    vectors = _written(tmp_path / "v", rows)
    questions = rows[:64]
    among = np.arange(2_000) % 3 == 0
    alone = [(vectors.search(q, 20)[0].tolist(), vectors.search(q, 20, among=among)[0].tolist()) for q in questions]
    found: dict[int, list[tuple[list[int], list[int]]]] = {}

    def search(number: int) -> None:
        found[number] = [
            (vectors.search(q, 20)[0].tolist(), vectors.search(q, 20, among=among)[0].tolist()) for q in questions
        ]

    threads = [threading.Thread(target=search, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [alone] * 4


@pytest.mark.parametrize("kept", [0, 3, 40, 200, 900, 0.5, 0.95])
def test_a_truncated_file_is_one_clear_line(tmp_path: Path, kept: float) -> None:
    Vectors.write(tmp_path / "v", _unit_rows(200))
    data = (tmp_path / "v").read_bytes()
    (tmp_path / "v").write_bytes(data[: int(kept if kept >= 1 else kept * len(data))])
    with pytest.raises(IndexFormatError, match=r"^[^\n]*not a readable vector file[^\n]*$"):
        Vectors.open(tmp_path / "v")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_rows_of_any_segments_are_searched_as_numpy_does(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    sizes = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=4))
    rows = _clustered_rows(max(sum(sizes), 1))[: sum(sizes)]
    if data.draw(st.booleans()):
        rows[1::2] = rows[: len(rows[1::2])]  # equal ones
    folder = tmp_path_factory.getbasetemp()
    starts = np.concatenate([[0], np.cumsum(sizes)]).tolist()
    for number, (start, stop) in enumerate(pairwise(starts)):
        Vectors.write(folder / f"part{number}", rows[start:stop])
    at = np.array(data.draw(st.permutations(range(len(rows)))), np.int32)
    at = at[: data.draw(st.integers(0, len(rows)))]  # in any order, some gone
    vectors = Vectors.open(*(folder / f"part{n}" for n in range(len(sizes))), places=Places(sizes, at))
    k, left = data.draw(st.integers(1, 40)), rows[at].reshape(-1, DIMENSION)
    among = np.array(data.draw(st.lists(st.booleans(), min_size=len(at), max_size=len(at))), np.bool_)
    assert np.array_equal(vectors[:], left.astype(np.float16).astype(np.float32))
    Vectors.write(folder / "one", left)
    for which in (None, among):
        for question in _unit_rows(2, seed=8):
            found, scores = vectors.search(question, k, among=which)
            alone = Vectors.open(folder / "one").search(question, k, among=which)
            assert (found.tolist(), scores.tolist()) == (alone[0].tolist(), alone[1].tolist())
            _, cosines = _exactly(left, question, k, which)
            np.testing.assert_allclose(scores, cosines, atol=1e-5)
