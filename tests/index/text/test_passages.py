from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.text.passages import PASSAGE_CHARS, cut_passages

_TEXTS = st.text(
    alphabet=st.sampled_from([*"abc. \n", "É", "é", "!", "？", "。", "字", "\u00a0", "🙂", "ا"]), max_size=400
)


@given(_TEXTS, st.integers(5, 60), st.integers(2, 80))
def test_passages_tile_the_article(text: str, size: int, reads: int) -> None:
    passages = cut_passages(text, "fr", lambda t: len(t) <= reads, size=size)
    borders = [0, *(border for passage in passages for border in (passage.start, passage.end)), len(text)]
    assert "".join(text[a:b] for a, b in list(pairwise(borders))[::2]).strip() == ""  # what is between and around
    kept = "".join(text[p.start : p.end] for p in passages)
    assert "".join(kept.split()) == "".join(text.split())


@given(_TEXTS, st.integers(5, 60), st.integers(2, 80))
def test_no_passage_is_longer_than_the_embedder_reads(text: str, size: int, reads: int) -> None:
    for passage in cut_passages(text, "en", lambda t: len(t) <= reads, size=size):
        assert passage.end - passage.start <= reads


@given(_TEXTS, st.integers(5, 60))
def test_sentences_tile_their_passage(text: str, size: int) -> None:
    for passage in cut_passages(text, "en", lambda _: True, size=size):
        assert passage.sentences[0][0] == passage.start
        assert passage.sentences[-1][1] == passage.end
        borders = [border for sentence in passage.sentences for border in sentence]
        assert borders == sorted(borders)


def test_a_passage_ends_on_a_sentence_border() -> None:
    text = "Une phrase courte. " * 100
    passages = cut_passages(text, "fr", lambda _: True)
    assert len(passages) > 1
    assert all(text[p.start : p.end].endswith("courte.") for p in passages)
    assert all(p.end - p.start <= PASSAGE_CHARS for p in passages)


def test_white_space_alone_has_no_passage() -> None:
    assert cut_passages(" \n\t ", "fr", lambda _: True) == []


def test_a_word_without_spaces_longer_than_a_passage_is_cut_all_the_same() -> None:
    text = "x" * 5000
    passages = cut_passages(text, "fr", lambda t: len(t) <= 300, size=800)
    assert "".join(text[p.start : p.end] for p in passages) == text
