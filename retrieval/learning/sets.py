"""Sets of labelled questions: read, and every line of them checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from index.errors import ArticlebotError
from retrieval.understanding.conversation import Conversation


class EvaluationError(ArticlebotError, ValueError):
    """A set is not in the format: articles/*.md and questions.jsonl."""


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question."""

    id: str
    text: str
    answers: tuple[str, ...]
    gold: tuple[tuple[str, str], ...]  # (article file, gold passage)
    answerable: bool
    history: tuple[tuple[str, str], ...]  # (question, answer), oldest first
    evidence: tuple[str, ...]  # sentences that a long answer rests on
    today: date | None = None  # when it is asked; None: now

    def conversation(self) -> Conversation:
        """Returns a conversation that holds the history."""
        chat = Conversation()
        for question, answer in self.history:
            chat.add(question, answer)
        return chat


def read_questions(folder: Path) -> list[Question]:
    """Reads questions.jsonl; every line that is not a question is an error with its number."""
    path = folder / "questions.jsonl"
    if not (folder / "articles").is_dir() or not path.is_file():
        raise EvaluationError(f"{folder}: not a set; wanted articles/*.md and questions.jsonl in it")
    questions = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):  # str.splitlines cuts at U+2028 too
        if line.strip():
            try:
                questions.append(_question(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise EvaluationError(
                    f"{path}, line {number}: {type(error).__name__} {error}; see docs/evaluating.md"
                ) from error
    if not questions:
        raise EvaluationError(f"{path}: no questions in it")
    return questions


def _question(record: dict[str, Any]) -> Question:
    for name, wanted in (("question", str), ("answers", list), ("answerable", bool)):
        if not isinstance(record[name], wanted):
            raise TypeError(f"{name}: found {record[name]!r}, wanted a {wanted.__name__}")
    articles = record["article"]
    files = [articles] if isinstance(articles, str) else list(articles or [])
    gold = [(g["article"], g["passage"]) for g in record.get("passages") or []]
    if not gold and record.get("passage"):
        gold = [(file, record["passage"]) for file in files]
    history = tuple((turn["question"], turn["answer"]) for turn in record.get("history") or [])
    return Question(
        id=record["id"], text=record["question"], answers=tuple(record["answers"]), gold=tuple(gold),
        answerable=record["answerable"], history=history, evidence=tuple(record.get("evidence") or []),
        today=date.fromisoformat(record["today"]) if record.get("today") else None,
    )  # fmt: skip
