from __future__ import annotations

import pytest

from index.text.languages import detect_language
from retrieval.understanding.asking_words import as_open_question, figures_in_doubt, is_yes_no, spelled_out

# Yes or no


@pytest.mark.parametrize(
    "question",
    [
        "Le pont a-t-il rouvert ?",
        "L'orgue a-t-il plus de 300 tuyaux ?",
        "Est-ce que le billet coûte toujours 12 euros ?",
        "Est-ce vrai que le maire a gagné 3 fois ?",
        "C'est vrai que la ligne fait 40 km ?",
        "Y a-t-il eu des blessés ?",
        "La Norvège a gardé ses phares ?",
        "Le soin est remboursé à 100 % ?",
        "La tour qui a brûlé a-t-elle été rebâtie ?",
        "la mairie a t elle payé plus de 2 millions",
        "Sait-on si le pont a rouvert ?",
        "Did the mill stay shut for 40 days?",
        "Is the bridge longer than 2 km?",
        "Were there any injuries?",
        "The ticket costs 49 euros?",
        "Ist die Brücke länger als 2 km?",
        "Hat das Projekt mehr als 2 Milliarden gekostet?",
        "Gibt es Verletzte?",
        "¿Hay heridos?",
        "¿Es verdad que el alcalde ganó?",
    ],
)
def test_a_question_for_yes_or_no_is_one(question: str) -> None:
    assert is_yes_no(question, detect_language(question, ("fr", "en")))


@pytest.mark.parametrize(
    "question",
    [
        "Quand la Norvège a-t-elle gardé ses phares ?",
        "Combien le pont a-t-il coûté ?",
        "Qu'est-ce que le maire a dit ?",
        "Qui est-ce qui a gagné ?",
        "Quand est-ce que le pont a rouvert ?",
        "Le pont, il a coûté combien ?",
        "Le pont a rouvert quand ?",
        "Sait-on combien le pont a coûté ?",
        "Pouvez-vous me dire qui est le maire ?",
        "Et le prix du billet ?",
        "Le prix du billet ?",
        "Le pont a rouvert.",
        "How long did the mill stay shut?",
        "Do you know who built it?",
        "What is the bridge called?",
        "Wie lang ist die Brücke?",
        "Weißt du, wie viel es kostet?",
        "¿Cuánto dura?",
        "¿Sabes quién ganó?",
    ],
)
def test_another_question_is_none(question: str) -> None:
    assert not is_yes_no(question, detect_language(question, ("fr", "en")))


def test_in_a_language_that_is_not_known_nothing_is() -> None:
    assert not is_yes_no("Czy most jest otwarty?", "pl")


@pytest.mark.parametrize(
    ("figures", "question"),
    [
        ({"300"}, "L'orgue a-t-il plus de 300 tuyaux ?"),
        ({"5", "000"}, "L'orgue a-t-il 5 000 tuyaux ?"),
        ({"100"}, "Le soin est-il remboursé à 100 % ?"),
        ({"30"}, "La ligne 7 fait-elle 30 km ?"),
        ({"12"}, "Est-ce que le billet coûte toujours 12 euros ?"),
        ({"2"}, "A-t-il coûté plus de 2 milliards en 2024 ?"),
        ({"40"}, "Did the mill stay shut for 40 days?"),
        ({"3"}, "Did it cost more than 3?"),
        ({"50"}, "Hat die Brücke über 50 Pfeiler?"),
        (set(), "La ligne 7 a-t-elle ouvert ?"),
        (set(), "Le pont a-t-il rouvert le 8 mai ?"),
        (set(), "Y a-t-il eu des blessés en 2020 ?"),
        (set(), "Did Vega 2 land?"),
        (set(), "Qui a joué plus de 300 matchs ?"),  # it is a condition there
        (set(), "Quelle ligne fait 30 km ?"),
    ],
)
def test_the_figures_that_are_asked_for_are_told_from_those_that_name(figures: set[str], question: str) -> None:
    assert figures_in_doubt(question, detect_language(question, ("fr", "en"))) == figures


# Shorthand


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kan ouvre la piscine", "quand ouvre la piscine"),
        ("ki a gagner la regate", "qui a gagner la regate"),
        ("cb de bateaux pr la course", "combien de bateaux pour la course"),
        ("le billet c combien stp", "le billet c'est combien"),
        ("c koi la criee", "c'est quoi la criee"),
        ("keski s passe au port", "qu'est-ce qui s passe au port"),
        ("est ske le pont est ferme", "est-ce que le pont est ferme"),
        ("pkoi il est parti", "pourquoi il est parti"),
        ("kel age a le maire", "quel age a le maire"),
        ("c ou le port", "où est le port"),
        ("c ki le maire", "qui est le maire"),
        ("ou est le port", "où est le port"),
        ("le port c ou ?", "le port c'est où ?"),
        ("QD OUVRE LE PONT", "QUAND OUVRE LE PONT"),
        ("wen did it open", "when did it open"),
        ("how mch is d ferry", "how much is the ferry"),
        ("q es la lonja", "qué es la lonja"),
    ],
)
def test_shorthand_is_written_out(typed: str, meant: str) -> None:
    assert spelled_out(typed, detect_language(typed, ("fr", "en"))) == meant


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Combien de tuyaux compte l'orgue ?"),
        ("fr", "peut-on payer par cb ?"),
        ("fr", "Que vend DC Comics ?"),
        ("fr", "Qui est le Pr Martin ?"),
        ("fr", "Kan Kaori a-t-elle gagné ?"),
        ("fr", "COMBIEN DE TUYAUX"),
        ("fr", "l'arme d'Achille"),
        ("fr", "le train ou le bus est-il gratuit ?"),
        ("fr", "stp"),  # and nothing else
        ("en", "Who are you?"),
        ("en", "How is the D-Day beach?"),
        ("pl", "ki jest"),
    ],
)
def test_what_is_none_stays(language: str, text: str) -> None:
    assert spelled_out(text, language) == text


@pytest.mark.parametrize(
    ("question", "language", "meant"),
    [
        ("Le tunnel fait-il 12 km ?", "fr", "Le tunnel fait-il combien de km ?"),
        (
            "L'usine emploie-t-elle plus de 300 personnes ?",
            "fr",
            "L'usine emploie-t-elle plus de combien de personnes ?",
        ),
        ("Does the ferry carry 90 cars?", "en", "Does the ferry carry how many cars?"),
        ("Kostet das Ticket 49 Euro?", "de", "Kostet das Ticket wie viele Euro?"),
        ("Le pont a-t-il rouvert en 2024 ?", "fr", "Le pont a-t-il rouvert en 2024 ?"),  # no amount
        ("Combien de ponts ont plus de 100 ans ?", "fr", "Combien de ponts ont plus de 100 ans ?"),  # not for yes or no
    ],
)
def test_a_figure_in_doubt_is_asked_for(question: str, language: str, meant: str) -> None:
    assert as_open_question(question, language) == meant
