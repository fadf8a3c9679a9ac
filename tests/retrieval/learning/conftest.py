"""A set of two articles, and a question about one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.article import Passage
from retrieval.learning.sets import Question

GOLD = (
    "Le pont de Saint-Aubin a rouvert mardi matin. Les travaux ont duré quatorze mois, et coûté 3,5 millions d’euros."
)
OTHER = "La médiathèque ouvrira le dimanche. Cinq étudiants tiendront l'accueil."
QUESTION = Question(
    id="q1", text="Combien ont coûté les travaux ?", answers=("3,5 millions",), gold=(("pont.md", GOLD),),
    answerable=True, history=(), evidence=(),
)  # fmt: skip
RECORD: dict[str, Any] = {
    "id": "a", "question": "Où ?", "answers": ["ici"], "article": "pont.md", "passage": GOLD, "answerable": True,
}  # fmt: skip


def passage(text: str, file: str = "pont.md", start: int = 0) -> Passage:
    article_id = f"articles/{file}"
    return Passage(
        f"{article_id}#{start}", article_id, "Titre", "", "", None, "fr", start, start + len(text), text, score=1.0
    )


def write(folder: Path, *records: dict[str, Any]) -> None:
    """Writes the questions of a set."""
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two articles without questions yet."""
    articles = tmp_path / "set" / "articles"
    articles.mkdir(parents=True)
    for name, text in (("pont", GOLD), ("media", OTHER)):
        head = f"---\ntitle: Article {name}\ndate: 2025-03-04\nlanguage: fr\n---\n"
        (articles / f"{name}.md").write_text(head + text + "\n", encoding="utf-8")
    return tmp_path / "set"
