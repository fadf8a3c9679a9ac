from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index.embedding.bundled.prepare import bundled_folder
from retrieval import ArticleQA
from retrieval.answering.candidates import READ_PASSAGES, Candidate
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.extract import extract
from retrieval.answering.readings import read_passages, seen_anywhere, seen_as_answers, whole_words, with_readings
from retrieval.learning.reader.network import export, load_network
from retrieval.reader import reading as module
from retrieval.reader.reading import PassageReading, Reader, ReaderError, load_reader
from tests.retrieval.answering.by_hand import BY_HAND, sentence
from tests.retrieval.learning.reader.conftest import PARAGRAPHS
from tests.retrieval.reader.marking import Marking, seen

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

BRIDGE = (
    "# Le pont de Morvan\n\nLe pont de Morvan relie les deux rives de la rivière. "
    "Une plaque rappelle le nom de son architecte, une femme du pays. Les péniches passent sous son arche."
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
        (start, end), share = found.answer(0, len(text)) or ((0, 0), 0.0)
        assert 0 < share <= 1
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
    for asked, wanted in ((True, load_reader()), (False, None), (own, own)):
        with closing(ArticleQA.open(seed_index, reader=asked)) as qa:
            assert qa.reader is wanted


def test_the_reader_that_ships_is_whole_and_finds_an_answer() -> None:
    assert sum(path.stat().st_size for path in (module.READER_FILE, module.CARD_FILE)) < 25_000_000
    (there, missing) = Reader(module.READER_FILE).read(
        "Combien de mètres mesure le pont ?",
        [("Pont de Morvan", PARAGRAPHS["pont", "fr"]), ("Moulin de Kerlou", PARAGRAPHS["moulin", "fr"])],
    )
    (start, end), share = there.answer(0, len(PARAGRAPHS["pont", "fr"])) or ((0, 0), 0.0)
    assert "240" in PARAGRAPHS["pont", "fr"][start:end]
    assert share > 0.3
    assert there.answerable > 0 > missing.answerable


# What answers make of it


def test_what_is_read_ranks_and_is_marked_and_told_first(small: Small) -> None:
    qa = small(pont=BRIDGE)
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    plain = extract(results, qa.generation, replace(BY_HAND, reading=None, least=0.0))
    assert "plaque" not in plain.drafts[0].quote
    assert plain.short == ""
    read = extract(results, qa.generation, BY_HAND, Marking("une femme du pays", 4.0))
    (draft,) = read.drafts
    assert "plaque" in draft.quote
    assert [draft.quote[start:end] for start, end in draft.highlights] == ["une femme du pays"]
    assert read.short == "une femme du pays"
    assert read.probability > 0.9
    assert read.sentence_probability > 0.9


def test_what_the_reader_does_not_see_is_refused(small: Small) -> None:
    qa = small(pont=BRIDGE)
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    refused = extract(results, qa.generation, BY_HAND, Marking("absent", 4.0))
    assert (refused.drafts, refused.nearest, refused.short) == ([], None, "")
    assert refused.probability < 0.1
    assert refused.sentence_probability < 0.1


@pytest.mark.parametrize("question", ["Qui a dessiné le pont de Morvan ?", "Où ?", "Combien pèse une enclume ?"])
def test_every_question_is_read_over_the_best_passages(qa: ArticleQA, question: str) -> None:
    results = qa.retrieve(qa.understand(question)).results
    assert results
    reader = Marking("plaque", 4.0)
    evidence = gather_evidence(results, qa.generation, BY_HAND, reader)
    assert evidence.was_read
    assert reader.asked == [question]
    assert len({candidate.passage.id for _, candidate in evidence.ranked}) == READ_PASSAGES < len(results.hits)


def test_without_weights_for_it_nothing_is_read(small: Small) -> None:
    qa = small(pont=BRIDGE)
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    reader = Marking("plaque", 4.0)
    evidence = gather_evidence(results, qa.generation, replace(BY_HAND, reading=None), reader)
    assert reader.asked == []
    assert not evidence.was_read
    assert evidence == gather_evidence(results, qa.generation, BY_HAND)


def test_a_headline_that_says_it_is_a_candidate_and_is_quoted_as_the_title(small: Small) -> None:
    title = "Le pont de Morvan dessiné par Jeanne Kerbol"
    qa = small(pont=f'---\ntitle: "{title}"\nlanguage: fr\n---\nIl relie les deux rives. Les péniches y passent.\n')
    results = qa.retrieve(qa.understand("Qui a dessiné le pont de Morvan ?")).results
    assert results
    (draft,) = extract(results, qa.generation, BY_HAND, Marking("Jeanne Kerbol", 4.0)).drafts
    assert (draft.quote, draft.in_title, draft.start, draft.end) == (title, True, 0, len(title))
    assert [draft.quote[start:end] for start, end in draft.highlights] == ["Jeanne Kerbol"]
    assert not any(c.in_title for _, c in gather_evidence(results, qa.generation, BY_HAND).ranked)  # unread, none is


def test_a_follow_up_is_read_by_itself_and_with_what_it_leans_on(small: Small) -> None:
    from retrieval import Conversation

    qa = small(pont=BRIDGE)
    chat = Conversation()
    chat.add("Où est le pont de Morvan ?", "Sur la rivière.")
    results = qa.retrieve(qa.understand("Et qui l'a dessiné ?", chat)).results
    assert results
    reader = Marking("plaque", 4.0)
    gather_evidence(results, qa.generation, BY_HAND, reader)
    assert reader.asked == ["Et qui l'a dessiné ?", "Où est le pont de Morvan ? Et qui l'a dessiné ?"]


def test_readings_of_two_questions_count_as_much_as_their_questions() -> None:
    whole = sentence("Une plaque rappelle une femme du pays, près de la rivière.")

    class Twofold(Marking):
        def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
            return Marking("femme" if question == "Et qui ?" else "rivière", 3.0).read(question, passages)

    one, both = (
        read_passages(asked, [whole, whole], Twofold("", 0.0))[whole.passage.id]
        for asked in ({"Et qui ?": 1.0}, {"Et qui ?": 0.75, "Où ?": 0.25})
    )
    start = whole.text.index("femme")
    assert one.share(start, start + 5) == pytest.approx(0.9)
    assert both.share(start, start + 5) == pytest.approx(0.75 * 0.9)
    start = whole.text.index("rivière")
    assert both.share(start, start + 7) == pytest.approx(0.25 * 0.9)
    assert both.answerable == pytest.approx(3.0)


# What is made of a reading


def reading_of(text: str, *answers: str, none: float = 0.1) -> PassageReading:
    return replace(seen(text, answers, 2.0, -2.0), none=none)


def test_odds_are_against_none_and_add_up() -> None:
    text = "Le pont a rouvert mardi. Il avait fermé lundi."
    reading = reading_of(text, "mardi")
    assert reading.odds(0, 24) == pytest.approx(9)
    assert reading.odds(24, len(text)) == 0
    assert reading.odds(0, len(text)) == pytest.approx(9)
    assert reading_of(text, "mardi", none=0.9).odds(0, 24) == pytest.approx(1)  # as likely here as nowhere
    assert math.isfinite(reading_of(text, "mardi", none=0.0).odds(0, 24))


def test_what_is_seen_anywhere_holds_none_too() -> None:
    reading = reading_of("Il pleut mardi.", "mardi")
    assert seen_anywhere({}) == 1
    assert seen_anywhere({"a": reading}) == pytest.approx(10)
    assert seen_anywhere({"a": reading, "b": reading}) == pytest.approx(19)
    nothing = PassageReading(0.0, 1.0, (), np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert seen_anywhere({"a": nothing}) == 1


def read_of(**texts: tuple[str, str]) -> list[Candidate]:
    """Sentences as they are read: each with the words that are seen in it."""
    choices = [sentence(text, name) for name, (text, _) in texts.items()]
    readings = {c.passage.id: reading_of(c.text, texts[c.passage.article_id][1]) for c in choices}
    return with_readings(choices, readings)


def test_a_sentence_is_told_its_share_of_all_that_is_seen_and_the_words() -> None:
    one, other, none = read_of(
        a=("Le pont a rouvert mardi.", "mardi"), b=("C'était mardi, dit-on.", "mardi"), c=("Il pleut.", "neige")
    )
    assert [math.exp(c.features["read"]) - 0.01 for c in (one, other, none)] == pytest.approx([9 / 19, 9 / 19, 0])
    assert [c.features["read_passage"] for c in (one, other, none)] == [2.0, 2.0, -2.0]
    assert [c.text[slice(*c.answer)] for c in (one, other) if c.answer] == ["mardi"] * 2
    assert [c.seen for c in (one, other, none)] == pytest.approx([0.81, 0.81, 0])


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("12 mars", "12 mars", True),
        ("12 mars", "12 MARS", True),
        ("12 mars", "12 mars 2025", True),
        ("mars 2025", "12 mars 2025", True),
        ("12 mars", "13 mars", False),
        ("2 mars", "12 mars", False),
        ("12", "12 mars", False),  # as short as that it may be anything
        ("12", "12", True),
        ("Séoul", "Seoul", True),
        ("Kérbol", "Kerbol", True),
    ],
)
def test_the_same_words_seen_in_two_sentences_agree(one: str, other: str, agree: bool) -> None:
    choices = read_of(a=(f"Il est dit : {one}, rien d'autre.", one), b=(f"On lit {other} partout.", other))
    alone, together = 9 / 19, 18 / 19
    for candidate in choices:
        assert seen_as_answers(candidate, choices) == pytest.approx(together if agree else alone)


