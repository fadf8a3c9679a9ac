from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from langchain_core.language_models import FakeListChatModel

from retrieval import ArticleQA, Conversation
from retrieval.answering.answer import Answer
from tests.retrieval.catalogue.articles import ARTICLES

TODAY = date(2025, 6, 1)


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleQA]:
    base = tmp_path_factory.mktemp("valley")
    (base / "vallee").mkdir()
    for name, text in ARTICLES.items():
        (base / "vallee" / f"{name}.md").write_text(text, encoding="utf-8")
    with closing(ArticleQA.from_articles(base / "vallee", base / "index")) as opened:
        yield opened


def asked(valley: ArticleQA, question: str, chat: Conversation | None = None) -> Answer:
    """Returns the answer, every quote of which is as it stands in its article."""
    answer = valley.ask(question, conversation=chat, today=TODAY)
    for citation in answer.citations:
        article = valley.article(citation.article_id)
        assert article is not None
        source = article.title if citation.in_title else article.text
        assert source[citation.start : citation.end] == citation.quote
    numbers = [int(number) for number in re.findall(r"\[(\d+)\]", answer.text)]
    assert numbers == [citation.number for citation in answer.citations]
    return answer


def named(answer: Answer) -> list[str]:
    """Returns the file names of the articles that are cited, in order, each once."""
    return list(dict.fromkeys(citation.article_id.rpartition("/")[2] for citation in answer.citations))


def test_how_many_articles_there_are(valley: ArticleQA) -> None:
    answer = asked(valley, "combien d'articles as tu")
    assert answer.text.startswith("5 articles, du 30 novembre 2019 au 11 février 2025 :\n- Le moulin de Sauvette")
    assert named(answer) == ["moulin.md", "gue.md", "hochwasser.md", "crue.md", "scierie.md"]
    assert (answer.found, answer.probability) == (True, 1.0)


def test_how_many_are_on_something(valley: ArticleQA) -> None:
    answer = asked(valley, "Combien d'articles as-tu sur le gué de Mirande ?")
    assert answer.text.startswith("2 articles sur le gué de Mirande :")
    assert named(answer) == ["gue.md", "crue.md"]
    assert asked(valley, "How many articles are there about the mill?").text.startswith("One article on the mill:")


def test_none_is_on_what_no_article_is_on(valley: ArticleQA) -> None:
    answer = asked(valley, "Combien d'articles parlent de football ?")
    assert (answer.found, answer.citations, answer.text) == (False, (), "Aucun article sur football.")


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Quels articles a écrits Ana Rouxel ?", ["gue.md", "crue.md"]),
        ("les articles de Rouxel", ["gue.md", "crue.md"]),
        ("Quels articles viennent de Vallée Hebdo ?", ["moulin.md", "scierie.md"]),
        ("articles by Paul Ker", ["moulin.md"]),
        ("les articles du Courrier sur le gué", ["gue.md", "crue.md"]),
        ("Quels articles depuis septembre 2024 ?", ["moulin.md", "gue.md"]),
        ("Quels articles ont été publiés en 2019 ?", ["scierie.md"]),
        ("Welche Artikel hast du über das Hochwasser?", ["hochwasser.md"]),
    ],
)
def test_articles_of_someone_an_outlet_a_time(valley: ArticleQA, question: str, names: list[str]) -> None:
    assert named(asked(valley, question)) == names


def test_the_oldest_and_the_newest(valley: ArticleQA) -> None:
    oldest = asked(valley, "Quel est l'article le plus ancien ?")
    assert oldest.text == "L’article le plus ancien :\n- La scierie Vidal ferme ses portes (30 novembre 2019) [1]"
    assert named(asked(valley, "le dernier article")) == ["moulin.md"]
    assert named(asked(valley, "Quel est le plus vieil article sur le gué ?")) == ["crue.md"]


