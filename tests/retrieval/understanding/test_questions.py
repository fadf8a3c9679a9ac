from __future__ import annotations

import pytest

from index.text.languages import detect_language
from retrieval.understanding.conversation import Conversation, Turn
from retrieval.understanding.questions import (
    MOST_QUESTIONS,
    named_again,
    split_questions,
    turns_apart,
    without_join,
)


def split(message: str) -> list[str]:
    return split_questions(message, detect_language(message, ("fr", "en")))


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        # by question marks
        ("Qui a gagné la régate ? Et quand ?", ["Qui a gagné la régate ?", "Et quand ?"]),
        ("Combien pèse la cloche ? D'où vient-elle ? Merci !", ["Combien pèse la cloche ?", "D'où vient-elle ?"]),
        ("Who won the race? And how many took part?", ["Who won the race?", "And how many took part?"]),
        ("Wer hat gewonnen? Und wo?", ["Wer hat gewonnen?", "Und wo?"]),
        ("¿Dónde está el faro? ¿Quién lo cuida?", ["¿Dónde está el faro?", "¿Quién lo cuida?"]),
        (
            "La halle a brûlé hier. Qui l'avait bâtie ? Combien de stands y avait-il ?",
            ["La halle a brûlé hier. Qui l'avait bâtie ?", "Combien de stands y avait-il ?"],
        ),
        # by numbers and lines
        (
            "1) qui dirige la criée 2) combien de bateaux y vendent",
            ["qui dirige la criée", "combien de bateaux y vendent"],
        ),
        (
            "1. Où est le phare ?\n2. Qui le garde ?\n3. Depuis quand ?",
            ["Où est le phare ?", "Qui le garde ?", "Depuis quand ?"],
        ),
        (
            "Bonjour, j'ai deux questions : a) qui dirige la ferme b) combien de vaches elle a. Merci",
            ["qui dirige la ferme", "combien de vaches elle a."],
        ),
        ("- Qui est le maire ?\n- Quel âge a-t-il ?", ["Qui est le maire ?", "Quel âge a-t-il ?"]),
        ("où se trouve le phare\nqui le garde", ["où se trouve le phare", "qui le garde"]),
        # by "et"
        (
            "Qui a peint la fresque et combien a-t-elle coûté ?",
            ["Qui a peint la fresque", "et combien a-t-elle coûté ?"],
        ),
        (
            "Qui a bâti le pont de Lanvaux et qui a bâti celui de Kerbihan ?",
            ["Qui a bâti le pont de Lanvaux", "et qui a bâti celui de Kerbihan ?"],
        ),
        (
            "Salut, j'aimerais savoir quand ouvre la piscine, et aussi ce que coûte l'entrée. Merci d'avance",
            ["quand ouvre la piscine", "et aussi ce que coûte l'entrée."],
        ),
        (
            "Tu peux me dire qui a gagné et combien de voix il a eues ?",
            ["qui a gagné", "et combien de voix il a eues ?"],
        ),
        (
            "Quand a rouvert le pont, qui l'a dessiné et combien a-t-il coûté ?",
            ["Quand a rouvert le pont", "qui l'a dessiné", "et combien a-t-il coûté ?"],
        ),
        (
            "Le quai a-t-il rouvert et la mairie a-t-elle payé ?",
            ["Le quai a-t-il rouvert", "et la mairie a-t-elle payé ?"],
        ),
        ("Qui a dessiné la gare et elle a ouvert quand ?", ["Qui a dessiné la gare", "et elle a ouvert quand ?"]),
        ("Tartous c'est où et Hmeimim c'est où ?", ["Tartous c'est où", "et Hmeimim c'est où ?"]),
        ("Who built the mill and when did it open?", ["Who built the mill", "and when did it open?"]),
        ("How much is the ticket, and where can I buy one?", ["How much is the ticket", "and where can I buy one?"]),
        ("Did the mill reopen and was the mayor there?", ["Did the mill reopen", "and was the mayor there?"]),
        (
            "Wann wurde die Brücke gebaut und wie lange dauerte der Bau?",
            ["Wann wurde die Brücke gebaut", "und wie lange dauerte der Bau?"],
        ),
    ],
)
def test_each_question_of_a_message_is_one(message: str, questions: list[str]) -> None:
    assert split(message) == questions


