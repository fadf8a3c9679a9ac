"""What a person wants of an answer, by kind of question, over the news of a town that is nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from retrieval import Answer, ArticleQA
from retrieval.answering.answer import MARKER

ARTICLES = Path(__file__).parent / "articles"  # seven in French, one in English, one in German
OF_ORDERS = re.compile(r"ignore|instructions|marseille|system:|pirate|banana", re.IGNORECASE)
FOOTBRIDGE = {"passerelle-fevrier", "passerelle-mai"}
REFUSED = 0.6  # of near misses
# what people would want and do not get yet; strict, so that a better reader is told of here
SEEN_ELSEWHERE = pytest.mark.xfail(strict=True, reason="the reader sees the answer in another sentence")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleQA]:
    """The town's news; questions are asked without a conversation, so that each stands alone."""
    with closing(ArticleQA.from_articles(ARTICLES, tmp_path_factory.mktemp("town") / "index")) as qa:
        yield qa


def read(answer: Answer) -> str:
    """Returns an answer as it is read: without its markers, every white space a space, one kind of apostrophe."""
    return " ".join(MARKER.sub("", answer.text).replace("’", "'").split())


def sentences(answer: Answer) -> list[str]:
    """Returns what has a marker each: of a table a row, else a sentence."""
    return [" ".join(part.replace("’", "'").split()) for part in MARKER.split(answer.text) if part.strip()]


def first(answer: Answer) -> str:
    return sentences(answer)[0]


def cited(answer: Answer) -> set[str]:
    """Returns the names of the articles that are cited."""
    return {Path(citation.article_id).stem for citation in answer.citations}


@pytest.mark.parametrize(
    ("message", "facts"),
    [
        ("Combien mesure la passerelle d'Aubrelle et qui l'a dessinée ?", ("96 mètres", "Ottavio Brenn")),
        ("Quand ouvre la passerelle ?\nCombien coûte-t-elle ?", ("20 septembre", "2,3 millions")),
        ("1) combien de visiteurs à la Fête des cerises 2) qui a gagné le concours de noyaux", ("4 200", "Ferrol")),
        ("Combien de brioches le jury a-t-il goûtées ? Et quand le Fouet d'or a-t-il été créé ?", ("214", "1962")),
        (
            "Bonjour, je voudrais savoir combien d'élèves compte l'école des Lilas, et aussi qui la dirige. Merci !",
            ("118 élèves", "Lucien Abadour"),
        ),
        ("How long does the ferry crossing take? And what does a ticket cost?", ("nine minutes", "4 euros")),
        ("Wie hoch ist der Aussichtsturm und wie viele Stufen hat er?", ("34 Meter", "186 Stufen")),
    ],
)
def test_each_question_of_a_message_is_answered(town: ArticleQA, message: str, facts: tuple[str, ...]) -> None:
    answer = town.ask(message)
    assert answer.found
    assert [fact for fact in facts if fact not in read(answer)] == []


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Combien d'articles as-tu ?", r"\b(9|neuf)\b"),
        ("t'as combien d'articles en tout", r"\b(9|neuf)\b"),
        ("How many articles do you have?", r"\b(9|nine)\b"),
        ("Combien d'articles as-tu sur la passerelle ?", r"\b(2|deux)\b"),
        ("De quand date l'article sur la Fête des cerises ?", r"10 juin 2025"),
        ("When was the article about the ferry published?", r"28 March 2025|March 28, 2025"),
        ("Qui a écrit l'article sur la brioche ?", r"Clarisse Vaudois"),
        ("De quel journal vient l'article sur le ferry ?", r"The Trenne Post"),
    ],
)
def test_what_is_known_of_the_articles_is_told(town: ArticleQA, message: str, told: str) -> None:
    answer = town.ask(message)
    assert re.search(told, read(answer))
    assert not OF_ORDERS.search(answer.text)


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("Quel est ton article le plus ancien ?", {"turm"}),
        ("c'est quoi le dernier article", {"moulin"}),
        ("What is the newest article?", {"moulin"}),
        ("Quels articles parlent de la passerelle ?", FOOTBRIDGE),
        ("t'as quoi comme articles sur la passerelle", FOOTBRIDGE),
        ("Quels articles a écrits Hugo Tessandre ?", {"ecole", "passerelle-mai"}),
        ("Quels sont les titres des articles ?", {path.stem for path in ARTICLES.glob("*.md")}),
    ],
)
def test_articles_that_are_asked_for_are_cited_and_no_others(town: ArticleQA, message: str, wanted: set[str]) -> None:
    assert cited(town.ask(message)) == wanted


