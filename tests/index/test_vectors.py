from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.vectors import Vectors, VectorsError


def _unit_rows(count: int, dimension: int = 16) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    rows = np.random.default_rng(7).standard_normal((count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


@pytest.mark.parametrize("count", [1, 2, 50, 1000])
def test_search_agrees_with_exact_numpy(tmp_path: Path, count: int) -> None:
    rows = _unit_rows(count)
    Vectors.write(tmp_path / "v", rows)
    vectors = Vectors.open(tmp_path / "v")
    stored = rows.astype(np.float16).astype(np.float32)
    for question in _unit_rows(5):
        found, scores = vectors.search(question, 10)
        exact = stored @ question
        best = np.argsort(-exact, kind="stable")[:10]
        assert list(found) == list(best)
        np.testing.assert_allclose(scores, exact[best], atol=1e-5)


def test_more_wanted_than_there_are_gives_all_and_no_padding(tmp_path: Path) -> None:
    Vectors.write(tmp_path / "v", _unit_rows(3))
    rows, scores = Vectors.open(tmp_path / "v").search(_unit_rows(1)[0], 10)
    assert sorted(rows) == [0, 1, 2]
    assert list(scores) == sorted(scores, reverse=True)


def test_equal_scores_are_ordered_by_row(tmp_path: Path) -> None:
    same = np.repeat(_unit_rows(1), 4, axis=0)
    Vectors.write(tmp_path / "v", same)
    assert list(Vectors.open(tmp_path / "v").search(same[0], 4)[0]) == [0, 1, 2, 3]


def test_an_empty_index_is_written_and_searched(tmp_path: Path) -> None:
    Vectors.write(tmp_path / "v", np.empty((0, 16), np.float32))
    vectors = Vectors.open(tmp_path / "v")
    assert vectors.count == 0
    assert len(vectors.search(_unit_rows(1)[0], 5)[0]) == 0


def test_rows_come_back_in_half_precision(tmp_path: Path) -> None:
    rows = _unit_rows(20)
    Vectors.write(tmp_path / "v", rows)
    back = Vectors.open(tmp_path / "v").rows(np.array([3, 1]))
    np.testing.assert_allclose(back, rows[[3, 1]], atol=1e-3)


@pytest.mark.parametrize("kept", [0, 3, 40, 200])
def test_a_truncated_file_is_one_clear_line(tmp_path: Path, kept: int) -> None:
    Vectors.write(tmp_path / "v", _unit_rows(20))
    (tmp_path / "v").write_bytes((tmp_path / "v").read_bytes()[:kept])
    with pytest.raises(VectorsError, match="not a readable vector file"):
        Vectors.open(tmp_path / "v")