_SHARES = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12)


@given(_SHARES, _SHARES, st.floats(0, 1), st.integers(0, 40), st.integers(0, 40))
def test_whatever_is_read_shares_are_shares_and_answers_stand_between(
    starts: list[float], ends: list[float], none: float, one: int, other: int
) -> None:
    size = min(len(starts), len(ends))
    of_each = [np.array(some[:size], np.float32) for some in (starts, ends)]
    first, last = (some / (some.sum() + none + 1e-3) for some in of_each)
    reading = PassageReading(0.0, none, tuple((3 * i, 3 * i + 2) for i in range(size)), first, last)
    start, end = min(one, other), max(one, other)
    assert 0 <= reading.share(start, end) <= 1 + 1e-6
    assert reading.share(0, 3 * size) == pytest.approx(reading.share(0, 3) + reading.share(3, 3 * size), abs=1e-6)
    assert math.isfinite(reading.odds(start, end))
    found = reading.answer(start, end)
    assert (found is None) is not any(start <= a and b <= end for a, b in reading.spans)
    if found:
        (a, b), share = found
        assert start <= a < b <= end
        assert 0 <= share <= 1 + 1e-6
        inside = [i for i, (x, y) in enumerate(reading.spans) if start <= x and y <= end]
        assert share == pytest.approx(max(first[i] * last[j] for i in inside for j in inside if i <= j), abs=1e-6)


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
