"""Misspelt words, over articles that hold the right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retrieval import ArticleQA
from retrieval.search.spelling import distance

if TYPE_CHECKING:
    from tests.retrieval.conftest import Small

BALLOON = """---
title: La montgolfière se pose
language: fr
---
L'atterrissage de la montgolfière a eu lieu à Lanvaux. La cathédrale rouvre ses portes au public. Le désert de Gobi
est loin. Vladislav Kazimirov pilotait. Un dessert a été servi aux médaillés, qui ont reçu leurs médailles.
"""
FERRY = """---
title: The ferry was launched
language: en
---
The government launched the ferry in Norwick, and a satellite. The country paid for it.
"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("date atterisage", "date atterrissage"),
        ("quand rouver la catedralle", "quand rouvre la cathédrale"),
        ("combien de medailes", "combien de médailles"),
        ("ou est la mongolfiere", "ou est la montgolfière"),
        ("qui est Vladislav Kazzimirov", "qui est Vladislav Kazimirov"),  # a name: but for doubled letters
        ("who saw the satelite", "who saw the satellite"),
    ],
)
def test_a_misspelt_word_is_searched_as_it_is_meant(small: Small, typed: str, meant: str) -> None:
    qa = small(ballon=BALLOON, ferry=FERRY)
    language = "en" if typed.startswith("who") else "fr"
    assert qa.engine.query(typed, language).text == meant


@pytest.mark.parametrize(
    "typed",
    [
        "quand rouvre la cathédrale",
        "quelle princesse est venue",  # spelt right, though no article holds it
        "combien coute un iPhone",
        "qui est Vladislas Kasimirov",  # another name, perhaps
        "who lives in the county",  # no "country"
        "ou est le port",
        "qui a vu le satelite",  # another language than the article's
    ],
)
def test_what_is_spelt_right_or_may_be_a_name_stays(small: Small, typed: str) -> None:
    qa = small(ballon=BALLOON, ferry=FERRY)
    language = "en" if typed.startswith("who") else "fr"
    assert qa.engine.query(typed, language).text == typed


def test_what_was_asked_is_shown_as_it_was_typed(small: Small) -> None:
    answer = small(ballon=BALLOON).ask("ou est l'atterisage de la mongolfiere")
    assert answer.found
    assert answer.question == answer.standalone_question == "ou est l'atterisage de la mongolfiere"


def test_shorthand_is_searched_as_it_is_meant_and_shown_as_it_was_typed(small: Small) -> None:
    qa: ArticleQA = small(ballon=BALLOON)
    understood = qa.understand("ki pilotait la montgolfiere")
    assert (understood.searched, understood.language) == ("qui pilotait la montgolfiere", "fr")
    assert understood.standalone == "ki pilotait la montgolfiere"


@pytest.mark.parametrize(
    ("one", "other", "mistakes"),
    [
        ("port", "port", 0),
        ("medaile", "medaille", 0),  # doubled letters
        ("rouver", "rouvre", 1),  # changed places
        ("pont", "ponts", 1),
        ("pont", "port", 1),
        ("pont", "pin", 2),
        ("pont", "cathedrale", 3),
        ("", "ab", 2),
    ],
)
def test_mistakes_are_counted_up_to_what_is_allowed(one: str, other: str, mistakes: int) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) == mistakes
