from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.store.lexical import Lexical
from index.store.manifest import IndexFormatError
from index.text.folding import fold, terms, words


@pytest.fixture
def lexical(tmp_path: Path) -> Lexical:
    texts = ["Le téléphone sonne à Moscou", "Les téléphones des présidents", "La pluie tombe", "الهاتف يرن في دمشق"]
    languages = ["fr", "fr", "fr", "ar"]
    Lexical.write(tmp_path / "lexical", (" ".join(terms(t, lang)) for t, lang in zip(texts, languages, strict=True)))
    return Lexical.open(tmp_path / "lexical")


def test_accents_apostrophes_and_case_are_folded() -> None:
    assert fold("L’Été À L'ŒUVRE") == "l'ete a l'oeuvre"
    assert fold("Ёлка, Йод") == "елка, йод"


@pytest.mark.parametrize("written", ["l'été", "l’été", "L’ÉTÉ", "ete", "Été"])
def test_every_way_to_write_a_french_word_has_one_term(written: str) -> None:
    assert terms(written, "fr") == ["ete"]


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
    Lexical.write(tmp_path / "lexical", ["a b", "a b", "a b"])
    assert list(Lexical.open(tmp_path / "lexical").search(["a"], 10)[0]) == [0, 1, 2]


def test_no_words_and_unknown_words_find_nothing(lexical: Lexical) -> None:
    assert len(lexical.search([], 5)[0]) == 0
    assert len(lexical.search(["inconnu"], 5)[0]) == 0


def test_scores_are_bm25_as_computed_by_hand(tmp_path: Path) -> None:
    passages = ["a a b", "a c", "c c c d"]
    Lexical.write(tmp_path / "lexical", passages)
    rows, scores = Lexical.open(tmp_path / "lexical").search(["a"], 3)
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    mean_length = np.mean([len(p.split()) for p in passages])
    expected = {0: 2, 1: 1}
    for row, score in zip(rows, scores, strict=True):
        count, length = expected[int(row)], len(passages[row].split())
        wanted = idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean_length))
        assert score == pytest.approx(wanted, rel=1e-5)


def test_document_frequency_counts_passages(lexical: Lexical) -> None:
    assert lexical.document_frequency(terms("téléphone", "fr")[0]) == 2
    assert lexical.document_frequency("rien") == 0


def test_a_damaged_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "lexical").mkdir()
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(IndexFormatError, match="not a readable word index"):
        Lexical.open(tmp_path / "lexical")


def test_a_folder_that_cannot_be_written_opens_all_the_same(tmp_path: Path) -> None:
    Lexical.write(tmp_path / "lexical", ["a b", "c"])
    (tmp_path / "lexical").chmod(0o555)
    code = (
        "from index.store.lexical import Lexical; from pathlib import Path; print(Lexical.open(Path('lexical')).count)"
    )
    # root ignores permissions unless the capability to do so is dropped
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    done = subprocess.run(
        [*drop, sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    (tmp_path / "lexical").chmod(0o755)
    assert done.stdout.strip() == "2", done.stderr


@given(st.text())
def test_any_text_has_terms_that_hold_no_white_space(text: str) -> None:
    for language in ("fr", "ar", "zh", "xx"):
        assert all(t and not any(c.isspace() for c in t) for t in terms(text, language))
