"""How likely the articles hold the answer does not depend on who writes it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

from langchain_core.language_models import FakeListChatModel

from retrieval import ArticleQA
from retrieval.answering.weights import Weights

QUESTIONS = [
    "Combien de tuyaux compte le grand orgue de Notre-Dame ?",
    "Quelle est la capitale de l'Australie ?",
    "How much does the Deutschlandticket cost per month?",
    "Qui a dessiné la flèche de Notre-Dame ?",
    "Combien de médailles les Allemands ont-ils remportées à Paris ?",
]


def test_probability_is_the_same_with_an_llm(seed_index: Path) -> None:
    model = FakeListChatModel(responses=['{"answer": []}'])
    with ExitStack() as opened:
        plain, written, unread = (
            opened.enter_context(closing(ArticleQA.open(seed_index, llm, reader=reader)))
            for llm, reader in ((None, True), (model, True), (None, False))
        )
        answers = [(plain.ask(question), written.ask(question)) for question in QUESTIONS]
        for mine, theirs in answers:
            assert mine.passages == theirs.passages
            assert mine.probability == theirs.probability
            assert theirs.usage["calls"] == 1
        read = [mine.probability != unread.ask(mine.question).probability for mine, _ in answers]
    assert any(read)  # the reader has its say in it
    assert len({mine.probability >= Weights.load().threshold for mine, _ in answers}) == 2
