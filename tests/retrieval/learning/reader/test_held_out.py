"""Reading without having learned."""

from __future__ import annotations

from pathlib import Path

from retrieval.learning.reader.making import HeldOut
from retrieval.learning.reader.questions import half_of, read_folder
from tests.retrieval.learning.reader.conftest import ASKED
from tests.retrieval.reader.marking import Marking


def test_a_question_is_read_by_the_reader_that_did_not_learn_it(folder: Path) -> None:
    shipped, half = Marking("1932", 1.0), Marking("1932", 2.0)
    reader = HeldOut(shipped, half, read_folder(folder))
    for _, name, _, question, _ in ASKED:
        title = "Le moulin de Kerlou" if name == "moulin" else "Pont de Morvan"
        assert reader.has_learned(question) == (half_of(title) == 1)
        if not reader.has_learned(question):
            assert reader.read(question, [("", "1932")])[0].answerable == 2.0
    assert {reader.has_learned(question) for *_, question, _ in ASKED} == {True, False}
    assert not reader.has_learned("Une autre question ?")
    assert reader.read("Une autre question ?", [("", "1932")])[0].answerable == 1.0
    shipped.answerable = 3.0
    assert reader.read("Une autre question ?", [("", "1932")])[0].answerable == 1.0  # kept
