from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import index.store.segments.lexical
from index.store.manifest import IndexFormatError
from index.store.segments.lexical import Lexical
from index.store.segments.segment import Places
from index.store.segments.words import LENGTHS, Words, write_words
from index.text.folding import fold, terms, words


@pytest.fixture
def lexical(tmp_path: Path) -> Lexical:
    texts = ["Le téléphone sonne à Moscou", "Les téléphones des présidents", "La pluie tombe", "الهاتف يرن في دمشق"]
    languages = ["fr", "fr", "fr", "ar"]
    write_words(tmp_path / "lexical", (" ".join(terms(t, lang)) for t, lang in zip(texts, languages, strict=True)))
    return Lexical.open(tmp_path / "lexical")


def test_accents_apostrophes_and_case_are_folded() -> None:
    assert fold("L’Été À L'ŒUVRE") == "l'ete a l'oeuvre"
    assert fold("Ёлка, Йод") == "елка, йод"


@pytest.mark.parametrize("written", ["l'été", "l’été", "L’ÉTÉ", "ete", "Été"])
def test_every_way_to_write_a_french_word_has_one_term(written: str) -> None:
    assert terms(written, "fr") == ["ete"]


@pytest.mark.parametrize("forms", ["fermé fermée fermés fermées fermer fermee", "employé employée employés employées"])
def test_french_participles_agree_with_accents_or_without(forms: str) -> None:
    assert len(set(terms(forms, "fr"))) == 1
    assert len(set(terms(f"{forms} fermeture", "fr"))) == 2


def test_elisions_go_but_aujourd_hui_stays_whole() -> None:
    assert words("qu'aujourd'hui l’homme d'État", "fr") == ["aujourd'hui", "homme", "État"]


def test_plural_and_singular_meet_in_their_stem_in_each_language() -> None:
    for language, one, many in (
        ("fr", "président", "présidents"),
        ("en", "base", "bases"),
        ("ru", "переговоры", "переговоров"),
    ):
        assert terms(one, language) == terms(many, language)


def test_chinese_is_searched_by_pairs_of_characters() -> None:
    assert terms("北京大学2025", "zh") == ["北京", "京大", "大学", "2025"]


def test_accents_on_arabic_words_do_not_split_them() -> None:
    assert terms("الهاتفيّة", "ar") == terms("الهاتفية", "ar")


def test_words_find_their_passages_best_first(lexical: Lexical) -> None:
    rows, scores = lexical.search(terms("téléphone Moscou", "fr"), 10)
    assert list(rows) == [0, 1]
    assert scores[0] > scores[1] > 0


def test_equal_scores_are_ordered_by_row(tmp_path: Path) -> None:
    write_words(tmp_path / "lexical", ["a b", "a b", "a b"])
    assert list(Lexical.open(tmp_path / "lexical").search(["a"], 10)[0]) == [0, 1, 2]


def test_no_words_and_unknown_words_find_nothing(lexical: Lexical) -> None:
    assert len(lexical.search([], 5)[0]) == 0
    assert len(lexical.search(["inconnu"], 5)[0]) == 0


def test_scores_are_bm25_as_computed_by_hand(tmp_path: Path) -> None:
    passages = ["a a b", "a c", "c c c d"]
    write_words(tmp_path / "lexical", passages)
    rows, scores = Lexical.open(tmp_path / "lexical").search(["a"], 3)
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean_length = np.mean([len(p.split()) for p in passages])
    expected = {0: 2, 1: 1}
    for row, score in zip(rows, scores, strict=True):
        count, length = expected[int(row)], len(passages[row].split())
        wanted = idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean_length))
        assert score == pytest.approx(wanted, rel=1e-5)


def test_lengths_are_rounded_as_tantivy_rounds_them() -> None:
    assert LENGTHS[:41].tolist() == list(range(41))
    assert LENGTHS[41:60].tolist() == [42, 44, 46, 48, 50, 52, 54, 56, 60, 64, 68, 72, 76, 80, 84, 88, 96, 104, 112]
    assert LENGTHS[-1] == 2_013_265_944


def test_long_passages_score_by_the_length_below_and_every_time_a_term_is_in_them(tmp_path: Path) -> None:
    passages = [" ".join(["a"] * 20 + ["b"] * 83), " ".join(["a"] * 20 + ["b"] * 76), "b"]  # 103 and 96 are 96
    write_words(tmp_path / "lexical", passages)
    rows, scores = Lexical.open(tmp_path / "lexical").search(["a"], 3)
    idf, mean_length = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5)), (103 + 96 + 1) / 3
    wanted = idf * 20 * 2.2 / (20 + 1.2 * (0.25 + 0.75 * 96 / mean_length))
    assert (rows.tolist(), scores.tolist()) == ([0, 1], pytest.approx([wanted, wanted], rel=1e-6))


def test_document_frequency_counts_passages(lexical: Lexical) -> None:
    assert lexical.document_frequency(terms("téléphone", "fr")[0]) == 2
    assert lexical.document_frequency("rien") == 0


@pytest.mark.parametrize("kept", [0, 3, 1_000, 1_100, 0.95])
def test_a_truncated_file_is_one_clear_line(tmp_path: Path, kept: float) -> None:
    write_words(tmp_path / "words", ["a b", "c"])
    data = (tmp_path / "words").read_bytes()
    (tmp_path / "words").write_bytes(data[: int(kept if kept >= 1 else kept * len(data))])
    with pytest.raises(IndexFormatError, match=r"^[^\n]*not a readable word index[^\n]*$"):
        Lexical.open(tmp_path / "words")


TERMS = st.lists(st.sampled_from(["le", *(f"m{n}" for n in range(12))]), max_size=70)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_segments_of_which_some_has_gone_score_to_the_bit_as_what_is_left_alone(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    parts = data.draw(st.lists(st.lists(TERMS, max_size=12), min_size=1, max_size=4))
    passages = [" ".join(terms) for part in parts for terms in part]
    for number, part in enumerate(parts):
        write_words(folder / f"part{number}", (" ".join(terms) for terms in part))
    left = np.array(data.draw(st.lists(st.booleans(), min_size=len(passages), max_size=len(passages))), np.bool_)
    at = np.flatnonzero(left).astype(np.int32)
    paths, sizes = [folder / f"part{number}" for number in range(len(parts))], [len(part) for part in parts]
    write_words(folder / "alone", (passages[i] for i in at.tolist()))
    new = np.split(np.where(left, np.cumsum(left) - 1, -1).astype(np.int32), np.cumsum(sizes)[:-1])
    Words.merge(folder / "merged", list(zip(map(Words, paths), new, strict=True)))
    alone = Lexical.open(folder / "alone")
    asked = [data.draw(TERMS) for _ in range(3)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(index.store.segments.lexical, "_LOOK", data.draw(st.sampled_from([0, 2_000])))
        for lexical in (Lexical.open(*paths, places=Places(sizes, at)), Lexical.open(folder / "merged")):
            assert lexical.terms_beginning("m1") == alone.terms_beginning("m1")
            for terms_asked in asked:
                k = data.draw(st.integers(1, 60))
                found, wanted = lexical.search(terms_asked, k), alone.search(terms_asked, k)
                assert (found[0].tolist(), found[1].tolist()) == (wanted[0].tolist(), wanted[1].tolist())


@given(st.text())
def test_any_text_has_terms_that_hold_no_white_space(text: str) -> None:
    for language in ("fr", "ar", "zh", "xx"):
        assert all(t and not any(c.isspace() for c in t) for t in terms(text, language))