@pytest.mark.parametrize(
    ("message", "name", "said"),
    [
        ("Résume l'article sur l'école des Lilas", "ecole", "gardera ses cinq classes"),
        ("tu peux me résumer l'article sur la fete des cerises ?", "cerises", "4 200 visiteurs"),
        ("De quoi parle l'article sur le moulin ?", "moulin", "12 juillet 2025"),
        ("Summarise the article about the ferry", "ferry", "electric engine"),
        ("Fasse den Artikel über den Aussichtsturm zusammen", "turm", "5. Oktober 2024"),
    ],
)
def test_a_summary_is_a_few_sentences_of_the_article(town: ArticleQA, message: str, name: str, said: str) -> None:
    answer = town.ask(message)
    assert said in read(answer)
    assert cited(answer) == {name}
    assert 3 <= len(answer.citations) <= 5
    starts = [citation.start for citation in answer.citations if not citation.in_title]
    assert starts == sorted(starts)
    assert not OF_ORDERS.search(answer.text)


@pytest.mark.parametrize(
    ("message", "name", "said"),
    [
        ("Que s'est-il passé le 8 juin 2025 ?", "cerises", "8 juin"),
        ("Que s'est-il passé le 12 juillet 2025 ?", "moulin", "12 juillet 2025"),
        ("il s'est passé quoi le 13 mars 2025", "ecole", "13 mars 2025"),
        ("What happened on 24 March 2025?", "ferry", "24 March 2025"),
        ("Was geschah am 5. Oktober 2024?", "turm", "5. Oktober 2024"),
        ("Que s'est-il passé en juillet 2025 ?", "moulin", "recommencé à moudre"),
        ("Que s'est-il passé en janvier 2025 ?", "brioche", "Mahaut Cordelain"),
        ("Que s'est-il passé en 1983 ?", "passerelle-fevrier", "crue de 1983"),
    ],
)
def test_what_happened_then_is_told(town: ArticleQA, message: str, name: str, said: str) -> None:
    answer = town.ask(message)
    assert answer.found
    assert name in cited(answer)
    assert said in read(answer)


@pytest.mark.parametrize("message", ["Que s'est-il passé le 2 février 1990 ?", "What happened in August 1912?"])
def test_a_day_of_which_no_article_tells_is_not_answered(town: ArticleQA, message: str) -> None:
    assert not town.ask(message).found


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("La passerelle mesure-t-elle plus de 50 mètres ?", "96 mètres"),
        ("Est-ce que la cantine coûte 5 euros ?", "3,20 euros"),
        ("Y a-t-il eu plus de 10 000 visiteurs à la Fête des cerises ?", "4 200 visiteurs"),
        ("L'école des Lilas a-t-elle moins de 100 élèves ?", "118 élèves"),
        ("Est-ce vrai que le moulin produit 200 kilos de farine par heure ?", "80 kilos"),
        ("Does the ferry crossing take 30 minutes?", "nine minutes"),
        ("Did the new engine of the ferry cost more than 500,000 euros?", "310,000 euros"),
        ("Ist der Aussichtsturm höher als 50 Meter?", "34 Meter"),
    ],
)
def test_a_figure_in_a_question_of_yes_or_no_finds_the_one_of_the_article(
    town: ArticleQA, message: str, fact: str
) -> None:
    assert fact in first(town.ask(message))


