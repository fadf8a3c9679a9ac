"""The bundled model in 32 bits, on the device of torch that every machine has: the CPU."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from index import build_index, load_embedder
from index.embedding.centring import Centring
from index.embedding.embedder import DEFAULT_MODEL, EXACT_MODEL, DeviceError, Embedder, find_device
from index.store.anywhere.stores import open_generation
from index.text.passages import passage_text

if TYPE_CHECKING:
    from tests.index.conftest import Library

TEXTS = ["Le chat dort sur le toit.", "The moon is full tonight.", "Учёные обнаружили новый вид рыб. " * 9]


@pytest.fixture(scope="module")
def exact() -> Embedder:
    return load_embedder(EXACT_MODEL, device="cpu")


def model_of(library: Library) -> tuple[str, str]:
    manifest = json.loads((library.generation / "manifest.json").read_text())
    return manifest["model"] or DEFAULT_MODEL, manifest["embedder"]


def test_vectors_are_those_of_the_model_in_32_bits(exact: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(load_embedder().folder), device="cpu")
    for prompt, embedded in (("passage: ", exact.embed_passages(TEXTS)), ("query: ", exact.embed_questions(TEXTS))):
        wanted = reference.encode(TEXTS, prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
        assert (embedded * np.asarray(wanted)).sum(axis=1).min() > 1 - 1e-3


def test_it_has_a_fingerprint_of_its_own_and_the_means_of_the_model(exact: Embedder) -> None:
    default = load_embedder()
    assert exact.fingerprint != default.fingerprint
    assert Centring.load(exact.fingerprint).fingerprint == Centring.load(default.fingerprint).fingerprint != ""
    assert Centring.load(f"{default.fingerprint[:-1]}@fp32").fingerprint == ""


def test_an_index_goes_to_32_bits_as_a_whole_and_back(library: Library) -> None:
    before = library.build()
    report = library.build(device="cpu")
    assert report.embedded == report.passages == before.passages
    assert report.notes == [f"the model changed ({DEFAULT_MODEL} -> {EXACT_MODEL}): everything is embedded anew"]
    assert model_of(library) == (EXACT_MODEL, load_embedder(EXACT_MODEL).fingerprint)
    back = library.build(model=DEFAULT_MODEL)
    assert back.embedded == 0  # both are in the cache
    assert model_of(library) == (DEFAULT_MODEL, load_embedder().fingerprint)


def test_what_is_added_without_the_device_is_in_32_bits_too(library: Library, exact: Embedder) -> None:
    library.build(device="cpu")
    library.write(zebre="# Le zèbre\n\nLe zèbre court dans la plaine.\n")
    assert library.build().embedded == 1
    assert model_of(library)[0] == EXACT_MODEL
    with closing(open_generation(library.index)) as generation:
        rows = range(generation.vectors.count)
        passages = generation.passages(list(rows))
        stored = generation.vectors.rows(np.array(rows))
    texts, languages = [passage_text(p.title, p.text) for p in passages], [p.language for p in passages]
    centring = Centring.load(exact.fingerprint)
    in_32, in_8 = (
        (stored * centring.apply(embedder.embed_passages(texts), languages, "passage")).sum(axis=1)
        for embedder in (exact, load_embedder())
    )
    assert in_32.min() > 0.9999  # stored in half precision
    assert in_8.max() < 0.9999


def test_a_device_that_is_not_there_is_one_clear_line_and_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"^device 'tpu': no such name, wanted: one of auto, cpu, cuda, mps; or"):
        build_index(tmp_path, tmp_path / "index", device="tpu")
    absent = "mps" if torch.cuda.is_available() else "cuda"
    with pytest.raises(DeviceError, match=rf"^device '{absent}': torch .* finds none here, wanted: .*cpu.*; or leave"):
        build_index(tmp_path, tmp_path / "index", device=absent)
    assert not (tmp_path / "index").exists()


def test_auto_is_the_accelerator_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for cuda, mps, wanted in ((True, True, "cuda"), (False, True, "mps"), (False, False, None)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=cuda: there)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda there=mps: there)
        assert find_device("auto") == wanted
    assert find_device("cpu") == "cpu"
