from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import load_embedder
from index.embedding.centring import SIDES, Centring, Side

_DRAW = np.random.default_rng(12)
DIMENSION = 8
MEANS = {
    f"{side}/{language}": (_DRAW.normal(size=DIMENSION) * 0.3).astype(np.float32)
    for side in SIDES
    for language in ("fr", "ar", "")
}


def unit_rows(count: int, seed: int = 1) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def by_hand(vector: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float64]:
    moved = vector.astype(np.float64) - 0.8 * mean.astype(np.float64)
    return np.asarray(moved / np.sqrt((moved**2).sum()))


@pytest.mark.parametrize("side", SIDES)
@settings(max_examples=30, deadline=None)
@given(languages=st.lists(st.sampled_from(["fr", "ar", "sw", ""]), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_four_fifths_of_the_language_mean_go_and_the_rest_is_a_unit_vector(
    side: Side, languages: list[str], seed: int
) -> None:
    vectors = unit_rows(len(languages), seed)
    centred = Centring(MEANS).apply(vectors, languages, side)
    for row, vector, language in zip(centred, vectors, languages, strict=True):
        mean = MEANS.get(f"{side}/{language}", MEANS[f"{side}/"])
        np.testing.assert_allclose(row, by_hand(vector, mean), atol=1e-6)
    assert centred.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-6)


def test_an_unknown_language_takes_the_mean_over_all() -> None:
    vectors = unit_rows(2)
    centring = Centring(MEANS)
    np.testing.assert_array_equal(
        centring.apply(vectors, ["sw", "tlh"], "question"), centring.apply(vectors, ["", ""], "question")
    )


def test_each_side_has_means_of_its_own() -> None:
    centred = [Centring(MEANS).apply(unit_rows(1), ["fr"], side) for side in SIDES]
    assert not np.allclose(centred[0], centred[1])
    assert not np.allclose(centred[1], centred[2])


def test_the_caller_keeps_his_vectors() -> None:
    vectors = unit_rows(3)
    before = vectors.copy()
    Centring(MEANS).apply(vectors, ["fr", "ar", "fr"], "passage")
    np.testing.assert_array_equal(vectors, before)


def test_a_vector_depends_on_its_own_language_only() -> None:
    vectors, centring = unit_rows(3), Centring(MEANS)
    together = centring.apply(vectors, ["fr", "ar", "sw"], "sentence")
    alone = [centring.apply(vectors[i : i + 1], [name], "sentence")[0] for i, name in enumerate(["fr", "ar", "sw"])]
    assert together.tobytes() == np.array(alone).tobytes()


def test_without_means_nothing_is_done() -> None:
    vectors = unit_rows(2)
    assert Centring({}).apply(vectors, ["fr", "ar"], "passage") is vectors
    assert Centring({}).fingerprint == ""
    assert Centring({}).languages == []


def test_no_vectors_are_no_error() -> None:
    assert Centring(MEANS).apply(np.empty((0, DIMENSION), np.float32), [], "passage").shape == (0, DIMENSION)


def test_fingerprint_changes_with_any_mean_and_any_name() -> None:
    moved = {name: mean.copy() for name, mean in MEANS.items()}
    moved["sentence/ar"][3] += 1e-4
    renamed = {name.replace("ar", "he"): mean for name, mean in MEANS.items()}
    fewer = {name: mean for name, mean in MEANS.items() if name != "question/fr"}
    prints = [Centring(means).fingerprint for means in (MEANS, moved, renamed, fewer)]
    assert len(set(prints)) == 4
    assert all(prints)


def test_fingerprint_does_not_depend_on_the_order_of_the_means() -> None:
    assert Centring(dict(reversed(MEANS.items()))).fingerprint == Centring(MEANS).fingerprint


def test_what_is_saved_is_loaded_for_its_model_and_no_other(tmp_path: Path) -> None:
    path, centring = tmp_path / "means.npz", Centring(MEANS)
    centring.save("this model", path)
    loaded = Centring.load("this model", path)
    assert loaded.fingerprint == centring.fingerprint
    assert loaded.languages == ["ar", "fr"]
    vectors = unit_rows(2)
    for side in SIDES:
        same = centring.apply(vectors, ["fr", "sw"], side)
        assert loaded.apply(vectors, ["fr", "sw"], side).tobytes() == same.tobytes()
    other = Centring.load("another model", path)
    assert other.fingerprint == ""
    assert other.apply(vectors, ["fr", "sw"], "passage") is vectors


def test_without_a_file_nothing_is_centred(tmp_path: Path) -> None:
    assert Centring.load("this model", tmp_path / "none.npz").fingerprint == ""


def test_the_shipped_means_are_those_of_the_bundled_model() -> None:
    embedder = load_embedder()
    centring = Centring.load(embedder.fingerprint)
    assert centring.fingerprint
    assert len(centring.languages) == 11
    assert {"ar", "de", "en", "es", "fr", "ru", "zh"} <= set(centring.languages)
    vectors = embedder.embed_questions(["Où est le pont ?", "Where is the bridge?"])
    centred = centring.apply(vectors, ["fr", "en"], "question")
    assert centred.shape == (2, embedder.dimension)
    np.testing.assert_allclose(np.linalg.norm(centred, axis=1), 1, atol=1e-5)


def test_the_shipped_means_bring_a_sentence_nearer_to_its_translation_than_to_its_language() -> None:
    embedder = load_embedder()
    texts = ["Le pont est fermé aux camions.", "The bridge is closed to lorries.", "Le chat dort sur le toit."]
    vectors = embedder.embed_passages(texts)
    centred = Centring.load(embedder.fingerprint).apply(vectors, ["fr", "en", "fr"], "sentence")

    def lead(rows: NDArray[np.float32]) -> float:
        return float(rows[0] @ rows[1] - rows[0] @ rows[2])

    assert lead(centred) > lead(vectors) + 0.1
