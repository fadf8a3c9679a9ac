from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.search.fusion import Fusion, Scores
from retrieval.search.sample import Scale

PLAIN = Fusion(cosine=1.0, sentence=1.0, lexical=1.0, gate_from=0.4, gate_to=0.8, neighbour=0.0, before=0.5)


def scores(cosine: list[float], bm25: list[float], coverage: float = 1.0) -> Scores:
    """Scores whose z-scores are what they are and whose sentences all are as similar."""
    of_cosine, of_bm25 = np.array(cosine, np.float32), np.array(bm25, np.float32)
    none = np.zeros(len(cosine), np.float32)
    return Scores(of_cosine, of_cosine, none, none, of_bm25, of_bm25, coverage)


APART = np.array([False, False])


@pytest.mark.parametrize(
    ("coverage", "gate"), [(0.0, 0.0), (0.4, 0.0), (0.5, 0.25), (0.6, 0.5), (0.8, 1.0), (0.9, 1.0), (1.0, 1.0)]
)
def test_words_are_listened_to_as_far_as_the_articles_hold_them(coverage: float, gate: float) -> None:
    assert PLAIN.gate(coverage) == pytest.approx(gate)


def test_words_that_the_articles_do_not_hold_change_nothing() -> None:
    fused = PLAIN.fuse([scores([3, 1, 2], [0, 9, 0], coverage=0.3)], APART)
    assert fused.tolist() == [3, 1, 2]


def test_words_count_by_their_weight_and_the_gate() -> None:
    fused = replace(PLAIN, lexical=0.5).fuse([scores([3, 1, 2], [0, 8, 0], coverage=0.6)], APART)
    assert fused.tolist() == pytest.approx([3, 3, 2])


def test_a_follow_up_adds_half_of_what_it_finds_with_the_question_before() -> None:
    fused = PLAIN.fuse([scores([3, 1, 2], [0, 0, 0]), scores([0, 6, 0], [0, 0, 0])], APART)
    assert fused.tolist() == pytest.approx([3, 4, 2])


def test_only_a_worse_passage_beside_a_better_one_of_its_article_gains() -> None:
    fusion = replace(PLAIN, neighbour=0.25)
    fused = fusion.fuse([scores([4, 0, 8], [0, 0, 0])], np.array([True, False]))
    assert fused.tolist() == pytest.approx([4, 1, 8])
    fused = fusion.fuse([scores([4, 0, 8], [0, 0, 0])], np.array([True, True]))
    assert fused.tolist() == pytest.approx([4, 2, 8])


def test_the_shipped_constants_are_read_from_a_readable_file_and_written_as_they_were(tmp_path: Path) -> None:
    Fusion.load().save(tmp_path / "fusion.json")
    assert '"neighbour": ' in (tmp_path / "fusion.json").read_text(encoding="utf-8")
    from retrieval.search.fusion import FUSION_FILE

    assert (tmp_path / "fusion.json").read_bytes() == FUSION_FILE.read_bytes()


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_a_scale_is_the_sample_together_with_thirty_usual_scores(scores: list[float]) -> None:
    usual = Scale(0.2, 0.07)
    thirty = [usual.mean - usual.deviation, usual.mean + usual.deviation] * 15
    together: NDArray[np.float64] = np.array([*scores, *thirty])
    scale = Scale.of(np.array(scores, np.float32), usual)
    assert scale.mean == pytest.approx(float(together.mean()), abs=1e-5)
    assert scale.deviation == pytest.approx(float(together.std()), abs=1e-5)
    np.testing.assert_allclose(
        scale.z(np.array(scores, np.float32)), (np.array(scores) - together.mean()) / together.std(), atol=1e-3
    )


def test_a_scale_of_nothing_is_the_usual_one() -> None:
    scale = Scale.of(np.array([], np.float32), Scale(0.2, 0.07))
    assert [scale.mean, scale.deviation] == pytest.approx([0.2, 0.07])
