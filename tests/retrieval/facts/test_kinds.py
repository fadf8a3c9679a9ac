from __future__ import annotations

import pytest

from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind

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
    # as people say it
    (Kind.DATE, "c'est quand la fête ?"),
    (Kind.DATE, "à quelle date ouvre le musée"),
    (Kind.DATE, "à quelle heure ferme la piscine ?"),
    (Kind.DATE, "le pont ouvre quel jour"),
    (Kind.DATE, "What time does the pool close?"),
    (Kind.DATE, "Um wie viel Uhr beginnt das Spiel?"),
    (Kind.DATE, "¿A qué hora abre?"),
    (Kind.NUMBER, "ça fait combien en euros"),
    (Kind.NUMBER, "quel prix le billet"),
    (Kind.NUMBER, "le prix du billet"),
    (Kind.NUMBER, "combien de gens sont venus"),
    (Kind.NUMBER, "quel âge avait le capitaine"),
    (Kind.NUMBER, "Quelle est la hauteur du phare ?"),
    (Kind.NUMBER, "Quelle part des habitants a voté ?"),
    (Kind.NUMBER, "What's the price of a ticket?"),
    (Kind.NUMBER, "What does the bell weigh?"),
    (Kind.NUMBER, "Was kostet die Karte?"),
    (Kind.NUMBER, "¿Cuál es el precio?"),
    (Kind.DURATION, "combien d'heures dure la traversée"),
    (Kind.PERSON, "qui c'est qui a gagné"),
    (Kind.PERSON, "c'est qui le maire"),
    (Kind.PERSON, "t'sais qui a peint la fresque"),
    (Kind.PERSON, "Quel est le nom de l'architecte ?"),
    (Kind.PERSON, "comment s'appelle la directrice"),
    (Kind.PERSON, "Von wem ist das Bild?"),
    (Kind.PERSON, "Wie heißt der Bürgermeister?"),
    (Kind.PLACE, "c'est où"),
    (Kind.PLACE, "elle est née où ?"),
    (Kind.PLACE, "D'où vient le sel ?"),
    (Kind.PLACE, "Dans quelle rue ?"),
    (Kind.PLACE, "In welcher Straße?"),
    (Kind.REASON, "how come"),
    (Kind.REASON, "comment ça se fait"),
    (Kind.OTHER, "comment s'appelle le bateau"),
    (Kind.OTHER, "What area was settled?"),
    (Kind.OTHER, "What general rule applies?"),
    (Kind.OTHER, "Est-ce que le pont a rouvert ?"),
    # by the metre, or by the hour
    (Kind.LENGTH, "Quelle est la longueur de la digue ?"),
    (Kind.LENGTH, "Combien de kilomètres fait la piste ?"),
    (Kind.LENGTH, "How long is the pier in Norwick?"),
    (Kind.LENGTH, "How long will the new tunnel be?"),
    (Kind.LENGTH, "Wie lang wird die Brücke in Altdorf?"),
    (Kind.LENGTH, "¿Cuánto mide el muro?"),
    (Kind.DURATION, "How long will the tunnel be closed?"),
    (Kind.DURATION, "How long did the tunnel take?"),
    (Kind.DURATION, "How long is the strike?"),
    (Kind.DURATION, "Wie lange dauert der Bau der Brücke?"),
    (Kind.DURATION, "Combien de temps dure la traversée du pont ?"),
]


def facts(text: str) -> Facts:
    return Facts.of(text, "")


@pytest.mark.parametrize(("kind", "question"), _QUESTIONS)
def test_question_words_tell_what_is_asked_for(kind: Kind, question: str) -> None:
    assert facts(question).kind is kind


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATE, "Cette conversation a eu lieu le 12 février 2025."),
        (Kind.DATE, "It was on a Monday."),
        (Kind.DATE, "Это было в 1971 году."),
        (Kind.DATE, "2025年2月12日"),
        (Kind.DURATION, "L'appel a duré quarante minutes."),
        (Kind.DURATION, "It took 3 hours."),
        (Kind.DURATION, "They ran alone for a little more than a day."),
        (Kind.DURATION, "Les Jeux sont prévus du 28 août au 8 septembre."),
        (Kind.DURATION, "The strike lasts from Monday morning to Tuesday night."),
        (Kind.DURATION, "Der Streik dauert von Montag bis Mittwoch."),
        (Kind.DURATION, "Plague remained a major event until the second quarter of the 19th century."),
        (Kind.DURATION, "La route est coupée depuis lundi."),
        (Kind.DATE, "La piscine ouvre à 18 h 04."),
        (Kind.DATE, "Les robots ont été mis en sommeil début septembre."),
        (Kind.NUMBER, "Il y a deux bases."),
        (Kind.NUMBER, "Es kostet 58 Euro."),
        (Kind.PERSON, "Il a parlé avec Ahmed el-Chareh."),
        (Kind.PERSON, "تحدث مع أحمد الشرع"),
    ],
)
def test_a_text_that_holds_such_a_thing_is_seen(kind: Kind, text: str) -> None:
    assert facts(text).holds(kind, facts(""))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATE, "Les discussions ont porté sur les routes."),
        (Kind.DURATION, "L'entretien a eu lieu le 12 février 2025."),
        (Kind.DURATION, "They left the system that they had belonged to from the start."),
        (Kind.DURATION, "Près de 2 000 personnes y ont travaillé, du bûcheron au facteur d’orgues."),
        (Kind.DURATION, "Le 8 mars 2024, journée des droits des femmes, le texte a été scellé."),
        (Kind.DURATION, "Elle vend de 3 à 5 kilos de figues."),
        (Kind.NUMBER, "Les bases sont anciennes."),
        (Kind.PERSON, "Les deux dirigeants ont parlé."),
    ],
)
def test_a_text_without_such_a_thing_is_seen_too(kind: Kind, text: str) -> None:
    assert not facts(text).holds(kind, facts(""))


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
    assert facts(text).names_person(facts("Avec qui Poutine a-t-il parlé ?")) is held