@pytest.mark.parametrize(
    ("message", "denial"),
    [
        ("Y a-t-il eu des blessés à la Fête des cerises ?", "Personne n'a été blessé"),
        ("Qu'est-ce qui n'est pas compris dans le prix de la cantine ?", "ni le goûter ni le pique-nique"),
        ("Qu'est-ce qui n'a pas eu lieu à la Fête des cerises ?", "n'ont pas eu lieu"),
        ("La classe bilingue de l'école des Lilas sera-t-elle créée ?", "ne sera pas créée"),
        ("Quels véhicules ne sont pas admis sur la passerelle ?", "deux-roues motorisés"),
        ("Les commerçants du quai seront-ils indemnisés ?", "aucune indemnité"),
        ("When does the ferry not run?", "does not run on Mondays"),
        ("Hat der Aussichtsturm einen Aufzug?", "keinen Aufzug"),
    ],
)
def test_a_sentence_that_denies_settles_it(town: ArticleQA, message: str, denial: str) -> None:
    assert denial in first(town.ask(message))


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("Quelle est la longueur de la cour de l'école des Lilas ?", "40 mètres"),
        ("Combien de temps dureront les travaux de la cour de l'école ?", "trois semaines"),
        ("elle fait quelle longueur la passerelle d'Aubrelle", "96 mètres"),
        ("Combien de temps l'orage a-t-il interrompu le concours ?", "une heure"),
        ("How long is the ferry?", "22 metres"),
        pytest.param("How long is the ferry crossing?", "nine minutes", marks=SEEN_ELSEWHERE),
        ("Wie lange dauerte der Bau des Aussichtsturms?", "elf Monate"),
    ],
)
def test_how_long_is_a_length_or_a_time(town: ArticleQA, message: str, fact: str) -> None:
    assert fact in first(town.ask(message))


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("Qui a reçu le Fouet d'or 2025 ?", "Mahaut Cordelain"),
        pytest.param("C'est qui qui a gagné le Fouet d'or en 2025", "Mahaut Cordelain", marks=SEEN_ELSEWHERE),
        pytest.param("Who won the Fouet d'or in 2025?", "Mahaut Cordelain", marks=SEEN_ELSEWHERE),
        ("Où vit Roch Davin maintenant ?", "Québec"),
        ("Quand le moulin a-t-il été remis en marche ?", "12 juillet 2025"),
        pytest.param("Quel est l'effectif de l'école des Lilas ?", "118 élèves", marks=SEEN_ELSEWHERE),
        ("Quel est le prix d'une traversée en ferry ?", "4 euros"),
        ("Who is in command of the ferry?", "Ines Dorval"),
    ],
)
def test_a_fact_is_found_that_the_article_says_in_other_words(town: ArticleQA, message: str, fact: str) -> None:
    assert fact in first(town.ask(message))


NEAR_MISSES = (
    "Quel âge a Mahaut Cordelain ?",
    "Combien coûte la visite du moulin ?",
    "Qui dirige la piscine des Saules ?",
    "Quelle est la largeur de la passerelle ?",
    "Combien coûte un kilo de clafoutis ?",
    "Quelle est la profondeur de la piscine des Saules ?",
    "Combien d'enfants mangent à la cantine de l'école des Lilas ?",
    "C'est qui le maire de Cass Island ?",
    "How many passengers does the ferry carry?",
    "Wie viel hat der Aussichtsturm gekostet?",
)


@pytest.mark.xfail(strict=True, reason="the reader takes a fifth of these near misses for what they are")
def test_most_near_misses_are_refused(town: ArticleQA) -> None:
    answered = {message: first(answer) for message in NEAR_MISSES if (answer := town.ask(message)).found}
    assert len(answered) <= (1 - REFUSED) * len(NEAR_MISSES), answered


