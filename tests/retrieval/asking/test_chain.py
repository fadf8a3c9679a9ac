from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests

from retrieval import Answer, ArticleQA, Conversation
from retrieval.asking.checks import QuestionError
from retrieval.asking.langchain import ArticleRetriever, ChainInput

QUESTIONS = [
    "Combien de tuyaux compte le grand orgue de Notre-Dame ?",
    "How much does the Deutschlandticket cost per month?",
    "Quelle est la capitale de l'Australie ?",
    "Quoi de neuf ?",
    "Bonjour",
    "😀",
]

# the standard suite is written for the automatic mode of pytest-asyncio and may not be overridden
pytest.mark.asyncio(RetrieversIntegrationTests.test_ainvoke_returns_documents)


def timeless(answer: Answer) -> Answer:
    return replace(answer, seconds=0)


# The chain


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_chain_answers_as_ask_does(qa: ArticleQA, question: str) -> None:
    assert timeless(qa.chain.invoke(question)) == timeless(qa.ask(question))
    assert timeless(qa.chain.invoke({"question": question})) == timeless(qa.ask(question))


def test_the_chain_is_a_runnable_of_five_named_steps(qa: ArticleQA) -> None:
    assert isinstance(qa.chain, Runnable)
    assert qa.chain is qa.chain
    names = [node.name for node in qa.chain.get_graph().nodes.values()]
    steps = ["understand", "retrieve", "pack", "answer", "verify"]
    assert [name for name in names if name in steps] == steps


def test_a_conversation_is_read_and_stays_as_it_is(qa: ArticleQA) -> None:
    chat = Conversation()
    chat.add("Combien de tuyaux compte le grand orgue de Notre-Dame ?", "Près de 8 000.")
    turns = list(chat.turns)
    answer = qa.chain.invoke({"question": "Et combien pèse-t-il ?", "conversation": chat})
    assert "Notre-Dame" in answer.standalone_question
    assert chat.turns == turns
    assert timeless(answer) == timeless(qa.ask("Et combien pèse-t-il ?", conversation=chat))


def test_no_conversation_may_be_named(qa: ArticleQA) -> None:
    answer = qa.chain.invoke({"question": QUESTIONS[0], "conversation": None})
    assert timeless(answer) == timeless(qa.ask(QUESTIONS[0]))


def test_many_questions_are_asked_at_once(qa: ArticleQA) -> None:
    answers = qa.chain.batch(list(QUESTIONS))
    assert [timeless(answer) for answer in answers] == [timeless(qa.ask(question)) for question in QUESTIONS]


def test_one_bad_question_of_many_can_be_told_from_the_others(qa: ArticleQA) -> None:
    good, bad = qa.chain.batch([QUESTIONS[0], " "], return_exceptions=True)
    assert isinstance(good, Answer)
    assert isinstance(bad, QuestionError)


def test_the_chain_answers_asynchronously(qa: ArticleQA) -> None:
    answer = asyncio.run(qa.chain.ainvoke(QUESTIONS[0]))
    assert timeless(answer) == timeless(qa.ask(QUESTIONS[0]))


def test_events_tell_of_each_step_and_end_with_the_answer(qa: ArticleQA) -> None:
    async def events() -> list[Any]:
        return [event async for event in qa.chain.astream_events(QUESTIONS[0], version="v2")]

    told = asyncio.run(events())
    ended = [event["name"] for event in told if event["event"] == "on_chain_end"]
    steps = ["understand", "retrieve", "pack", "answer", "verify"]
    assert sorted(name for name in ended if name in steps) == sorted(steps)
    assert timeless(told[-1]["data"]["output"]) == timeless(qa.ask(QUESTIONS[0]))


def test_the_chain_can_have_a_fallback_and_be_one(qa: ArticleQA) -> None:
    def broken(_question: ChainInput) -> Answer:
        raise ConnectionError("no route to the model")

    def nothing(question: ChainInput) -> Answer:
        return Answer(str(question), str(question), "Rien.")

    answer = RunnableLambda(broken).with_fallbacks([qa.chain]).invoke(QUESTIONS[0])
    assert timeless(answer) == timeless(qa.ask(QUESTIONS[0]))
    assert qa.chain.with_fallbacks([RunnableLambda(nothing)]).invoke(" ").text == "Rien."


def test_the_chain_can_be_composed_further(qa: ArticleQA) -> None:
    def titles(answer: Answer) -> list[str]:
        return [c.title for c in answer.citations]

    assert (qa.chain | RunnableLambda(titles)).invoke(QUESTIONS[0]) == [c.title for c in qa.ask(QUESTIONS[0]).citations]


def test_an_empty_question_is_a_clear_error(qa: ArticleQA) -> None:
    with pytest.raises(QuestionError, match="empty question"):
        qa.chain.invoke(" ")


@pytest.mark.parametrize("question", [{}, {"question": None}, {"query": "Où ?"}, {"question": 3}])
def test_what_holds_no_question_is_refused(qa: ArticleQA, question: Any) -> None:  # noqa: ANN401  wrong on purpose
    with pytest.raises(TypeError, match="wanted a str"):
        qa.chain.invoke(question)


def test_a_history_of_another_form_is_refused_not_ignored(qa: ArticleQA) -> None:
    history: Any = [("Quand Notre-Dame a-t-elle rouvert ?", "Le 7 décembre 2024.")]
    with pytest.raises(TypeError, match="found list, wanted a Conversation"):
        qa.chain.invoke({"question": "Et son orgue ?", "conversation": history})


# The retriever


class TestStandardSuiteOfLangChain(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _over_the_starter_articles(self, seed_index: Path) -> Iterator[None]:
        with closing(ArticleQA.open(seed_index)) as self.opened:
            yield

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return ArticleRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"qa": self.opened}

    @property
    def retriever_query_example(self) -> str:
        return "les bases russes en Syrie"


def test_documents_are_the_passages_of_a_search_with_all_that_is_known(qa: ArticleQA) -> None:
    documents = qa.retriever.invoke("les bases russes en Syrie")
    passages = qa.search("les bases russes en Syrie", 5)
    assert [document.id for document in documents] == [passage.id for passage in passages]
    for document, passage in zip(documents, passages, strict=True):
        assert document.page_content == passage.text
        assert document.metadata == {
            "article_id": passage.article_id,
            "title": passage.title,
            "source": passage.source,
            "url": passage.url,
            "published": passage.published.isoformat() if passage.published else None,
            "language": passage.language,
            "start": passage.start,
            "end": passage.end,
            "score": passage.score,
            "also_in": list(passage.also_in),
            "author": passage.author,
        }
        assert json.loads(json.dumps(document.metadata)) == document.metadata


def test_an_undated_article_has_no_date_in_its_document(tmp_path: Path) -> None:
    (tmp_path / "plain.md").write_text("# Un pont\n\nLe pont est fermé aux camions.\n", encoding="utf-8")
    with closing(ArticleQA.from_articles(tmp_path / "plain.md", tmp_path / "index")) as qa:
        (document,) = qa.retriever.invoke("le pont")
    assert document.metadata["published"] is None


def test_the_retriever_is_made_once_and_finds_five(qa: ArticleQA) -> None:
    assert qa.retriever is qa.retriever
    assert isinstance(qa.retriever, BaseRetriever)
    assert len(qa.retriever.invoke("Syrie")) == 5


def test_the_retriever_can_be_composed_further(qa: ArticleQA) -> None:
    best = qa.retriever | RunnableLambda(lambda documents: documents[0].metadata["title"])
    assert best.invoke("Combien de tuyaux compte le grand orgue ?").startswith("Notre-Dame de Paris rouvre")
