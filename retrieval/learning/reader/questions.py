"""What the reader learns from: questions with the passages that answer them, from a folder of two files."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.article import Span
from index.text.sentences import split_sentences
from retrieval.learning.sets import DataError, Record, read_records


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
        DataError: a file is missing, or a line is not as wanted; it names the line.
    """
    passages = {passage.id: passage for passage in read_records(folder / "passages.jsonl", _paragraph)}
    found = read_records(folder / "questions.jsonl", lambda record: _question(record, passages))
    if not found:
        raise DataError(f"{folder}: no questions in it; wanted some in questions.jsonl")
    return found


def half_of(article: str) -> int:
    """Returns which half of the articles one belongs to, 0 or 1, always the same."""
    return zlib.crc32(article.encode()) % 2


def whole_articles(questions: Sequence[AskedQuestion], count: int | None) -> list[AskedQuestion]:
    """Returns so many of the questions by whole articles, always the same ones; all where there are no more."""
    if count is None or count >= len(questions):
        return list(questions)

    def place(question: AskedQuestion) -> tuple[int, str, str, str]:
        article = question.passage.article
        return zlib.crc32(b"article " + article.encode()), article, question.id, question.language

    return sorted(questions, key=place)[:count]


def _paragraph(record: Record) -> Paragraph:
    missing = [name for name in ("id", "text", "language") if not isinstance(record.get(name), str)]
    if missing:
        raise ValueError(f"no {', '.join(missing)}; wanted id, language, text")
    paragraph, title = record.get("paragraph") or record["id"], record.get("title") or ""
    article = title or paragraph.rsplit("-", 1)[0]
    sentences = tuple(split_sentences(record["text"], record["language"]))
    return Paragraph(record["id"], paragraph, article, title, record["language"], record["text"], sentences)


def _question(record: Record, passages: Mapping[str, Paragraph]) -> AskedQuestion:
    name, text = record.get("passage", ""), record.get("question")
    passage = passages.get(name)
    if passage is None:
        raise ValueError(f"passage {name!r} is not in passages.jsonl; wanted the id of one")
    answers = [_answer(answer, passage) for answer in record.get("answers") or ()]
    if not answers or not isinstance(text, str):
        raise ValueError("wanted a question and at least one answer")
    language = record.get("language") or passage.language
    return AskedQuestion(str(record.get("id", text)), text, language, passage, tuple(dict.fromkeys(answers)))


def _answer(record: Record, passage: Paragraph) -> Span:
    start, text = record.get("start"), record.get("text")
    if not text or not isinstance(start, int) or passage.text[start : start + len(text)] != text:
        raise ValueError(f"answer {text!r} does not stand at {start!r} of passage {passage.id}")
    return start, start + len(text)
