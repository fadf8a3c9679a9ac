"""The reranker, with tiny CrossEncoders of random weights, made on the spot."""

from __future__ import annotations

import json
import os
import shutil
import string
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import ArticlebotError
from retrieval.search.reranker import CrossEncoderReranker, RerankerError, load_reranker

QUESTION = "Qui dort sur le toit ?"
TEXTS = [
    "Le chat dort sur le toit.",
    "Il pleut.",
    "",
    "Le chien mange un os, puis il dort devant la porte de la maison.",
    "The ferry was cancelled",
]
LONGEST = 64  # tokens that the tiny model reads


def write_model(folder: Path, labels: int = 1, kind: str = "BertForSequenceClassification") -> Path:
    """Writes a model of one layer that knows the letters of the alphabet."""
    import torch
    import transformers

    folder.mkdir()
    letters = string.ascii_lowercase
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(pieces), encoding="utf-8")
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=LONGEST, initializer_range=0.5,
    )  # fmt: skip
    config.num_labels = labels
    with torch.random.fork_rng():
        torch.manual_seed(0)
        getattr(transformers, kind)(config).save_pretrained(folder)
    transformers.BertTokenizer(str(vocabulary)).save_pretrained(folder)
    return folder


def scored_by_transformers(folder: Path, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """Returns the logits, one text at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.inference_mode():
        encoded = [tokenizer([question], [t], truncation=True, max_length=LONGEST, return_tensors="pt") for t in texts]
        return np.array([float(model(**each).logits[0, 0]) for each in encoded], np.float32)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CrossEncoder's folder, not to be changed."""
    return write_model(tmp_path_factory.mktemp("models") / "reranker")


@pytest.fixture(scope="session")
def reranker(folder: Path) -> CrossEncoderReranker:
    return load_reranker(str(folder))


@pytest.fixture
def damaged(folder: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    return Path(shutil.copytree(folder, tmp_path / "damaged"))


def refusal(model: Path | str) -> str:
    """Returns the error of loading this model: one line that names it."""
    with pytest.raises(RerankerError) as caught:
        load_reranker(str(model))
    assert isinstance(caught.value, ArticlebotError)
    assert str(caught.value).startswith(f"model {str(model)!r} ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Scores


def test_scores_are_those_of_the_model(reranker: CrossEncoderReranker, folder: Path) -> None:
    scores, wanted = reranker.score(QUESTION, TEXTS), scored_by_transformers(folder, QUESTION, TEXTS)
    assert scores.dtype == np.float32
    assert scores.shape == (len(TEXTS),)
    np.testing.assert_allclose(scores, wanted, atol=1e-5)
    assert len(set(wanted.round(3))) == len(TEXTS)
    assert scores.argsort().tolist() == wanted.argsort().tolist()


def test_a_folder_saved_by_sentence_transformers_scores_the_same(
    reranker: CrossEncoderReranker, folder: Path, tmp_path: Path
) -> None:
    from sentence_transformers import CrossEncoder

    CrossEncoder(str(folder), device="cpu", local_files_only=True).save_pretrained(str(tmp_path / "saved"))
    saved = load_reranker(str(tmp_path / "saved"))
    np.testing.assert_allclose(saved.score(QUESTION, TEXTS), reranker.score(QUESTION, TEXTS), atol=1e-6)


def test_a_text_scores_the_same_alone_and_in_company(reranker: CrossEncoderReranker) -> None:
    many = TEXTS * 20  # more than one batch
    together = reranker.score(QUESTION, many)
    alone = np.concatenate([reranker.score(QUESTION, [text]) for text in many])
    backwards = reranker.score(QUESTION, many[::-1])[::-1]
    np.testing.assert_allclose(alone, together, atol=1e-5)
    np.testing.assert_allclose(backwards, together, atol=1e-5)


def test_what_lies_beyond_the_models_maximum_is_not_read(reranker: CrossEncoderReranker) -> None:
    short, long = reranker.score(QUESTION, ["mot " * LONGEST, "mot " * LONGEST + "tout autre chose " * 100_000])
    assert short == pytest.approx(long, abs=1e-5)
    assert np.isfinite(reranker.score("quoi " * 1_000, TEXTS)).all()


def test_no_texts_have_no_scores(reranker: CrossEncoderReranker) -> None:
    scores = reranker.score(QUESTION, [])
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


def test_any_text_has_a_finite_score(reranker: CrossEncoderReranker) -> None:
    awkward = ["", " ", "\ud800 seul", "\x00\x01", "人工智能", "[SEP] [CLS]", "👨‍👩‍👧"]
    for text in awkward:
        assert np.isfinite(reranker.score(text, awkward)).all()


def test_several_threads_may_ask_at_once(reranker: CrossEncoderReranker) -> None:
    wanted = reranker.score(QUESTION, TEXTS)
    with ThreadPoolExecutor(8) as pool:
        for scores in pool.map(lambda _: reranker.score(QUESTION, TEXTS), range(50)):
            np.testing.assert_allclose(scores, wanted, atol=1e-5)


def test_scoring_prints_nothing(reranker: CrossEncoderReranker, capfd: pytest.CaptureFixture[str]) -> None:
    reranker.score(QUESTION, TEXTS)
    assert capfd.readouterr() == ("", "")


# Loading


def test_one_instance_under_all_names_of_a_folder(
    reranker: CrossEncoderReranker, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    names = [str(folder), f"{folder}/", folder.name, f"./{folder.name}"]
    with ThreadPoolExecutor(4) as pool:
        assert {id(loaded) for loaded in pool.map(load_reranker, names)} == {id(reranker)}


def test_importing_it_imports_no_torch() -> None:
    code = (
        "import sys; import retrieval.search.reranker;"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'huggingface_hub'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("name", ["./no-such-folder", "~/no-such-folder", "/no/such/folder"])
def test_a_folder_that_is_not_there_is_one_clear_error(name: str) -> None:
    assert "cannot be loaded (no such folder); wanted: a CrossEncoder's folder" in refusal(name)


@pytest.mark.parametrize("name", ["no such model", "nobody/no-such-model"])
def test_a_name_out_of_reach_is_one_clear_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "or the name of a hub model within reach; check it, or leave the reranker out" in refusal(name)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    assert "cannot be loaded (" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_a_folder_whose_weights_are_damaged_is_refused(damaged: Path, content: bytes | None) -> None:
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:500] if content is None else content)
    assert "cannot be loaded (" in refusal(damaged)


def test_a_folder_without_its_tokenizer_is_refused(damaged: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (damaged / name).unlink()
    assert "every text scores alike" in refusal(damaged)


def test_a_model_of_three_labels_is_refused(tmp_path: Path) -> None:
    assert "is no reranker: 3 labels, wanted 1; name another" in refusal(write_model(tmp_path / "three", labels=3))


def test_a_model_that_is_no_cross_encoder_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "embedder", kind="BertModel")
    assert "is no reranker: a BertModel, wanted a CrossEncoder" in refusal(folder)


def test_code_in_a_folder_is_never_run(damaged: Path, tmp_path: Path) -> None:
    (damaged / "own.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w')", encoding="utf-8")
    config = json.loads((damaged / "config.json").read_bytes())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (damaged / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert "cannot be loaded (" in refusal(damaged)
    assert not (tmp_path / "was-run").exists()


def test_a_missing_package_is_one_clear_error(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    assert "wanted: the package sentence-transformers; run: pip install" in refusal(damaged)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_scores_that_are_not_finite_are_refused(
    folder: Path, tmp_path: Path, score: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = load_reranker(str(shutil.copytree(folder, tmp_path / "broken")))
    monkeypatch.setattr(own._model, "predict", lambda pairs, **_: np.full(len(pairs), score))
    with pytest.raises(RerankerError, match=f"a score of {score}, wanted finite numbers"):
        own.score(QUESTION, TEXTS)


def test_scores_of_another_shape_are_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = load_reranker(str(shutil.copytree(folder, tmp_path / "broken")))
    monkeypatch.setattr(own._model, "predict", lambda pairs, **_: np.zeros((len(pairs), 2)))
    with pytest.raises(RerankerError, match=r"scores of shape \(5, 2\), wanted \(5,\)"):
        own.score(QUESTION, TEXTS)
