from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import index.store.segments.vectors
from index.store.segments.vectors import VectorRows, blocks

ROWS = np.random.default_rng(1).standard_normal((100, 8)).astype(np.float32)
HALVES = ROWS.astype(np.float16)


@pytest.fixture
def rows(tmp_path: Path) -> VectorRows:
    (tmp_path / "rows").write_bytes(HALVES.tobytes())
    return VectorRows.open(tmp_path / "rows", 8)


def test_slices_are_those_of_the_array(rows: VectorRows) -> None:
    assert len(rows) == 100
    for part in (slice(0, 100), slice(3, 7), slice(90, 200), slice(50, 50), slice(60, 50), slice(None), slice(0)):
        assert np.array_equal(rows[part], HALVES[part])
        assert rows[part].shape[1] == 8


def test_bytes_of_rows_are_those_of_the_array(rows: VectorRows) -> None:
    for first, count in ((90, 2), (0, 3), (5, 0)):
        assert rows.read(first, count) == HALVES[first : first + count].tobytes()


def test_what_was_appended_is_read_back_and_leaves_no_file(tmp_path: Path) -> None:
    rows = VectorRows.temporary(tmp_path, 8)
    assert rows[:0].shape == (0, 8)
    for start in range(0, 100, 30):
        rows.append(ROWS[start : start + 30])
        assert len(rows) == min(start + 30, 100)
    assert np.array_equal(rows[:], HALVES)
    assert list(tmp_path.iterdir()) == []


def test_blocks_are_all_rows_in_order_and_never_more_than_fit(
    rows: VectorRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.store.segments.vectors, "_BLOCK", 16)
    for source in (rows, HALVES):
        found = list(blocks(source))
        assert [len(block) for block in found] == [16] * 6 + [4]
        assert np.array_equal(np.concatenate(found), HALVES)
    assert list(blocks(HALVES[:0])) == []
