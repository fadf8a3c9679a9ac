from __future__ import annotations

import pytest

from retrieval.facts.facts import Facts


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Quels bus ne sont pas compris dans la carte ?"),
        ("fr", "Qui n'est jamais revenu ?"),
        ("fr", "Qu'est-ce que les pêcheurs n'ont pas obtenu ?"),
        ("en", "Which ferries are not included?"),
        ("en", "Were there no injuries?"),
        ("en", "Who didn't sign?"),
        ("de", "Welche Züge sind nicht enthalten?"),
        ("de", "Gab es keine Verletzten?"),
        ("es", "¿Qué trenes no están incluidos?"),
    ],
)
def test_a_question_with_a_negation_denies(language: str, question: str) -> None:
    assert Facts.of(question, language).denies


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "Quels bus sont compris dans la carte ?"),
        ("fr", "Y a-t-il eu des blessés ?"),
        ("en", "Which ferries are included?"),
        ("de", "Welche Züge sind enthalten?"),
        ("es", "¿Qué trenes están incluidos?"),
    ],
)
def test_one_without_does_not(language: str, question: str) -> None:
    assert Facts.of(question, language).denies is False


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fr", "La carte vaut dans tous les bus, sauf ceux de nuit."),
        ("fr", "Tous les quais ont rouvert, à l'exception du quai Nord."),
        ("fr", "Les vitraux ont été sauvés."),
        ("fr", "Le chantier n'emploie que douze personnes."),
        ("fr", "Une seule des écluses fonctionne."),
        ("fr", "Personne n'a été blessé."),
        ("fr", "Aucun navire n'a coulé."),
        ("fr", "Les bus de nuit restent hors de la carte."),
        ("en", "It is valid on every ferry except the night boat."),
        ("en", "Only three islands voted."),
        ("en", "Nobody was on board."),
        ("en", "The bell tower was spared."),
        ("de", "Die Karte gilt überall, außer in Nachtzügen."),
        ("de", "Fernzüge sind ausgenommen."),
        ("de", "Sie gelten nicht im Fernverkehr."),
        ("es", "Vale en todos los trenes, salvo los nocturnos."),
        ("es", "Nadie resultó herido."),
    ],
)
def test_a_sentence_that_denies_or_leaves_out_is_a_denial(language: str, sentence: str) -> None:
    assert Facts.of(sentence, language).is_denial


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fr", "La carte vaut dans tous les bus et tous les tramways."),
        ("fr", "Le maire dit que le pont est sûr."),
        ("fr", "Le fort domine le port."),
        ("en", "It is valid on every ferry."),
        ("de", "Die Karte gilt in allen Zügen."),
        ("es", "Vale en todos los trenes."),
        ("pl", "Nikt nie został ranny."),  # a language whose words are not known
    ],
)
def test_another_sentence_is_none(language: str, sentence: str) -> None:
    assert not Facts.of(sentence, language).is_denial