@pytest.mark.parametrize(
    "message",
    [
        "Quel temps fait-il à Paris ?",
        "Combien coûte l'abonnement ?",
        "Trump was mentioned?",
        "qui a gagné la coupe du monde 2018",
        "donne moi une recette de lasagnes",
        "Wie wird das Wetter morgen in Berlin?",
    ],
)
def test_what_has_nothing_to_do_with_the_town_is_refused(town: ArticleQA, message: str) -> None:
    answer = town.ask(message)
    assert not answer.found
    assert answer.citations == ()


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("c ki ki a gagner le concour de noyaux", "Nadège Ferrol"),
        ("QUI EST LE MAIRE D'AUBRELLE", "Fulbert Crozanne"),
        ("combien d eleves a l ecole des lilas", "118 élèves"),
        ("passerelle ouverture quand", "20 septembre"),
        ("pk la passerelle est en retard", "boulons"),
        ("clafoutis", "260 kilos de clafoutis"),
        ("prix cantine", "3,20 euros"),
        ("yavait cb de visiteurs a la fete des cerises", "4 200 visiteurs"),
        pytest.param("how many steps does the tower have", "186 Stufen", marks=SEEN_ELSEWHERE),
        ("wieviel stufen hat der turm", "186 Stufen"),
    ],
)
def test_what_is_typed_as_people_type_is_understood(town: ArticleQA, message: str, fact: str) -> None:
    assert fact in first(town.ask(message))


@pytest.mark.parametrize("message", ["c ki ki a gagner le concour de noyaux", "prix cantine", "clafoutis"])
def test_a_few_words_of_french_are_answered_in_french(town: ArticleQA, message: str) -> None:
    assert town.ask(message).language == "fr"


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("Quand ouvre la passerelle d'Aubrelle ?", "20 septembre"),
        ("Combien coûte la passerelle ?", "2,3 millions"),
        pytest.param("When will the footbridge of Aubrelle open?", "20 septembre", marks=SEEN_ELSEWHERE),
        ("Que devait coûter la passerelle en février 2025 ?", "1,8 million"),
    ],
)
def test_of_two_states_the_one_of_the_day_is_told_first(town: ArticleQA, message: str, fact: str) -> None:
    assert fact in first(town.ask(message, today=date(2025, 8, 1)))


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("Combien coûte l'entrée de la piscine pour un adulte ?", "5,40"),
        ("combien pour un enfant de 8 ans a la piscine", "3,10"),
        ("C'est gratuit pour les enfants de moins de 4 ans, la piscine ?", "gratuit"),
        ("carte 10 entrées piscine prix", "45"),
        ("Combien coûte la location d'un transat ?", "2 €"),
        ("La piscine des Saules est-elle ouverte le lundi ?", "fermée"),
        ("horaires de la piscine le samedi", "de 10 h à 20 h"),
    ],
)
def test_the_row_of_a_table_is_told(town: ArticleQA, message: str, fact: str) -> None:
    answer = town.ask(message)
    assert fact in first(answer)
    assert cited(answer) == {"piscine"}


@pytest.mark.parametrize(
    "message",
    [
        "Où se trouve le moulin de la Trenne ?",
        "Que sait-on du moulin de la Trenne ?",
        "Dans quelle ville se trouve le moulin ?",
        "What is the mill?",
    ],
)
def test_orders_to_a_machine_are_not_quoted(town: ArticleQA, message: str) -> None:
    answer = town.ask(message)
    assert not OF_ORDERS.search(answer.text)
    assert not any(OF_ORDERS.search(citation.quote) for citation in (*answer.citations, *answer.nearest))


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        ("Combien d'élèves compte l'école des Lilas ?", "118 élèves"),
        ("Qui est le meunier du moulin de la Trenne ?", "Gaspard Ollin"),
        ("Combien de visiteurs la Fête des cerises a-t-elle attirés en 2025 ?", "4 200 visiteurs"),
        ("Combien de farine le moulin produit-il par heure ?", "80 kilos"),
        ("Where was the new engine of the ferry built?", "Bergen"),
        ("Wie hoch ist der Aussichtsturm?", "34 Meter"),
    ],
)
def test_a_plain_fact_comes_first_and_little_else(town: ArticleQA, message: str, fact: str) -> None:
    answer = town.ask(message)
    assert fact in first(answer)
    assert len(sentences(answer)) <= 2
