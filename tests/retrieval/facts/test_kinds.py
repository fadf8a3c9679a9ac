from __future__ import annotations

import pytest

from retrieval.facts.kinds import Kind, holds, kind_asked, names_person

_QUESTIONS = [
    (Kind.DATE, "Quand a eu lieu l'entretien ?"),
    (Kind.DATE, "En quelle année est-il né ?"),
    (Kind.DATE, "When did it happen?"),
    (Kind.DATE, "Wann war das Gespräch?"),
    (Kind.DATE, "¿Cuándo fue?"),
    (Kind.DATE, "Когда это было?"),
    (Kind.DATE, "متى حدث ذلك؟"),
    (Kind.DATE, "什么时候？"),
    (Kind.DURATION, "Combien de temps a duré l'appel ?"),
    (Kind.DURATION, "How long did the call last?"),
    (Kind.DURATION, "Wie lange dauerte es?"),
    (Kind.DURATION, "Quelle est la durée du mandat ?"),
    (Kind.NUMBER, "Combien de bases ?"),
    (Kind.NUMBER, "How many bases are there?"),
    (Kind.NUMBER, "Сколько баз?"),
    (Kind.PERSON, "Avec qui s'est-il entretenu ?"),
    (Kind.PERSON, "Et avec qui ?"),
    (Kind.PERSON, "Who called whom?"),
    (Kind.PERSON, "Кто звонил?"),
    (Kind.PLACE, "Où se trouvent les bases ?"),
    (Kind.PLACE, "Where is it?"),
    (Kind.REASON, "Pourquoi ?"),
    (Kind.OTHER, "Quelles bases russes sont citées ?"),
    (Kind.OTHER, "Qui est Zeus ?"),
    (Kind.OTHER, "Quels secteurs ?"),
]


@pytest.mark.parametrize(("kind", "question"), _QUESTIONS)
def test_question_words_tell_what_is_asked_for(kind: Kind, question: str) -> None:
    assert kind_asked(question) is kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATE, "Cette conversation a eu lieu le 12 février 2025."),
        (Kind.DATE, "It was on a Monday."),
        (Kind.DATE, "Это было в 1971 году."),
        (Kind.DATE, "2025年2月12日"),
        (Kind.DURATION, "L'appel a duré quarante minutes."),
        (Kind.DURATION, "It took 3 hours."),
        (Kind.NUMBER, "Il y a deux bases."),
        (Kind.NUMBER, "Es kostet 58 Euro."),
        (Kind.PERSON, "Il a parlé avec Ahmed el-Chareh."),
        (Kind.PERSON, "تحدث مع أحمد الشرع"),
    ],
)
def test_a_text_that_holds_such_a_thing_is_seen(kind: Kind, text: str) -> None:
    assert holds(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATE, "Les discussions ont porté sur les routes."),
        (Kind.DURATION, "L'entretien a eu lieu le 12 février 2025."),
        (Kind.NUMBER, "Les bases sont anciennes."),
        (Kind.PERSON, "Les deux dirigeants ont parlé."),
    ],
)
def test_a_text_without_such_a_thing_is_seen_too(kind: Kind, text: str) -> None:
    assert not holds(kind, text)


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (True, "Le président russe a parlé avec Ahmed el-Chareh."),
        (True, "C'est M. Dupont qui l'a dit."),
        (True, "Президент Путин позвонил."),
        (False, "Vladimir Poutine a appelé."),
        (False, "Selon le Kremlin, tout va bien."),
        (False, "Le Kremlin l'a dit."),
    ],
)
def test_a_person_is_named_in_full_and_not_the_one_in_the_question(held: bool, text: str) -> None:
    assert names_person(text, "Avec qui Poutine a-t-il parlé ?") is held


def test_what_stands_in_the_question_already_is_no_answer() -> None:
    assert not holds(Kind.DATE, "L'accord de 1971 tient.", "Quand l'accord de 1971 finit-il ?")
    assert not holds(Kind.PERSON, "Hier, Poutine a parlé.", "À qui Poutine a-t-il parlé ?")


def test_a_day_answers_where_its_month_is_in_the_question() -> None:
    question = "Quel jour de mars 2025 le pont a-t-il rouvert ?"
    assert holds(Kind.DATE, "Le pont a rouvert le 4 mars 2025.", question)
    assert not holds(Kind.DATE, "Le pont a rouvert en mars 2025.", question)
