"""Several questions in one message, over two small articles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import BaseMessage

from index.article import Passage
from retrieval import Answer, ArticleQA, Conversation
from retrieval.answering.answer import MARKER, Citation
from retrieval.pipeline.answerers import Whole
from retrieval.pipeline.several import Several
from tests.retrieval.bridge import MONTHS, QUESTION

BOTH = "Combien ont coûté les travaux du pont de Saint-Aubin et où déménage le marché de Brenholm ?"
NOTHING = "Qui a inventé le téléphone ? Quelle est la capitale du Pérou ?"
LEANING = "Quand le pont de Saint-Aubin a-t-il rouvert ? Et combien de temps ont duré ses travaux ?"


class Heard(FakeListChatModel):
    """Keeps what it is told."""

    prompts: list[str] = []  # noqa: RUF012  pydantic gives each model its own

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[Any]:  # noqa: ANN401
        self.prompts.append(str(messages[-1].content))
        yield from super()._stream(messages, *args, **kwargs)


@pytest.fixture(scope="module")
def bridge(bridge_index: Path) -> Iterator[ArticleQA]:
    with closing(ArticleQA.open(bridge_index)) as opened:
        yield opened


def test_each_question_has_a_numbered_line_with_its_sentence(bridge: ArticleQA) -> None:
    answer = bridge.ask(BOTH)
    first, second = answer.text.split("\n")
    assert first.startswith("1. Ils ont coûté deux millions d'euros. [1]")
    assert second.startswith("2. Le marché de Brenholm déménage sur la place du Port. [")
    assert all(len(MARKER.findall(line)) <= 2 for line in (first, second))
    assert answer.found
    assert (answer.question, answer.standalone_question) == (BOTH, BOTH)


def test_every_quote_is_verbatim_and_stands_in_the_passages(bridge: ArticleQA) -> None:
    answer = bridge.ask(BOTH)
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert {f" [{citation.number}]" for citation in answer.citations} == set(MARKER.findall(answer.text))
    for citation in answer.citations:
        article = bridge.article(citation.article_id)
        assert article is not None
        assert article.text[citation.start : citation.end] == citation.quote
        assert any(
            passage.article_id == citation.article_id and citation.quote in passage.text for passage in answer.passages
        )
    assert len({passage.id for passage in answer.passages}) == len(answer.passages)


def test_a_sentence_that_answers_every_question_is_told_once(bridge: ArticleQA) -> None:
    answer = bridge.ask("Combien de temps ont duré les travaux du pont ? Qu'est-ce qui a duré quatorze mois ?")
    assert answer.text == f"{MONTHS} [1]"
    assert [citation.quote for citation in answer.citations] == [MONTHS]


def test_a_later_question_leans_on_the_one_before(bridge: ArticleQA) -> None:
    lines = bridge.ask(LEANING).text.split("\n")
    assert "3 mars 2025" in lines[0]
    assert "quatorze mois" in lines[1]


def test_the_next_message_leans_on_the_last_question(bridge: ArticleQA) -> None:
    chat = Conversation()
    bridge.ask("Où déménage le marché de Brenholm ? Quand le pont de Saint-Aubin a-t-il rouvert ?", conversation=chat)
    assert len(chat) == 1
    understood = bridge.understand("Et combien ont coûté ses travaux ?", chat)
    assert understood.leaning.before == "Quand le pont de Saint-Aubin a-t-il rouvert ?"


def test_a_follow_up_leans_in_shorthand_too(bridge: ArticleQA) -> None:
    chat = Conversation()
    bridge.ask("Où déménage le marché de Brenholm ?", conversation=chat)
    assert bridge.understand("et kan ?", chat).leaning == bridge.understand("et quand ?", chat).leaning


def test_what_the_articles_do_not_say_is_a_line_that_says_so(bridge: ArticleQA) -> None:
    answer = bridge.ask("Quelle est la capitale du Pérou ? Combien ont coûté les travaux du pont de Saint-Aubin ?")
    first, second = answer.text.split("\n")
    assert first == "1. Les articles ne le disent pas."
    assert second.startswith("2. Ils ont coûté deux millions d'euros. [1]")
    assert answer.found


def test_where_they_say_nothing_it_is_a_refusal_like_any_other(bridge: ArticleQA) -> None:
    answer = bridge.ask(NOTHING)
    assert (answer.found, answer.text, answer.citations) == (False, "Les articles ne le disent pas.", ())


def test_the_pieces_of_a_stream_make_the_text(bridge: ArticleQA) -> None:
    *pieces, answer = bridge.stream(BOTH)
    assert isinstance(answer, Answer)
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == answer.text


def test_the_steps_one_by_one_answer_alike(bridge: ArticleQA) -> None:
    retrieved = bridge.retrieve(bridge.understand(BOTH))
    assert [part.understood.question for part in retrieved.parts] == [  # type: ignore[union-attr]  # it is searched
        "Combien ont coûté les travaux du pont de Saint-Aubin",
        "où déménage le marché de Brenholm ?",
    ]
    assert bridge.answer(retrieved).text == bridge.ask(BOTH).text
    assert bridge.chain.invoke(BOTH).text == bridge.ask(BOTH).text


def test_one_question_goes_its_way_undivided(bridge: ArticleQA) -> None:
    understood = bridge.understand(QUESTION)
    assert understood.parts == ()
    assert bridge.retrieve(understood).parts == ()  # type: ignore[union-attr]  # it is searched


def test_a_language_model_is_given_the_message_whole(bridge_index: Path) -> None:
    model = Heard(responses=['{"answer": []}'])
    with closing(ArticleQA.open(bridge_index, llm=model)) as writing:
        answer = writing.ask(BOTH)
    assert [f"Question: {BOTH}" in prompt for prompt in model.prompts] == [True]
    with closing(ArticleQA.open(bridge_index)) as alone:  # the articles' own stand in where it finds nothing
        assert answer.text == alone.ask(BOTH).text


# Put together


class Told(Whole):
    """Answers what it is told to."""

    def __init__(self, text: str, probability: float, *quotes: str, note: str = "") -> None:
        citations = tuple(
            Citation(number, "a.md", "A", "", "", None, sum(map(ord, quote)), 9_999, quote)
            for number, quote in enumerate(quotes, 1)
        )
        passages = tuple(Passage(quote, "a.md", "A", "", "", None, "fr", 0, 9, quote) for quote in quotes)
        self._answer = Answer("q", "q", text, citations, passages, bool(quotes), probability, note=note)

    def answer(self) -> Answer:
        return self._answer


def joined(bridge: ArticleQA, *told: Told) -> Answer:
    return Several(bridge.understand("Quand ?"), told).answer()


def test_a_quote_of_two_answers_has_one_number(bridge: ArticleQA) -> None:
    answer = joined(
        bridge, Told("A. [1] B. [2]", 0.9, "A.", "B."), Told("B. [1]", 0.6, "B."), Told("C. [1]", 0.8, "C.")
    )
    assert answer.text == "1. A. [1] B. [2]\n2. B. [2]\n3. C. [3]"
    assert [citation.quote for citation in answer.citations] == ["A.", "B.", "C."]
    assert answer.probability == 0.6


def test_what_is_refused_makes_the_rest_no_less_sure(bridge: ArticleQA) -> None:
    answer = joined(
        bridge, Told("A. [1]", 0.9, "A.", note="a"), Told("Rien.", 0.1, note="b"), Told("B. [1]", 0.7, "B.")
    )
    assert (answer.probability, answer.note) == (0.7, "a")


def test_of_refusals_the_surest_counts_and_a_note_is_told_once(bridge: ArticleQA) -> None:
    answer = joined(bridge, Told("Rien.", 0.3, note="a"), Told("Rien.", 0.1, note="a"))
    assert (answer.found, answer.probability, answer.note) == (False, 0.3, "a")
