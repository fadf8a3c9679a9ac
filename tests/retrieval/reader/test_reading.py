from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from index.embedding.bundled.prepare import bundled_folder
from retrieval import ArticleQA
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.extract import extract
from retrieval.answering.readings import read_passages, whole_words
from retrieval.answering.weights import Weights
from retrieval.learning.reader.network import export, load_network
from retrieval.reader import reading as module
from retrieval.reader.reading import PassageReading, Reader, ReaderError, load_reader
from tests.retrieval.learning.reader.conftest import PARAGRAPHS
from tests.retrieval.reader.marking import Marking

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

BRIDGE = (
    "# Le pont de Morvan\n\nLe pont de Morvan relie les deux rives de la rivière. "
    "Une plaque rappelle le nom de son architecte, une femme du pays. Les péniches passent sous son arche."
)
READ = {"read": 3.0, "read_passage": 0.1}
WEIGHTS = replace(
    Weights.load(),
    reading=Weights(
        sentence=dict(Weights.load().sentence) | READ,
        answerable={"intercept": 0.0, "read_most": 1.0},
        threshold=0.5,
        margin=2.5,
    ),
    sure=(0.0, 1.0),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("reader") / "reader.onnx"
    digest = export(load_network(bundled_folder())[1].eval(), path)
    path.with_suffix(".json").write_text(json.dumps({"sha256": digest}), encoding="utf-8")
    return path


@pytest.fixture
def shipped(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(module, "READER_FILE", path)
    module._load.cache_clear()
    yield path
    module._load.cache_clear()


# The reader itself


def test_shares_add_up_and_answers_stand_in_the_text(path: Path) -> None:
    passages = [("Pont de Morvan", text) for text in PARAGRAPHS.values()] + [("", "Un."), ("Un titre", "北京是首都。")]
    for (_, text), found in zip(passages, Reader(path).read("Quand a-t-il ouvert ?", passages), strict=True):
        assert 0.0 <= found.none <= 1.0
        assert found.starts.sum() <= 1.0 + 1e-5
        assert len(found.spans) == len(found.starts) == len(found.ends)
        start, end = found.answer(0, len(text)) or (0, 0)
        assert 0 <= start < end <= len(text)
        assert abs(found.share(0, len(text)) - (found.starts.sum() + found.ends.sum()) / 2) < 1e-5


def test_a_text_is_read_the_same_alone_and_among_others(path: Path) -> None:
    reader = Reader(path)
    texts = [("Pont", text) for text in PARAGRAPHS.values()]
    together = reader.read("Quand ?", texts)
    for text, found in zip(texts, together, strict=True):
        (alone,) = reader.read("Quand ?", [text])
        assert (alone.answerable, alone.none) == (found.answerable, found.none)
        assert alone.starts.tobytes() == found.starts.tobytes()


def test_nothing_to_read_is_nothing(path: Path) -> None:
    assert Reader(path).read("Quand ?", []) == []


def test_a_damaged_file_is_refused_in_one_line(path: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "reader.onnx"
    damaged.write_bytes(path.read_bytes()[:-1] + b"\0")
    damaged.with_suffix(".json").write_bytes(path.with_suffix(".json").read_bytes())
    with pytest.raises(
        ReaderError, match=r"checksum .*, wanted .*; install articlebot again, or set ARTICLEBOT_READER"
    ):
        Reader(damaged)


def test_without_the_file_there_is_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READER_FILE", tmp_path / "none.onnx")
    module._load.cache_clear()
    assert load_reader() is None
    module._load.cache_clear()


def test_an_index_is_opened_with_the_shipped_reader_without_one_and_with_ones_own(
    shipped: Path, seed_index: Path
) -> None:
    assert shipped.exists()
    own = Marking("Tartous", 4.0)
    for given, wanted in ((True, load_reader()), (False, None), (own, own)):
        with closing(ArticleQA.open(seed_index, reader=given)) as qa:
            assert qa.reader is wanted


def test_the_reader_that_ships_is_whole_and_finds_an_answer() -> None:
    assert sum(path.stat().st_size for path in (module.READER_FILE, module.CARD_FILE)) < 25_000_000
    (there, missing) = Reader(module.READER_FILE).read(
        "Combien de mètres mesure le pont ?",
        [("Pont de Morvan", PARAGRAPHS["pont", "fr"]), ("Moulin de Kerlou", PARAGRAPHS["moulin", "fr"])],
    )
    start, end = there.answer(0, len(PARAGRAPHS["pont", "fr"])) or (0, 0)
    assert "240" in PARAGRAPHS["pont", "fr"][start:end]
    assert there.answerable > 0 > missing.answerable


# What answers make of it


def test_what_is_read_ranks_and_is_marked(small: Small) -> None:
    qa = small(pont=BRIDGE)
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    plain = extract(results, qa.generation, replace(WEIGHTS, reading=None, threshold=0.0))
    assert "plaque" not in plain.drafts[0].quote or len(plain.drafts) > 1
    read = extract(results, qa.generation, WEIGHTS, Marking("une femme du pays", 4.0))
    (draft,) = [draft for draft in read.drafts if "plaque" in draft.quote]
    assert [draft.quote[start:end] for start, end in draft.highlights] == ["une femme du pays"]
    assert read.probability > 0.9


def test_what_the_reader_does_not_see_is_refused(small: Small) -> None:
    qa = small(pont=BRIDGE)
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    refused = extract(results, qa.generation, WEIGHTS, Marking("absent", 4.0))
    assert refused.drafts == []
    assert refused.probability < 0.1


@pytest.mark.parametrize("sure", [(1.0, 1.0), (0.0, 0.0)])
def test_where_similarity_is_sure_nothing_is_read(small: Small, sure: tuple[float, float]) -> None:
    qa = small(pont=BRIDGE)
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    reader = Marking("plaque", 4.0)
    evidence = gather_evidence(results, qa.generation, replace(WEIGHTS, sure=sure), reader)
    assert reader.asked == []
    assert not evidence.was_read
    assert evidence.features == gather_evidence(results, qa.generation, WEIGHTS).features


def test_a_follow_up_is_read_by_itself_and_with_what_it_leans_on(small: Small) -> None:
    from retrieval import Conversation

    qa = small(pont=BRIDGE)
    chat = Conversation()
    chat.add("Où est le pont de Morvan ?", "Sur la rivière.")
    results = qa.retrieve(qa.understand("Et qui l'a dessiné ?", chat)).results
    assert results
    reader = Marking("plaque", 4.0)
    gather_evidence(results, qa.generation, WEIGHTS, reader)
    assert reader.asked == ["Et qui l'a dessiné ?", "Où est le pont de Morvan ? Et qui l'a dessiné ?"]


def test_readings_of_two_questions_count_as_much_as_their_questions(small: Small) -> None:
    qa = small(pont=BRIDGE)
    passage = qa.search("Qui a dessiné le pont ?")[0]

    class Twofold(Marking):
        def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
            return Marking("femme" if question == "Et qui ?" else "rivière", 3.0).read(question, passages)

    one, both = (
        read_passages(asked, [passage, passage], Twofold("", 0.0))[passage.id]
        for asked in ({"Et qui ?": 1.0}, {"Et qui ?": 0.75, "Où ?": 0.25})
    )
    start = passage.text.index("femme")
    assert one.share(start, start + 5) == pytest.approx(0.9)
    assert both.share(start, start + 5) == pytest.approx(0.75 * 0.9)
    start = passage.text.index("rivière")
    assert both.share(start, start + 7) == pytest.approx(0.25 * 0.9)
    assert both.answerable == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("text", "span", "told"),
    [
        ("Il naît en 1910 à Brest.", (12, 13), "1910"),
        ("Une hausse de 3,5 % en mai.", (14, 19), "3,5 %"),
        ("Le « Thalys », un train.", (3, 13), "Thalys"),
        ("北京是中国的首都。", (0, 2), "北京"),
        ("Un mot", (0, 6), None),
        ("Un, deux", (2, 3), None),
    ],
)
def test_marked_words_are_whole(text: str, span: tuple[int, int], told: str | None) -> None:
    found = whole_words(text, *span)
    assert (text[slice(*found)] if found else None) == told
