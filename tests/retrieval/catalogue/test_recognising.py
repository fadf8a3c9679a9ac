from __future__ import annotations

from datetime import date

import pytest

from index.text.languages import detect_language
from retrieval.catalogue.recognising import AboutArticles, Wanted, recognise, recognise_again

TODAY = date(2025, 6, 1)


def recognised(message: str) -> AboutArticles | None:
    return recognise(message, detect_language(message, ("fr", "en")), TODAY)


@pytest.mark.parametrize(
    ("message", "wanted", "topic"),
    [
        ("Combien d'articles as-tu ?", Wanted.COUNT, ""),
        ("cb d articles", Wanted.COUNT, ""),
        ("TU AS COMBIEN D'ARTICLES", Wanted.COUNT, ""),
        ("Bonjour, combien as-tu d'articles stp ?", Wanted.COUNT, ""),
        ("il y a combien d'articles dans l'index", Wanted.COUNT, ""),
        ("Combien d'articles as-tu sur le barrage ?", Wanted.COUNT, "le barrage"),
        ("combien d'articles parlent du barrage", Wanted.COUNT, "le barrage"),
        ("t'as combien d'articles sur la crue", Wanted.COUNT, "la crue"),
        ("quel est le nombre d'articles sur la crue", Wanted.COUNT, "la crue"),
        ("How many articles do you have about the flood?", Wanted.COUNT, "the flood"),
        ("how many articles mention the dam", Wanted.COUNT, "the dam"),
        ("Wie viele Artikel hast du?", Wanted.COUNT, ""),
        ("¿Cuántos artículos tienes?", Wanted.COUNT, ""),
        ("Quels sont les titres des articles ?", Wanted.LIST, ""),
        ("liste les articles", Wanted.LIST, ""),
        ("donne-moi la liste des articles sur la crue", Wanted.LIST, "la crue"),
        ("kels articles parlent de la crue", Wanted.LIST, "la crue"),
        ("Quels articles as-tu sur les moulins ?", Wanted.LIST, "les moulins"),
        ("tu as des articles sur la crue", Wanted.LIST, "la crue"),
        ("Qu'est-ce que tu as sur la crue ?", Wanted.LIST, "la crue"),
        ("les articles sur la crue", Wanted.LIST, "la crue"),
        ("Quel est le titre de l'article sur la crue ?", Wanted.LIST, "la crue"),
        ("donne moi l'article sur la crue", Wanted.LIST, "la crue"),
        ("Parle-moi de l'article sur la crue", Wanted.SUMMARY, "la crue"),
        ("L'article sur la crue, de qui est-il ?", Wanted.AUTHOR, "la crue"),
        ("What is the title of the article about the flood?", Wanted.LIST, "the flood"),
        ("What articles do you have on mills?", Wanted.LIST, "mills"),
        ("show me all articles about mills please", Wanted.LIST, "mills"),
        ("Which articles are about the flood?", Wanted.LIST, "the flood"),
        ("Welche Artikel hast du über Mühlen?", Wanted.LIST, "Mühlen"),
        ("¿Qué artículos tienes sobre molinos?", Wanted.LIST, "molinos"),
        ("Quel est l'article le plus récent sur la crue ?", Wanted.EXTREME, "la crue"),
        ("ton dernier article", Wanted.EXTREME, ""),
        ("what's the latest article about mills", Wanted.EXTREME, "mills"),
        ("De quand date l'article sur la crue ?", Wanted.PUBLISHED, "la crue"),
        ("quand est paru l article sur la crue", Wanted.PUBLISHED, "la crue"),
        ("L'article sur la crue a été publié quand ?", Wanted.PUBLISHED, "la crue"),
        ("When was the article about the flood published?", Wanted.PUBLISHED, "the flood"),
        ("when was the flood article published", Wanted.PUBLISHED, "flood"),
        ("Qui a écrit l'article sur la crue ?", Wanted.AUTHOR, "la crue"),
        ("ki a ecrit l'article sur la crue", Wanted.AUTHOR, "la crue"),
        ("c'est qui l'auteur de l'article sur la crue", Wanted.AUTHOR, "la crue"),
        ("Who wrote the article about the flood?", Wanted.AUTHOR, "the flood"),
        ("Wer hat den Artikel über Mühlen geschrieben?", Wanted.AUTHOR, "Mühlen"),
        ("De quel journal vient l'article sur la crue ?", Wanted.SOURCE, "la crue"),
        ("Quelle est la source de l'article sur la crue ?", Wanted.SOURCE, "la crue"),
        ("Which newspaper is the article on mills from?", Wanted.SOURCE, "mills"),
        ("Résume l'article sur la crue", Wanted.SUMMARY, "la crue"),
        ("résume-moi la crue de la Lorve", Wanted.SUMMARY, "la crue de la Lorve"),
        ("tu peux me faire un résumé de l'article sur la crue en trois phrases stp", Wanted.SUMMARY, "la crue"),
        ("un résumé de l'article sur la crue", Wanted.SUMMARY, "la crue"),
        ("De quoi parle l'article sur la crue ?", Wanted.SUMMARY, "la crue"),
        ("l'article sur la crue parle de quoi", Wanted.SUMMARY, "la crue"),
        ("Que dit l'article sur la crue ?", Wanted.SUMMARY, "la crue"),
        ("Que dit l'article « La crue a tout emporté » ?", Wanted.SUMMARY, "« La crue a tout emporté »"),
        ("Summarize the article about the flood", Wanted.SUMMARY, "the flood"),
        ("What does the article on mills say?", Wanted.SUMMARY, "mills"),
        ("Fasse den Artikel über Mühlen zusammen", Wanted.SUMMARY, "Mühlen"),
        ("Resume el artículo sobre molinos", Wanted.SUMMARY, "molinos"),
    ],
)  # fmt: skip
def test_what_is_asked_about_the_articles_is_recognised(message: str, wanted: Wanted, topic: str) -> None:
    about = recognised(message)
    assert about is not None
    assert (about.wanted, about.topic) == (wanted, topic)