def test_a_title_before_a_word_that_is_often_small_names_nobody() -> None:
    """ "M. Le" is a title and an article: a name without a word that tells it apart."""
    assert not facts("Le directeur, M. Le, a démenti.").names_person(facts("Qui a démenti ?"))


def test_what_stands_in_the_question_already_is_no_answer() -> None:
    assert not facts("L'accord de 1971 tient.").holds(Kind.DATE, facts("Quand l'accord de 1971 finit-il ?"))
    assert not facts("Hier, Poutine a parlé.").holds(Kind.PERSON, facts("À qui Poutine a-t-il parlé ?"))


def test_a_day_answers_where_its_month_is_in_the_question() -> None:
    question = "Quel jour de mars 2025 le pont a-t-il rouvert ?"
    assert facts("Le pont a rouvert le 4 mars 2025.").holds(Kind.DATE, facts(question))
    assert not facts("Le pont a rouvert en mars 2025.").holds(Kind.DATE, facts(question))


@pytest.mark.parametrize(
    ("fits", "question", "text"),
    [
        (True, "Quelle est la longueur de la digue ?", "La digue mesure 530 mètres."),
        (True, "How long is the pier?", "The pier runs for two miles."),
        (False, "How long is the pier?", "The pier took three years."),
        (True, "How long is the new course?", "The course is 12 kilometres long."),
        (True, "How long is the new course?", "The course lasts three weeks."),
        (False, "How long did the race take?", "The race is 12 kilometres long."),
        (True, "Wie lang ist die neue Runde?", "Sie misst 12 Kilometer."),
        (False, "Wie lange dauert die Runde?", "Sie misst 12 Kilometer."),
        (False, "Wie lang bleibt sie gesperrt?", "Sie misst 12 Kilometer."),
        (False, "Combien de temps dure le tour ?", "Le tour fait 12 km."),
        (True, "À quelle heure ouvre la piscine ?", "La piscine ouvre à 8 heures."),
        (True, "What time does it open?", "Doors open at 7:30 p.m."),
        (False, "À quelle heure ouvre la piscine ?", "La piscine a trois bassins."),
    ],
)
def test_how_long_is_told_by_metres_or_by_time_as_the_question_says(fits: bool, question: str, text: str) -> None:
    assert facts(text).holds(facts(question).kind, facts(question)) is fits


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (True, "L'éruption a fait un blessé et trois morts en 85 jours."),
        (True, "Quelque 2 000 personnes sont parties."),
        (True, "7 000 habitants"),
        (False, "L'éruption est terminée après 85 jours."),
        (False, "La erupción de La Palma se da por terminada tras 85 días"),
        (False, "Elle a coûté 85 000 euros."),
        (False, "C'était le 12 mars, à 3 km du port."),
    ],
)
def test_a_number_with_a_unit_counts_nothing_else(held: bool, text: str) -> None:
    assert facts(text).holds(Kind.NUMBER, facts("Combien de victimes y a-t-il eu ?")) is held
    assert facts(text).holds(Kind.NUMBER, facts("Combien de jours, de mètres ?"))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Le concert a lieu le 18 octobre à 20 h 30 à la salle Neruda.", False),
        ("La salle ouvre de 9h30 à 19h30.", False),
        ("The hall opens at 8:30 and closes at 9 pm.", False),
        ("Der Saal öffnet um 20 Uhr.", False),
        ("Le 18 octobre à 20 h, 350 places.", True),
    ],
)
def test_a_time_of_the_day_is_no_number_of_things(text: str, held: bool) -> None:
    assert facts(text).holds(Kind.NUMBER, facts("Combien de places y a-t-il ?")) is held


def test_millions_are_no_things_that_are_counted() -> None:
    assert facts("The project cost about 1.6 billion euros.").holds(
        Kind.NUMBER, facts("Combien de milliards a-t-il coûté ?")
    )
    assert not facts("The project cost about 1.6 billion euros.").holds(
        Kind.NUMBER, facts("Combien de bateaux a-t-il coûté ?")
    )
