from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Passage
from retrieval.search.duplicates import join_passages, merge, say_the_same

TEXT = (
    "Le ministère a publié mercredi le rapport sur les digues de la côte. Il compte 212 kilomètres à renforcer "
    "d'ici à 2030. Les communes paieront un tiers des travaux, l'État le reste."
)


def passage(text: str, article_id: str = "a/un.md", start: int = 0) -> Passage:
    return Passage(f"{article_id}#{start}", article_id, "Titre", "", "", None, "fr", start, start + len(text), text)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (TEXT, True),
        (TEXT.upper(), True),
        (TEXT.replace("mercredi", "hier"), True),
        (TEXT + " (AFP)", True),
        (TEXT.replace("é", "e"), True),
        (TEXT.replace("212", "221"), False),
        (TEXT.replace("d'ici à 2030", ""), False),
        (TEXT.replace("paieront", "ne paieront pas"), False),
        (TEXT[: len(TEXT) // 2], False),
        ("Le ministère a publié un autre rapport.", False),
        ("", False),
    ],
)
def test_texts_are_the_same_but_for_small_changes_and_never_with_other_numbers(other: str, same: bool) -> None:
    assert say_the_same(passage(TEXT), passage(other, "b/deux.md")) is same
    assert say_the_same(passage(other, "b/deux.md"), passage(TEXT)) is same


def test_a_text_that_an_article_repeats_is_no_duplicate() -> None:
    assert not say_the_same(passage(TEXT), passage(TEXT, start=900))


def test_of_duplicates_the_smallest_id_is_shown_and_all_others_are_named() -> None:
    three = [passage(TEXT, f"{name}.md") for name in ("c", "a", "b")]
    three[0] = replace(three[0], score=3.0, also_in=("d.md",))
    merged = merge(three)
    assert (merged.article_id, merged.also_in, merged.score) == ("a.md", ("b.md", "c.md", "d.md"), 3.0)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
def test_joined_passages_are_verbatim_hold_the_same_text_and_none_twice(
    lengths: list[int], data: st.DataObject
) -> None:
    borders = [0]
    for length in lengths:
        borders.append(borders[-1] + length)
    text = "".join(chr(97 + i % 26) for i in range(borders[-1]))
    article = Article("a/un.md", "Titre", text, None, "fr", "", "")
    all_of_them = [replace(passage(text[a:b], start=a), score=-float(i)) for i, (a, b) in enumerate(pairwise(borders))]
    chosen = data.draw(st.lists(st.sampled_from(all_of_them), unique=True))
    joined = join_passages(chosen, lambda _: article)
    covered = sorted(at for p in joined for at in range(p.start, p.end))
    assert covered == sorted(at for p in chosen for at in range(p.start, p.end))
    assert all(p.text == text[p.start : p.end] for p in joined)
    ends = {p.end for p in joined}
    assert not any(p.start in ends for p in joined), "two that continue each other are left"


def test_passages_are_joined_over_white_space_in_the_place_of_the_best() -> None:
    text = "Un. Deux.\n\nTrois. Quatre."
    article = Article("a/un.md", "Titre", text, None, "fr", "", "")
    one, two = replace(passage("Un. Deux."), score=1.0), replace(passage("Trois. Quatre.", start=11), score=5.0)
    other = replace(passage("Ailleurs.", "b/deux.md"), score=3.0)
    joined = join_passages([two, other, one], {"a/un.md": article}.get)
    assert [(p.id, p.text, p.score) for p in joined] == [("a/un.md#0", text, 5.0), ("b/deux.md#0", "Ailleurs.", 3.0)]


def test_passages_with_a_sentence_between_them_or_of_other_articles_stay_apart() -> None:
    text = "Un. Deux. Trois."
    article = Article("a/un.md", "Titre", text, None, "fr", "", "")
    apart = [passage("Un."), passage("Trois.", start=10)]
    assert join_passages(apart, lambda _: article) == apart
    others = [passage("Un."), passage("Un.", "b/deux.md")]
    assert join_passages(others, lambda _: article) == others
    assert join_passages([passage("Un."), passage("Deux.", start=4)], lambda _: None) == [
        passage("Un."), passage("Deux.", start=4),
    ]  # fmt: skip