def test_when_by_whom_and_where_an_article_was_published(valley: ArticleQA) -> None:
    assert asked(valley, "de quand date l article sur le moulin").text == (
        "Publié le 11 février 2025 : Le moulin de Sauvette tourne à nouveau [1]"
    )
    assert asked(valley, "Qui a écrit l'article sur le moulin ?").text.startswith("Écrit par Paul Ker : ")
    assert asked(valley, "Who wrote the article about the mill?").text.startswith("Written by Paul Ker: ")
    assert asked(valley, "De quel journal vient l'article sur le moulin ?").text.startswith("Source : Vallée Hebdo — ")
    assert asked(valley, "Qui a écrit l'article sur la scierie ?").text.startswith("Sans auteur connu : La scierie")


def test_an_article_in_short_is_told_in_its_own_sentences(valley: ArticleQA) -> None:
    answer = asked(valley, "résume l'article sur le gué emporté par la crue")
    assert set(named(answer)) <= {"crue.md", "gue.md"}
    mill = asked(valley, "Résume-moi l'article sur le moulin")
    assert named(mill) == ["moulin.md"]
    assert [c.start for c in mill.citations] == sorted(c.start for c in mill.citations)
    assert mill.citations[0].quote.startswith("Arrêté depuis 1971")
    assert "previous instructions" not in mill.text
    assert len(mill.citations) == 3


def test_several_articles_in_short_are_told_newest_first(valley: ArticleQA) -> None:
    answer = asked(valley, "Résume les articles sur le gué de Mirande")
    assert named(answer) == ["gue.md", "crue.md"]
    heading, first, *_ = answer.text.split("\n")
    assert heading == "2 articles sur le gué de Mirande :"
    assert first == "- Après la crue, le gué de Mirande sera reconstruit (17 septembre 2024) [1]"


def test_what_an_article_says_on_something(valley: ArticleQA) -> None:
    answer = asked(valley, "Que dit l'article « La Lorve déborde et emporte le gué de Mirande » à propos de la digue ?")
    assert answer.text == "La digue avait été relevée de 60 centimètres en 2019. [1]"


def test_what_several_articles_say_on_something(valley: ArticleQA) -> None:
    answer = asked(valley, "Que disent les articles sur le gué à propos de Vidal ?")
    assert "L'entreprise Vidal a promis" in answer.text
    assert named(answer) == ["gue.md"]


def test_the_article_of_someone(valley: ArticleQA) -> None:
    assert named(asked(valley, "Que dit l'article de Paul Ker ?")) == ["moulin.md"]


@pytest.mark.parametrize(
    ("question", "name", "begins"),
    [
        ("Résume le dernier article", "moulin.md", "Arrêté depuis 1971"),
        ("de quoi parle l'article le plus ancien", "scierie.md", "La scierie Vidal a fermé"),
        ("Qui a écrit le dernier article ?", "moulin.md", "Écrit par Paul Ker"),
        ("What is the latest article about?", "moulin.md", "Arrêté depuis 1971"),
    ],
)
def test_the_newest_and_the_oldest_are_told_of(valley: ArticleQA, question: str, name: str, begins: str) -> None:
    answer = asked(valley, question)
    assert named(answer) == [name]
    assert answer.text.startswith(begins)


def test_a_model_is_not_asked_about_the_articles(valley: ArticleQA) -> None:
    with closing(ArticleQA.open(valley.folder, FakeListChatModel(responses=["Des milliers."]))) as qa:
        answer = qa.ask("Combien d'articles as-tu ?")
        assert answer.text.startswith("5 articles")
        assert answer.usage == {}
        assert qa.ask("quoi de neuf").text.startswith("Les articles les plus récents :")


def test_a_name_that_no_article_has_is_no_question_about_them(valley: ArticleQA) -> None:
    assert valley.understand("Combien d'articles de Victor Hugo ?").about is None
    assert valley.understand("Combien d'articles de Paul Ker ?").about is not None


def test_what_is_asked_on_is_about_the_article_that_was_told(valley: ArticleQA) -> None:
    chat = Conversation()
    asked(valley, "Résume l'article sur le moulin", chat)
    assert asked(valley, "Et qui l'a écrit ?", chat).text.startswith("Écrit par Paul Ker")
    assert asked(valley, "De quand date cet article ?", chat).text.startswith("Publié le 11 février 2025")
    assert asked(valley, "Et celui sur la scierie ?", chat).text.startswith("Publié le 30 novembre 2019")


