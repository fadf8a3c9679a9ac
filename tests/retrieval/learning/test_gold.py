from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.learning.gold import holds_answer, is_hit, normalise
from tests.retrieval.learning.conftest import GOLD, OTHER, QUESTION, passage

# Text


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("L’été à Kœln — 3,5 % !", "l ete a kœln 3 5"),
        ("  deux\n\tmots  ", "deux mots"),
        ("ﬁn ① ½ ²", "fin 1 1 2 2"),
        ("Straße ÉCOLE", "straße ecole"),
        ("e\u0301te\u0301", "ete"),
        ("الحَرب 12", "الحرب 12"),
        ("snake_case", "snake_case"),
        ("« … »", ""),
    ],
)
def test_text_is_normalised_by_nfkd_without_accents_in_lower_case_with_single_spaces(
    text: str, normalised: str
) -> None:
    assert normalise(text) == normalised


@pytest.mark.parametrize(
    ("text", "answer", "is_held"),
    [
        ("en 1971 à Tartous", "1971", True),
        ("en 19714 à Tartous", "1971", False),
        ("le 12 février", "2 février", False),
        ("la Syrienne", "Syrie", False),
        ("la Syrie", "SYRIE", True),
        ("coûté 3,5 millions", "3.5 millions", True),
        ("l'euro", "euro", True),
        ("война1", "война", False),
        ("войнам", "война", True),  # borders are those of a-z and 0-9
        ("n’importe", "", False),
        ("n’importe", "…", False),
        ("a+b", "a.b", True),
        ("aXb", "a.b", False),
    ],
)
def test_an_answer_matches_at_borders_of_letters_and_digits(text: str, answer: str, is_held: bool) -> None:
    assert holds_answer(normalise(text), answer) is is_held


# hit@4000


def test_an_answer_in_a_passage_of_the_gold_article_is_a_hit() -> None:
    assert is_hit(QUESTION, [passage(OTHER, "media.md"), passage("Cela a coûté 3,5 millions.")])


def test_the_same_words_in_another_article_are_none() -> None:
    assert not is_hit(QUESTION, [passage("Cela a coûté 3,5 millions.", "media.md")])


def test_the_passage_that_crosses_4000_characters_is_read_and_the_next_is_not() -> None:
    held = passage("Il a coûté 3,5 millions.")
    assert is_hit(QUESTION, [passage("x" * 3_999, "media.md"), held])
    assert not is_hit(QUESTION, [passage("x" * 4_001, "media.md"), held])
    assert is_hit(QUESTION, [passage("x" * 3_999, "media.md"), passage("y" * 5_000 + " 3,5 millions.")])
    assert not is_hit(QUESTION, [passage("x" * 2_100, "media.md"), passage("y" * 2_100, "media.md"), held])


def test_raw_characters_are_counted_not_normalised_ones() -> None:
    held = passage("Il a coûté 3,5 millions.")
    assert not is_hit(QUESTION, [passage(" …" * 2_001, "media.md"), held])


def test_an_answer_of_120_normalised_characters_or_more_is_not_looked_for() -> None:
    text = "mot " * 29 + "xyz"
    assert len(normalise(text)) == 119
    assert is_hit(replace(QUESTION, answers=(text,)), [passage(text)])
    assert not is_hit(replace(QUESTION, answers=(text + "z",)), [passage(text + "z")])
    assert is_hit(replace(QUESTION, answers=(text + "…!",)), [passage(text)])  # 119 after normalising


def test_the_first_60_normalised_characters_of_a_gold_passage_are_a_hit_too() -> None:
    unfound = replace(QUESTION, answers=())
    head = normalise(GOLD)[:60]
    assert head[-1] != " "
    assert is_hit(unfound, [passage(f"Avant. {head} et une autre suite.")])
    assert is_hit(unfound, [passage(head.upper())])
    assert not is_hit(unfound, [passage(head[:59] + "#")])
    assert not is_hit(unfound, [passage(head, "media.md")])
    assert not is_hit(replace(unfound, gold=(("pont.md", " … "),)), [passage(GOLD)])


def test_any_of_several_gold_passages_counts_in_its_article() -> None:
    several = replace(QUESTION, answers=(), gold=(("pont.md", GOLD), ("media.md", OTHER)))
    assert is_hit(several, [passage(OTHER, "media.md")])
    assert is_hit(several, [passage("Trois."), passage(GOLD)])
    assert not is_hit(several, [passage("Trois.")])


def test_nothing_found_is_no_hit() -> None:
    assert not is_hit(QUESTION, [])


def test_an_article_in_a_subfolder_is_named_by_its_path() -> None:
    deep = replace(QUESTION, gold=(("2025/pont.md", GOLD),))
    assert is_hit(deep, [passage("3,5 millions", "2025/pont.md")])
    assert not is_hit(deep, [passage("3,5 millions", "pont.md")])
