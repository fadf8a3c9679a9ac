from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lxml import html  # type: ignore[import-untyped]  # lxml publishes no types

from retrieval.answering.answer import Answer, Citation
from retrieval.learning.page.failures import Fault, failure_card, fault_of
from retrieval.learning.report import Outcome
from retrieval.learning.sets import Question
from tests.retrieval.learning.conftest import GOLD, QUESTION

UNANSWERABLE = replace(QUESTION, answers=(), gold=(), answerable=False)
CITED = Citation(1, "articles/pont.md", "Le pont & la ville", "", "", None, 0, 7, "Le pont")
ANSWER = Answer("q", "q", "Le pont. [1] Cher. [1] 3,5 millions. [1]", (CITED,), found=True, probability=0.87)
REFUSAL = Answer("q", "q", "Les articles ne le disent pas.", probability=0.12)


def outcome(answer: Answer, *sentences: bool, question: Question = QUESTION, hit: bool = True) -> Outcome:
    return Outcome(question, hit, answer, True in sentences, False, 0, 0, sentences=sentences)


def read(card: str) -> html.HtmlElement:
    return html.fragment_fromstring(card)


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        (outcome(ANSWER, True, False, False), None),
        (outcome(ANSWER, False, True, False), Fault.ANOTHER),
        (outcome(ANSWER), Fault.ANOTHER),
        (outcome(REFUSAL), Fault.REFUSED),
        (outcome(REFUSAL, question=UNANSWERABLE), None),
        (outcome(ANSWER, False, False, False, question=UNANSWERABLE), Fault.ANSWERED),
    ],
)
def test_what_went_wrong_is_told_by_what_is_labelled_and_what_was_shown(shown: Outcome, fault: Fault | None) -> None:
    assert fault_of(shown) is fault


def test_a_card_shows_each_sentence_beside_the_passage_with_the_gold_answer_marked() -> None:
    card = read(failure_card(outcome(ANSWER, False, False, True)))
    assert words(card.find("h4")) == QUESTION.text
    shown, wanted = card.findall("div/div")
    assert [(each.get("class"), words(each)) for each in shown.findall("p")] == [
        ("soft", "Shown; probability 0.87, the right sentence is third"),
        ("wrong", "Le pont. Le pont & la ville"),
        ("wrong", "Cher. Le pont & la ville"),
        ("right", "3,5 millions. Le pont & la ville"),
    ]
    assert [words(each) for each in wanted.iter("mark")] == ["3,5 millions"]
    assert [words(each) for each in wanted] == ["Wanted: 3,5 millions", f"{GOLD} pont.md"]


def test_a_refusal_shows_what_comes_closest_and_whether_the_passage_was_found() -> None:
    dear = replace(CITED, quote="3,5 millions")
    refusal = replace(REFUSAL, nearest=(CITED, dear), sentence_probability=0.31)
    shown, _ = read(failure_card(outcome(refusal, hit=False))).findall("div/div")
    assert [(each.get("class"), words(each)) for each in shown.findall("p")] == [
        ("soft", "Shown; probability 0.12, of the sentence 0.31, its passage was not found"),
        (None, "Les articles ne le disent pas."),
        ("wrong", "Le pont Le pont & la ville"),
        ("right", "3,5 millions Le pont & la ville"),
    ]


def test_an_unanswerable_question_wants_a_refusal() -> None:
    _, wanted = read(failure_card(outcome(ANSWER, False, False, False, question=UNANSWERABLE))).findall("div/div")
    assert [words(each) for each in wanted] == ["Wanted", "The articles do not say."]


def test_a_follow_up_shows_the_questions_before_it_and_an_answer_what_it_is_in_short() -> None:
    question = replace(QUESTION, history=(("Quand a-t-il rouvert ?", "Mardi."), ("Et pourquoi ?", "…")))
    card = read(failure_card(outcome(replace(ANSWER, short="Cher"), False, False, True, question=question)))
    assert [words(each) for each in card.findall("p")] == ["Quand a-t-il rouvert ?", "Et pourquoi ?"]
    assert "in short: Cher" in words(card)


def marks(passage: str, *wanted: str, **more: tuple[str, ...]) -> list[str]:
    question = replace(QUESTION, answers=wanted, gold=(("pont.md", passage),), **more)  # type: ignore[arg-type]
    return [words(each) for each in read(failure_card(outcome(REFUSAL, question=question))).iter("mark")]


def test_gold_answers_are_marked_whatever_their_case_and_punctuation_but_not_within_words() -> None:
    assert marks("À Paris, le 8 décembre.", "PARIS le 8") == ["Paris, le 8"]
    assert marks("Le 18 et le 8.", "8") == ["8"]
    assert marks("a+b, non aXb", "a+b") == ["a+b"]
    assert marks("Paris, Lyon et Paris", "Paris", "Lyon et Paris") == ["Paris", "Lyon et Paris"]
    assert marks("北京是首都", "北京") == ["北京"]
    assert marks("Rien ici.", "Paris", "…") == []
    assert marks("Une phrase. Et deux.", "En somme, une.", evidence=("Une phrase.",)) == ["Une phrase"]


def test_of_several_passages_one_is_shown_that_holds_the_answer() -> None:
    question = replace(QUESTION, gold=(("a.md", "Rien ici."), ("b.md", "3,5 millions")))
    assert words(read(failure_card(outcome(REFUSAL, question=question)))).endswith("3,5 millions b.md")


def test_of_a_long_passage_what_is_near_the_answer_is_shown() -> None:
    passage = "a " * 1_000 + "3,5 millions" + " z" * 1_000
    question = replace(QUESTION, gold=(("pont.md", passage),))
    shown = words(read(failure_card(outcome(REFUSAL, question=question))).findall("div/div")[1])
    assert re.search(r"… (?:a )+3,5 millions(?: z)+ … pont\.md$", shown)
    assert len(shown) < 800


def test_nothing_of_a_question_or_an_article_is_markup() -> None:
    evil = "<script>alert(1)</script><img src=x onerror=y> & \u202e \"'"
    answer = Answer("q", "q", f"{evil} [1]", (replace(CITED, title=evil),), found=True, short=evil)
    question = replace(
        QUESTION, text=evil, answers=(evil,), gold=((evil, f"Avant {evil} après"),), history=((evil, evil),)
    )
    for shown in (
        outcome(answer, False, question=question),
        outcome(replace(REFUSAL, nearest=(CITED,)), question=question),
    ):
        card = failure_card(shown)
        assert {each.tag for each in read(card).iter()} <= {"article", "p", "h4", "div", "span", "bdi", "mark"}
        assert {name for each in read(card).iter() for name in each.attrib} <= {"class", "dir"}
        assert "\u202e" not in card
        assert words(read(card)).count("<script>alert(1)</script>") >= 3
