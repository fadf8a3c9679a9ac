"""Questions to some of the articles: what is outside is neither searched nor quoted nor named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index import build_index
from index.store.anywhere.filters import FilterError
from retrieval import Answer, ArticleQA, Conversation
from retrieval.asking.langchain import ArticleRetriever

QUESTION = "Combien de mois ont duré les travaux du pont de Kerbrat ?"


def article(outlet: str, day: str, text: str, language: str = "fr") -> str:
    when = f"date: {day}\n" if day else ""
    return f"---\ntitle: Le pont de Kerbrat\nsource: {outlet}\n{when}language: {language}\n---\n{text}\n"


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleQA]:
    """Forty articles that all answer, and a few others of which one of another outlet does."""
    folder = tmp_path_factory.mktemp("within")
    (folder / "ouest").mkdir()
    for number in range(40):
        text = f"Les travaux du pont de Kerbrat ont duré {number + 3} mois."
        (folder / "ouest" / f"o{number:02d}.md").write_text(article("Ouest", f"2024-01-{number % 28 + 1:02d}", text))
    (folder / "est").mkdir()
    long = " ".join(
        f"La phrase {n} parle du marché couvert de la ville et de ses étals de poisson." for n in range(140)
    )
    late = "À Kerbrat, le chantier du pont s’est étendu sur quatorze mois."
    (folder / "est" / "late.md").write_text(article("Est", "2024-06-01", f"{long} {late}"))
    (folder / "est" / "undated.md").write_text(article("Est", "", "Le pont de Kerbrat a été peint en bleu."))
    (folder / "est" / "english.md").write_text(
        article("East", "2023-01-01", "The works on the Kerbrat bridge took fifteen months.", "en")
    )
    build_index([folder / "ouest", folder / "est"], folder / "index")
    with closing(ArticleQA.open(folder / "index")) as opened:
        yield opened


def shown(answer: Answer) -> set[str]:
    cited = {c.article_id for c in answer.citations} | {i for c in answer.citations for i in c.also_in}
    return cited | {p.article_id for p in answer.passages} | {i for p in answer.passages for i in p.also_in}


@pytest.mark.parametrize(
    ("within", "prefix"),
    [
        ({"source": "est"}, "est/"),
        ({"since": "2024-05-01"}, "est/late"),
        ({"since": date(2024, 1, 3), "until": date(2024, 1, 3)}, "ouest/o"),
        ({"language": "en"}, "est/english"),
        ({"source": "Ouest", "until": "2024-01-02"}, "ouest/o"),
        ({"articles": ["ouest/o07.md"]}, "ouest/o07"),
    ],
)
def test_only_articles_inside_are_found_quoted_and_named(qa: ArticleQA, within: dict[str, Any], prefix: str) -> None:
    answer = qa.ask(QUESTION, **within)
    assert answer.found
    assert all(article_id.startswith(prefix) for article_id in shown(answer))
    assert all(passage.article_id.startswith(prefix) for passage in qa.search(QUESTION, 50, **within))


def test_a_narrow_filter_still_finds_its_passages(qa: ArticleQA) -> None:
    """Of all articles, those of the other outlet fill every place."""
    assert {passage.source for passage in qa.search(QUESTION, 12)} == {"Ouest"}
    narrow = qa.search(QUESTION, 12, source="est", language="fr")
    assert len(narrow) == 12
    assert "quatorze mois" in narrow[0].text
    assert "quatorze mois" in qa.ask(QUESTION, source="est").text


def test_a_period_of_the_question_counts_within_the_filter(qa: ArticleQA) -> None:
    asked = f"{QUESTION[:-2]} en janvier 2024 ?"
    assert {passage.source for passage in qa.search(asked, 5)} == {"Ouest"}
    assert {passage.source for passage in qa.search(asked, 5, source="Est")} == {"Est", "East"}  # its folder's name too


def test_a_refusal_names_and_counts_only_what_is_inside(qa: ArticleQA) -> None:
    answer = qa.ask("Quelle est la capitale de l’Australie ?", source="est")
    assert not answer.found
    assert shown(answer) <= {"est/late.md", "est/undated.md", "est/english.md"}
    assert answer.note.endswith("Articles consultés : 3, du 1er janvier 2023 au 1er juin 2024.")
    assert "janvier 2024" not in answer.note


def test_a_time_without_articles_is_answered_by_none(qa: ArticleQA) -> None:
    answer = qa.ask(QUESTION, since="2030-01-01")
    assert (answer.found, answer.passages, answer.citations) == (False, (), ())
    assert qa.search(QUESTION, since="2030-01-01") == []
    assert not qa.ask("Quoi de neuf ?", since="2030-01-01").found


def test_what_is_new_is_of_the_articles_inside(qa: ArticleQA) -> None:
    answer = qa.ask("Quoi de neuf ?", source="est", language="fr")
    assert [citation.article_id for citation in answer.citations] == ["est/late.md", "est/undated.md"]
    answer = qa.ask("Quoi de neuf ?", until="2023-12-31")
    assert [citation.article_id for citation in answer.citations] == ["est/english.md"]


def test_a_follow_up_stays_within_its_filter(qa: ArticleQA) -> None:
    chat = Conversation()
    first = qa.ask(QUESTION, conversation=chat, source="est")
    second = qa.ask("Et de quelle couleur est-il ?", conversation=chat, source="est")
    assert all(article_id.startswith("est/") for article_id in shown(first) | shown(second))
    assert len(chat) == 2


def test_pieces_and_chain_and_retriever_keep_to_the_filter(qa: ArticleQA) -> None:
    asked = qa.ask(QUESTION, source="est")
    *pieces, streamed = qa.stream(QUESTION, source="est")
    assert isinstance(streamed, Answer)
    assert "".join(map(str, pieces)) == streamed.text == asked.text
    assert qa.chain.invoke({"question": QUESTION, "source": "est"}).text == asked.text
    retriever = ArticleRetriever(qa=qa, k=3, source="est")
    assert {document.metadata["source"] for document in retriever.invoke(QUESTION)} <= {"Est", "East"}
    assert {d.metadata["language"] for d in retriever.invoke(QUESTION, language="en")} == {"en"}
    assert len(qa.retriever.invoke(QUESTION, k=7, since="2024-01-20")) == 7


def test_all_articles_answer_again_after_a_filter(qa: ArticleQA) -> None:
    before = qa.search(QUESTION, 8)
    qa.search(QUESTION, 8, source="est")
    assert qa.search(QUESTION, 8) == before


def test_a_filter_that_lets_all_in_changes_nothing_but_the_undated(qa: ArticleQA) -> None:
    everything: dict[str, Any] = {"since": date.min, "until": date.max}
    assert [p.id for p in qa.search(QUESTION, 9, **everything)] == [p.id for p in qa.search(QUESTION, 9)]
    assert len(qa.articles(**everything)) == len(qa.articles()) - 1


def test_an_unknown_source_is_told_by_every_way_to_ask(qa: ArticleQA) -> None:
    ways = [qa.ask, qa.search, lambda *a, **k: list(qa.stream(*a, **k)), lambda _, **k: qa.articles(**k)]
    for way in ways:
        with pytest.raises(FilterError, match=r"source 'Nord': .* there are: Ouest \(40\), ouest \(40\)"):
            way(QUESTION, source="Nord")  # type: ignore[operator]
    with pytest.raises(FilterError, match="language 'zz'"):
        qa.chain.invoke({"question": QUESTION, "language": "zz"})


def test_a_filter_follows_the_index_as_it_changes(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.md").write_text(article("Est", "2024-01-01", "Le pont de Kerbrat est bleu."))
    with ArticleQA.from_articles([tmp_path / "news"], tmp_path / "index") as qa:
        assert len(qa.articles(source="Est")) == 1
        (tmp_path / "news" / "b.md").write_text(article("Est", "2024-01-02", "Le pont de Kerbrat est rouge."))
        build_index([], tmp_path / "index")
        assert qa.refresh()
        assert [about.id for about in qa.articles(source="Est")] == ["news/b.md", "news/a.md"]
        assert {p.article_id for p in qa.search("le pont", source="Est")} == {"news/a.md", "news/b.md"}
