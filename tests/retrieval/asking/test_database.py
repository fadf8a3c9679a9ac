"""An index in a database answers as the one in a folder that it was copied of."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.backup.copying import copy_index
from index.store.postgres.address import Address
from retrieval import ArticleQA

QUESTIONS = [
    "Où est Tartous ?",
    "Quelles bases militaires russes sont citées ?",
    "What did Erdogan say about Assad?",
    "Qui a gagné la coupe du monde de 1950 ?",
    "Combien d'articles y a-t-il ?",
    "Quoi de neuf en février 2025 ?",
    "Résume l'article le plus récent",
    "atterisage",
]


def answered(answer: Any) -> dict[str, Any]:  # noqa: ANN401  an answer as plain values
    told = {**asdict(answer), "seconds": 0}
    for passage in told["passages"]:
        passage["score"] = pytest.approx(passage["score"], abs=1e-3)
    return {name: pytest.approx(value, abs=1e-3) if isinstance(value, float) else value for name, value in told.items()}


def test_answers_over_the_starter_articles_are_those_of_the_folder(
    qa: ArticleQA, seed_index: Path, database: Address
) -> None:
    copy_index(seed_index, database)
    with closing(ArticleQA.open(database)) as other:
        assert repr(other).startswith(f"ArticleQA('{database}'")
        for question in QUESTIONS:
            found, wanted = other.search(question, 10), qa.search(question, 10)
            assert [(p.id, p.text) for p in found] == [(p.id, p.text) for p in wanted]
            assert [p.score for p in found] == pytest.approx([p.score for p in wanted], abs=1e-3)
            assert asdict(other.ask(question)) | {"seconds": 0} == answered(qa.ask(question))
        recent, wanted = (one.search(QUESTIONS[1], since="2024-01-01", language="fr") for one in (other, qa))
        assert [p.id for p in recent] == [p.id for p in wanted]
        assert list(other.articles()) == list(qa.articles())
        assert [a.text for a in other.news(date(2020, 1, 1))] == [a.text for a in qa.news(date(2020, 1, 1))]
        assert not other.refresh()