def test_an_article_that_answered_is_summarised(valley: ArticleQA) -> None:
    chat = Conversation()
    assert named(asked(valley, "Combien coûte la farine de la meunière ?", chat))[0] == "moulin.md"
    assert named(asked(valley, "résume l'article", chat)) == ["moulin.md"]


def test_the_steps_of_the_chain_answer_it_too(valley: ArticleQA) -> None:
    answer = valley.chain.invoke("Combien d'articles as-tu ?")
    assert answer.text.startswith("5 articles")
    assert valley.answer(valley.retrieve(valley.understand("Combien d'articles as-tu ?"))).text == answer.text


def test_within_a_filter_only_its_articles_count(valley: ArticleQA) -> None:
    answer = valley.ask("Combien d'articles as-tu ?", source="Le Courrier")
    assert answer.text.startswith("2 articles")
    assert named(answer) == ["gue.md", "crue.md"]


# What happened, and what is new


def test_a_day_is_told_by_what_names_it_then_by_its_news(valley: ArticleQA) -> None:
    answer = asked(valley, "Que s'est-il passé le 6 mai 2024 ?")
    assert named(answer) == ["hochwasser.md", "crue.md"]
    assert answer.text.startswith("Die Lorve ist am 6. Mai 2024")


def test_a_date_without_a_year_is_of_the_articles_year(valley: ArticleQA) -> None:
    assert "Le 8 mai, une réunion publique" in asked(valley, "Qu'est-ce qui s'est passé le 8 mai 2024 ?").text
    assert not asked(valley, "Que s'est-il passé le 8 mai 2021 ?").found


def test_months_and_years_are_told_too(valley: ArticleQA) -> None:
    assert named(asked(valley, "que s'est-il passe en octobre 2024")) == ["gue.md"]
    assert named(asked(valley, "What happened in 1971?")) == ["moulin.md"]


def test_what_happened_somewhere_is_told_by_the_articles_on_it(valley: ArticleQA) -> None:
    answer = asked(valley, "Que s'est-il passé au moulin en 1971 ?")
    assert named(answer) == ["moulin.md"]
    assert not asked(valley, "Que s'est-il passé au moulin en 1972 ?").text.startswith("Arrêté depuis 1971")


@pytest.mark.parametrize("question", ["le 8 mai 2024 ?", "quels événements le 8 mai 2024", "les actus du 8 mai 2024"])
def test_a_day_is_asked_for_in_many_ways(valley: ArticleQA, question: str) -> None:
    assert asked(valley, question).text.startswith("Le 8 mai, une réunion publique")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Was ist am 6. Mai 2024 passiert?", "Die Lorve ist am 6. Mai 2024"),
        ("Was geschah im Mai 2024?", "Die Lorve ist am 6. Mai 2024"),
        ("¿Qué pasó el 8 de mayo de 2024?", "Le 8 mai, une réunion publique"),
        ("¿Qué pasó en 1971?", "Arrêté depuis 1971"),
    ],
)
def test_german_and_spanish_days_are_known_too(valley: ArticleQA, question: str, first: str) -> None:
    assert asked(valley, question).text.startswith(first)


def test_of_a_day_on_which_nothing_happened_nothing_is_told(valley: ArticleQA) -> None:
    answer = asked(valley, "Que s'est-il passé le 3 mars 1999 ?")
    assert (answer.found, answer.text) == (False, "Les articles ne le disent pas.")


def test_what_is_new_is_a_line_an_article(valley: ArticleQA) -> None:
    heading, *lines = asked(valley, "quoi de neuf").text.split("\n")
    assert heading == "Les articles les plus récents :"
    assert lines[0] == "- Le moulin de Sauvette tourne à nouveau (11 février 2025) [1]"
    assert len(lines) == 5


def test_lines_stay_lines_where_it_is_streamed(valley: ArticleQA) -> None:
    *pieces, answer = valley.stream("quoi de neuf")
    assert isinstance(answer, Answer)
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == answer.text