@pytest.mark.parametrize(
    "message",
    [
        "Qui sont Pierre Curie et Marie Curie ?",
        "Où et quand est née la chanteuse ?",
        "Where and when was the singer born?",
        "Wo und wann wurde er geboren?",
        "¿Dónde y cuándo nació?",
        "Comment et pourquoi le pont s'est-il effondré ?",
        "Quelle est la différence entre la halle et le marché ?",
        "What is the difference between the mill and the barn?",
        "Combien de morts et combien de blessés y a-t-il eu ?",
        "Quels trains et quels bus sont inclus ?",
        "Qui a gagné le prix et pourquoi ?",
        "Quand le pays a-t-il adopté l'euro et rejoint l'Union ?",
        "Qui a chanté et dansé à la fête ?",
        # "qui", "quand", "que" that go on with the sentence
        "Qui est l'homme qui a construit le pont et qui a été arrêté ?",
        "Quel est le pont qui a été détruit et qui a rouvert ?",
        "Que se passe-t-il quand il pleut et quand il neige ?",
        "Est-ce que le maire dit que le pont est sûr et que la route est fermée ?",
        "What happened when the bridge fell and when it was rebuilt?",
        "Le maire et son adjoint ont-ils gagné ?",
        "Jean et Marie sont-ils venus et ont-ils gagné ?",
        # said around it, asked again
        "Bonjour ! Où est le pont ? Merci d'avance !",
        "Bonjour, pouvez-vous m'aider ? Où est le pont ?",
        "J'ai une question : qui est le maire ?",
        "Ah bon ? Qui a dit ça ?",
        "Le pont a rouvert, non ?",
        "C'est bien le maire qui a ouvert le pont ? Non ?",
        "The bridge is open again. Right?",
        "Où est le pont ? Où est le pont ?",
        "Combien coûte le ticket ? C'est combien ?",
        "Où est Tartous ? Une ville de Syrie, je crois.",
        "Je lis un livre sur les phares et je me pose beaucoup de questions. Qui garde celui de Kervan ?",
        # a sign that is none
        "Pourquoi le journal titre-t-il « Qui a gagné ? » dans son numéro d'hier ?",
        "Qui a dessiné\nla gare de Lanvaux ?",
        "Où est Tartous ? 1) en Syrie 2) au Liban",
        "Hat der 1. FC Köln in der 2. Bundesliga gewonnen?",
        "Que dit https://example.org/?q=pont&page=2 du pont ?",
        "prix du ticket et horaires",
        "",
        "?",
    ],
)
def test_one_question_stays_whole(message: str) -> None:
    assert split(message) == []


def test_a_language_whose_words_are_not_known_is_split_by_question_marks() -> None:
    assert split_questions("Kto wygrał wyścig? Ile trwał?", "pl") == ["Kto wygrał wyścig?", "Ile trwał?"]


def test_no_more_are_taken_than_can_be_read() -> None:
    message = "".join(f"Combien coûte le billet {number} ? " for number in range(9))
    assert len(split(message)) == MOST_QUESTIONS


@pytest.mark.parametrize(
    ("question", "bare"),
    [("et aussi ce que coûte l'entrée", "ce que coûte l'entrée"), ("And when?", "when?"), ("Étienne ?", "Étienne ?")],
)
def test_what_joined_a_question_is_taken_off(question: str, bare: str) -> None:
    assert without_join(question, detect_language(question, ("fr",))) == bare


def test_the_questions_of_the_last_message_are_turns_of_their_own() -> None:
    talk = Conversation(
        [Turn("Où est le phare ?", "Ici. [1]"), Turn("Qui le garde ? Et depuis quand ?", "1. X [1]\n2. Y [2]")]
    )
    assert turns_apart(talk, "fr").turns == [
        Turn("Où est le phare ?", "Ici. [1]"), Turn("Qui le garde ?", "X [1]"), Turn("Et depuis quand ?", "Y [2]")
    ]  # fmt: skip
    assert len(talk) == 2  # as it was


def test_an_answer_without_a_line_for_each_stays_whole_in_every_turn() -> None:
    talk = turns_apart(Conversation([Turn("Qui le garde ? Et depuis quand ?", "Pas dit.")]), "fr")
    assert [turn.answer for turn in talk.turns] == ["Pas dit.", "Pas dit."]


def test_of_one_question_what_is_said_around_it_is_left_out() -> None:
    talk = turns_apart(Conversation([Turn("Bonjour ! Qui garde le phare ? Merci", "1. Anna [1]")]), "fr")
    assert talk.turns == [Turn("Qui garde le phare ?", "1. Anna [1]")]


@pytest.mark.parametrize(
    ("questions", "complete"),
    [
        (["Qui a bâti le pont de Lanvaux", "et qui a bâti celui de Kerbihan ?"], "et qui a bâti le pont de Kerbihan ?"),
        (["Où est la vieille gare d'Orval ?", "Et celle de Lanvaux ?"], "Et la vieille gare de Lanvaux ?"),
        (["Who built the mill in York", "and who built the one in Leeds?"], "and who built the mill in Leeds?"),
        (["Qui est le maire ?", "Et celui de Lanvaux ?"], "Et celui de Lanvaux ?"),  # nothing was named so
        (["Qui a bâti le pont de Lanvaux ?", "Et celui qui a brûlé ?"], "Et celui qui a brûlé ?"),
    ],
)
def test_what_was_named_before_is_named_again(questions: list[str], complete: str) -> None:
    assert named_again(questions, detect_language(questions[0], ("fr", "en"))) == [questions[0], complete]
