"""What is read in a text is read once."""

from __future__ import annotations

import statistics
import sys
import threading
from collections.abc import Callable
from types import FrameType

from hypothesis import given
from hypothesis import strategies as st

from index.text.by_language import ByLanguage
from index.text.folding import fold
from retrieval import ArticleQA
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind

QUESTIONS = (
    "Quand le télescope James Webb a-t-il été lancé ?", "Combien de médailles la France a-t-elle remportées ?",
    "Qui a reçu le prix Nobel de littérature 2024 ?", "When did the Baltic states join the European grid?",
    "Combien de temps a duré l'éruption de La Palma ?", "Où se trouve la base de Tartous ?",
    "Combien coûte un ticket pour Orly ?", "Qui dirige la Syrie ?",
)  # fmt: skip


def folds(work: Callable[[], object]) -> int:
    """Returns how often `fold` is called, by any thread that is begun meanwhile."""
    calls = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code is fold.__code__

    threading.setprofile(count)
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return calls


def test_a_question_folds_each_sentence_once(qa: ArticleQA) -> None:
    qa.ask(QUESTIONS[0])  # the words of languages are folded at the first one
    asked = [folds(lambda question=question: qa.ask(question)) for question in QUESTIONS[1:]]  # type: ignore[misc]
    assert 0 < statistics.median(asked) < 60
    assert folds(lambda: qa.ask(QUESTIONS[-1])) < min(asked)


_WORDS = (
    "M. Mme Le La Dr. de von al-Sharaa Jean Dupont - , . ; : ? ( ) « » 12 000 2020 1,5 million % € km h 20 h 30 mars"
    " lundi depuis jusqu'au du au until from to not ne pas sans combien de qui quand payant gratuit"
    " 二十 年 万 в до ال الساعة £ ½ œ é"
)
_PIECES = st.sampled_from(_WORDS.split(" "))
_TEXTS = st.one_of(st.text(), st.lists(_PIECES, max_size=20).map(" ".join), st.lists(_PIECES, max_size=8).map("".join))


@given(_TEXTS, _TEXTS, st.sampled_from([*ByLanguage("facts"), "", "eu"]))
def test_whatever_is_written_is_read(text: str, asked: str, language: str) -> None:
    facts, question = Facts(text, language), Facts(asked, "")
    for name in dir(Facts):
        if not name.startswith("_") and not callable(getattr(facts, name)):
            getattr(facts, name)
    held = {kind: facts.holds(kind, question) for kind in Kind}
    assert all(held[kind] for kind in (Kind.OTHER, Kind.PLACE, Kind.REASON))  # these cannot be told by looking
    assert facts.holds(Kind.DATE, facts) is facts.holds(Kind.LENGTH, facts) is False  # what is asked is no answer
    assert facts.names_person(facts) is False
    assert facts.counts_nothing(question) in (True, False)
