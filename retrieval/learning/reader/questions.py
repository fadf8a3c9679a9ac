"""What the reader learns from: questions with the passages that answer them, from a folder of two files."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Span
from index.errors import ArticlebotError
from index.text.sentences import split_sentences


class ReaderDataError(ArticlebotError, ValueError):
    """The folder cannot be learned from."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A passage to read; the same `paragraph` in several languages is the same text translated."""

    id: str
    paragraph: str
    article: str
    title: str
    language: str
    text: str
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with where its passage answers it; the same `id` in several languages is the same question."""

    id: str
    text: str
    language: str
    passage: Paragraph
    answers: tuple[Span, ...]

    @property
    def answer_texts(self) -> tuple[str, ...]:
        """The answers as they stand in the passage."""
        return tuple(self.passage.text[start:end] for start, end in self.answers)


def read_folder(folder: Path) -> list[AskedQuestion]:
    """Returns the questions of a folder, in its order.

    Args:
        folder: holds passages.jsonl (id, paragraph, title, language, text) and questions.jsonl (id, question,
            language, passage: the id of one, answers: text and start in it).

    Raises:
        ReaderDataError: a file is missing, or a line is not as wanted; it names the line.
    """
    passages = {passage.id: passage for passage in map(_paragraph, _lines(folder / "passages.jsonl"))}
    found = []
    for number, line in enumerate(_lines(folder / "questions.jsonl"), 1):
        passage = passages.get(line.get("passage", ""))
        if passage is None:
            raise ReaderDataError(
                f"{folder / 'questions.jsonl'}, question {number}: passage {line.get('passage')!r} is not in "
                "passages.jsonl; wanted the id of one"
            )
        found.append(_question(line, passage, folder / "questions.jsonl", number))
    if not found:
        raise ReaderDataError(f"{folder}: no questions in it; wanted some in questions.jsonl")
    return found


def half_of(article: str) -> int:
    """Returns which half of the articles one belongs to, 0 or 1, always the same."""
    return zlib.crc32(article.encode()) % 2


def spread(questions: Sequence[AskedQuestion], count: int | None) -> list[AskedQuestion]:
    """Returns so many of the questions by whole articles, always the same ones; all where there are no more."""
    if count is None or count >= len(questions):
        return list(questions)

    def place(question: AskedQuestion) -> tuple[int, str, str, str]:
        article = question.passage.article
        return zlib.crc32(b"article " + article.encode()), article, question.id, question.language

    return sorted(questions, key=place)[:count]


def _lines(path: Path) -> list[dict[str, Any]]:
    found = []
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ReaderDataError(f"{path}: cannot be read ({error.strerror}); wanted one JSON object a line") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError as error:
                raise ReaderDataError(f"{path}, line {number}: {error}; wanted one JSON object a line") from error
            if not isinstance(record, dict):
                raise ReaderDataError(f"{path}, line {number}: found {type(record).__name__}, wanted an object")
            found.append(record)
    return found


def _paragraph(record: dict[str, Any]) -> Paragraph:
    missing = [name for name in ("id", "text", "language") if not isinstance(record.get(name), str)]
    if missing:
        raise ReaderDataError(f"passage {record.get('id')!r}: no {', '.join(missing)}; wanted id, language, text")
    paragraph, title = record.get("paragraph") or record["id"], record.get("title") or ""
    article = title or paragraph.rsplit("-", 1)[0]
    sentences = tuple(split_sentences(record["text"], record["language"]))
    return Paragraph(record["id"], paragraph, article, title, record["language"], record["text"], sentences)


def _question(record: dict[str, Any], passage: Paragraph, path: Path, number: int) -> AskedQuestion:
    answers = []
    for answer in record.get("answers") or ():
        start, text = answer.get("start"), answer.get("text")
        if not text or not isinstance(start, int) or passage.text[start : start + len(text)] != text:
            raise ReaderDataError(
                f"{path}, question {number}: answer {text!r} does not stand at {start!r} of passage {passage.id}"
            )
        answers.append((start, start + len(text)))
    if not answers or not isinstance(record.get("question"), str):
        raise ReaderDataError(f"{path}, question {number}: wanted a question and at least one answer")
    return AskedQuestion(
        str(record.get("id", number)), record["question"], record.get("language") or passage.language, passage,
        tuple(dict.fromkeys(answers)),
    )  # fmt: skip
