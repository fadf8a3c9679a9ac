from __future__ import annotations

import pytest

from retrieval.understanding.conversation import Turn
from retrieval.understanding.rewriting import is_faithful

TURNS = [Turn("Le pont de Saint-Aubin a-t-il rouvert ?", "Oui, le 3 mars 2025, a dit Claire Morvan.")]


@pytest.mark.parametrize(
    ("question", "written"),
    [
        (
            "Et combien de temps ont duré ses travaux ?",
            "Combien de temps ont duré les travaux du pont de Saint-Aubin ?",
        ),
        ("Et où ?", "Où le pont de Saint-Aubin a-t-il rouvert ?"),
        ("Qui est-elle ?", "Qui est Claire Morvan ?"),
        ("Et en mai ?", "Le pont de Saint-Aubin a-t-il rouvert en mai ?"),
        ("Quels sont les horaires ?", "Quels sont les horaires du pont de Saint-Aubin ?"),
    ],
)
def test_a_question_that_asks_the_same_of_what_was_spoken_of_is_taken(question: str, written: str) -> None:
    assert is_faithful(written, question, TURNS, "fr")


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("Et combien ont-ils coûté ?", "Le pont de Saint-Aubin a-t-il rouvert ?"),  # the question before
        ("Et combien ont-ils coûté ?", "Quand les travaux du pont ont-ils coûté ?"),  # another question word
        ("Et où ?", "Où le pont de Kerouat a-t-il rouvert ?"),  # a name of nowhere
        ("Et où ?", "Où le pont de Saint-Aubin a-t-il rouvert en 2019 ?"),  # a figure of nowhere
        ("Qui a payé la médiathèque ?", "Qui a payé le pont de Saint-Aubin ?"),  # what was asked is gone
    ],
)
def test_a_question_that_asks_of_something_else_is_not(question: str, written: str) -> None:
    assert not is_faithful(written, question, TURNS, "fr")