@pytest.mark.parametrize(
    "message",
    [
        "Combien d'articles compte la Constitution ?",
        "Combien d'articles du code ont été modifiés ?",
        "Combien d'articles de loi sur la sécurité ont été adoptés ?",
        "Combien d'articles ont été vendus ?",
        "Quel est le plus ancien des deux ports ?",
        "Quel est le plus ancien moulin de la vallée ?",
        "Quel est le dernier roman de Han Kang ?",
        "Qui a écrit Les Misérables ?",
        "Qui a signé le traité ?",
        "Qui est l'auteur du roman ?",
        "Quels titres a remportés Marchand ?",
        "Quel est le dernier titre de Léon Marchand ?",
        "Que dit l'article 49.3 de la Constitution ?",
        "Qui a écrit l'article 5 du traité ?",
        "Résume l'article 12 de la loi",
        "Quand a été publié le rapport sur la sécurité ?",
        "Que dit le rapport sur la sécurité ?",
        "Que dit la mairie à propos de la crue ?",
        "Que disent les experts sur la crue ?",
        "Quelle est la source de la Lorve ?",
        "D'où vient le nom du moulin ?",
        "De quand date le moulin ?",
        "Quelle est la date de la crue ?",
        "Quels journaux ont parlé de la crue ?",
        "Que s'est-il passé sur la Lorve ?",
        "Que s'est-il passé en 1942 ?",
        "Que s'est-il passé le 8 mai 2024 ?",
        "How many articles does the constitution have?",
        "How many articles were sold?",
        "Which articles of the treaty were changed?",
        "Who wrote The Vegetarian?",
        "What does article 5 say?",
        "What is the oldest bridge?",
        "What is the latest news about Syria?",
        "Who published the report on safety?",
        "Welche Artikel des Grundgesetzes wurden geändert?",
        "¿Qué dice el artículo 5?",
    ],
)
def test_questions_that_only_hold_such_words_are_left_alone(message: str) -> None:
    assert recognised(message) is None


