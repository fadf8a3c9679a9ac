from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from index import load_embedder
from index.embedding.bundled.prepare import bundled_folder
from index.embedding.onnx import OnnxEmbedder
from retrieval.learning.reader.learning import Batch, _Step, encode, train
from retrieval.learning.reader.near_misses import Example, Examples
from retrieval.learning.reader.network import Lower, Upper, average, export, load_exported, load_network
from retrieval.learning.reader.questions import read_folder
from retrieval.reader.reading import Reader
from tests.retrieval.learning.reader.conftest import PARAGRAPHS, write_folder

TEXT = PARAGRAPHS["pont", "fr"]


@pytest.fixture(scope="module")
def networks() -> tuple[Lower, Upper]:
    torch.manual_seed(0)
    lower, upper = load_network(bundled_folder())
    return lower, upper.eval()


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    loaded = load_embedder()
    assert isinstance(loaded, OnnxEmbedder)
    return loaded


def test_the_two_halves_are_the_embedder(networks: tuple[Lower, Upper], embedder: OnnxEmbedder) -> None:
    lower, upper = networks
    ids = torch.tensor([embedder.tokenizer.encode("passage: " + TEXT)])
    with torch.no_grad():
        state = lower(ids, torch.arange(ids.shape[1])[None], torch.ones(1, 1, 1, ids.shape[1], dtype=torch.bool))
        mask = torch.ones(1, 1, 1, ids.shape[1], dtype=torch.bool)
        for layer in upper.layers:
            state = layer(state, mask)
    vector = state[0].mean(dim=0).numpy()
    assert vector @ embedder.embed_passages([TEXT])[0] / np.linalg.norm(vector) > 0.998


def test_padding_and_the_rest_of_a_batch_change_nothing(networks: tuple[Lower, Upper], embedder: OnnxEmbedder) -> None:
    lower, upper = networks
    short, long = (
        encode(Example("Quand ?", "Pont", text, ()), embedder.tokenizer) for text in (TEXT[:60], TEXT + " " + TEXT)
    )
    with torch.no_grad():
        spans = []
        for pairs in ([short], [short, long]):
            batch = Batch.of(pairs)
            span, answerable = upper(lower(batch.ids, batch.places, batch.apart), batch.side, batch.together)
            spans.append((span[0, : len(short.ids)], answerable[0]))
    assert torch.allclose(spans[0][0], spans[1][0], atol=1e-4)
    assert torch.allclose(spans[0][1], spans[1][1], atol=1e-4)


def test_the_file_that_ships_reads_as_the_network_does(
    networks: tuple[Lower, Upper], embedder: OnnxEmbedder, tmp_path: Path
) -> None:
    lower, upper = networks
    path = tmp_path / "reader.onnx"
    digest = export(upper, path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    assert path.stat().st_size < 25_000_000
    path.with_suffix(".json").write_text(f'{{"sha256": "{digest}"}}', encoding="utf-8")
    question = "En quelle année le pont a-t-il été ouvert ?"
    (reading,) = Reader(path).read(question, [("Pont de Morvan", TEXT)])
    pair = encode(Example(question, "Pont de Morvan", TEXT, ()), embedder.tokenizer)
    batch = Batch.of([pair])
    with torch.no_grad():
        span, answerable = upper(lower(batch.ids, batch.places, batch.apart), batch.side, batch.together)
    assert abs(float(answerable[0]) - reading.answerable) < 0.1
    shares = span[0].masked_fill(~batch.choices[0][:, None], -1e4).softmax(dim=0)
    last = len(pair.ids) - 1
    assert np.abs(shares[pair.first_token : last, 0].numpy() - reading.starts).max() < 0.01
    assert np.abs(shares[pair.first_token : last, 1].numpy() - reading.ends).max() < 0.01


def test_a_file_is_taken_back_to_go_on_from(networks: tuple[Lower, Upper], tmp_path: Path) -> None:
    _, upper = networks
    export(upper, tmp_path / "one.onnx")
    _, other = load_network(bundled_folder())
    load_exported(other, tmp_path / "one.onnx")
    for name, value in upper.state_dict().items():
        taken = other.state_dict()[name]
        step = value.abs().amax(dim=-1, keepdim=True) / 64  # of 7 bits
        assert bool(((taken - value).abs() <= step * 0.51 + 1e-6).all()), name
    with torch.no_grad():
        other.span.bias.add_(1)
    average(other, tmp_path / "one.onnx")
    assert torch.allclose(other.span.bias, upper.span.bias + 0.7)
    export(other, tmp_path / "two.onnx")
    one, two = ((tmp_path / f"{name}.onnx").stat().st_size for name in ("one", "two"))
    assert one == two


def test_where_nobody_marked_the_answer_only_that_there_is_one_is_learned(
    networks: tuple[Lower, Upper], embedder: OnnxEmbedder
) -> None:
    pairs = [encode(Example("Quand ?", "Pont", TEXT, answers), embedder.tokenizer) for answers in ((), (), ((33, 37),))]
    batch = Batch.of(pairs, [True, False, False])
    assert batch.answerable.tolist() == [1.0, 0.0, 1.0]
    assert batch.is_marked.tolist() == [False, True, True]
    lower, upper = networks
    step = _Step(lower, upper.train())
    try:
        step.loss(Batch.of(pairs[:1], [True])).backward()  # type: ignore[no-untyped-call]  # torch has no types here
        assert upper.span.weight.grad is not None
        assert float(upper.span.weight.grad.abs().max()) == 0
        assert float(upper.answerable.weight.grad.abs().max()) > 0  # type: ignore[union-attr]
    finally:
        upper.zero_grad(set_to_none=True)
        upper.eval()


def test_training_learns_and_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = Examples(read_folder(write_folder(tmp_path / "learn")), load_embedder())
    monkeypatch.setattr("retrieval.learning.reader.learning._SAVE_EVERY", 1)
    monkeypatch.setattr("retrieval.learning.reader.learning._BATCH", 8)
    kept = tmp_path / "kept"
    seen: list[int] = []
    whole = train(examples, rounds=1, progress=lambda _what, done, _all: seen.append(done))

    def stop_at_the_second(_what: str, done: int, _all: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(examples, rounds=1, kept=kept, progress=stop_at_the_second)
    assert kept.exists()
    went_on: list[int] = []
    again = train(examples, rounds=1, kept=kept, progress=lambda _what, done, _all: went_on.append(done))
    assert went_on == seen[1:]
    assert not kept.exists()
    assert seen == [0, 1]
    before, after, resumed = (
        net.state_dict()["layers.0.fo.weight"] for net in (load_network(bundled_folder())[1], whole, again)
    )
    assert float((after - before).abs().max()) > 1e-5
    assert float((after - resumed).abs().mean()) < float((after - before).abs().mean()) / 100