@pytest.mark.parametrize(
    ("message", "name", "is_author"),
    [
        ("Quels articles a écrits Ana Rouxel ?", "Ana Rouxel", True),
        ("combien d'articles Ana Rouxel a-t-elle écrits", "Ana Rouxel", True),
        ("Qu'a écrit Ana Rouxel ?", "Ana Rouxel", True),
        ("les articles d'Ana Rouxel", "Ana Rouxel", False),
        ("Combien d'articles as-tu du Courrier ?", "le Courrier", False),
        ("Quels articles viennent du Courrier ?", "le Courrier", False),
        ("Which articles did Jane Doe write?", "Jane Doe", True),
        ("articles by Jane Doe", "Jane Doe", False),
    ],
)
def test_names_of_authors_and_outlets_are_told_from_topics(message: str, name: str, is_author: bool) -> None:
    about = recognised(message)
    assert about is not None
    assert (about.name, about.topic, about.is_author) == (name, "", is_author)


@pytest.mark.parametrize(
    ("message", "topic", "first"),
    [
        ("Combien d'articles depuis mars 2024 ?", "", date(2024, 3, 1)),
        ("Quels articles ont été publiés en 2023 ?", "", date(2023, 1, 1)),
        ("les articles sur la crue depuis mars 2024", "la crue", date(2024, 3, 1)),
        ("how many articles since March 2024", "", date(2024, 3, 1)),
    ],
)
def test_a_time_is_when_they_were_published(message: str, topic: str, first: date) -> None:
    about = recognised(message)
    assert about is not None
    assert about.window is not None
    assert (about.topic, about.window.first) == (topic, first)


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("Que s'est-il passé à Mirande le 6 mai 2024 ?", "Mirande"),
        ("il c'est passé quoi a mirande en mai 2024", "mirande"),
        ("What happened in Mirande in May 2024?", "Mirande"),
    ],
)
def test_what_happened_somewhere_in_a_time(message: str, topic: str) -> None:
    about = recognised(message)
    assert about is not None
    assert about.window is not None
    assert (about.wanted, about.topic, about.window.first.month) == (Wanted.HAPPENED, topic, 5)


def test_a_time_that_belongs_to_the_topic_stays_there() -> None:
    about = recognised("Quels articles parlent de la crue de mai 2022 ?")
    assert about is not None
    assert (about.topic, about.window) == ("la crue de mai 2022", None)
    one = recognised("Résume l'article sur la crue de mai 2022")
    assert one is not None
    assert (one.topic, one.window) == ("la crue de mai 2022", None)


@pytest.mark.parametrize(
    ("message", "topic", "aspect"),
    [
        ("Que dit l'article sur la crue à propos de la digue ?", "la crue", "la digue"),
        ("que dit l article sur la crue au sujet du moulin", "la crue", "le moulin"),
        ("What does the article on mills say about water?", "mills", "water"),
    ],
)
def test_what_an_article_says_on_something_is_not_what_it_is_on(message: str, topic: str, aspect: str) -> None:
    about = recognised(message)
    assert about is not None
    assert (about.wanted, about.topic, about.aspect) == (Wanted.SAYS, topic, aspect)


@pytest.mark.parametrize("message", ["résume", "résume-le", "résume cet article", "de quoi ça parle ?", "summarize it"])
def test_what_refers_to_an_article_says_so(message: str) -> None:
    about = recognised(message)
    assert about is not None
    assert (about.wanted, about.refers) == (Wanted.SUMMARY, True)


def test_several_articles_and_the_oldest() -> None:
    several, oldest = recognised("Résume les articles sur la crue"), recognised("Quel est l'article le plus ancien ?")
    assert several is not None
    assert several.several
    assert oldest is not None
    assert oldest.oldest


def test_what_may_be_about_something_else_says_so() -> None:
    about = recognised("De quoi parle le discours du maire ?")
    assert about is not None
    assert about.may_be_else


def test_a_question_goes_on_from_one_about_an_article() -> None:
    before = recognised("Résume l'article sur la crue")
    assert before is not None
    author = recognise_again("Et qui l'a écrit ?", before)
    assert author is not None
    assert (author.wanted, author.refers) == (Wanted.AUTHOR, True)
    other = recognise_again("Et celui sur le moulin ?", before)
    assert other is not None
    assert (other.wanted, other.topic) == (Wanted.SUMMARY, "le moulin")
    assert recognise_again("Et le maire ?", before) is None


def test_a_long_message_is_no_such_question() -> None:
    assert recognised("Combien d'articles as-tu sur " + "la crue et " * 40 + "le moulin ?") is None
