"""What the reader learns from: questions with passages that answer them or look as if they did, from files."""

from __future__ import annotations

import random
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.article import Span
from index.text.folding import fold
from index.text.sentences import split_sentences
from retrieval.learning.sets import DataError, Record, read_records

PASSAGES, QUESTIONS, SILVER = "passages.jsonl", "questions.jsonl", "silver.jsonl"
LEARNED_CHARS = 800  # as in an index; longer paragraphs are cut to whole sentences
_OTHER_LANGUAGES = 4  # translations of its passage that a question of a source with a name is asked of, at most
_LEFT_OUT = 0.2  # share of the articles

# Shares of the sources that are learned from: what is far from what people ask here teaches little more by being more.
_TAKEN = {
    "idk-mrc": 1 / 3, "pquad": 0.1, "new-wiki": 0.5, "squad-it": 0.15, "cmrc": 0.12, "drcd": 0.14, "arcd": 0.36,
    "faquad": 0.56,
}  # fmt: skip


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
    answers: tuple[Span, ...]  # none where nobody marked them
    answerable: bool = True  # False: people wrote or judged it against this passage, which does not say so
    source: str = ""  # of whom it is

    @property
    def answer_texts(self) -> tuple[str, ...]:
        """The answers as they stand in the passage."""
        return tuple(self.passage.text[start:end] for start, end in self.answers)


def read_folder(folder: Path) -> list[AskedQuestion]:
    """Returns the questions of a folder and of those inside it, in the order of their names.

    `plausible`, a wrong answer that lures, is not read: a cut of the passage that kept it would tell by what is cut.

    Args:
        folder: holds passages.jsonl (id, paragraph, title, language, text) and questions.jsonl (id, question,
            language, passage: the id of one, answers: text and start in it; answerable: false where it has none,
            source). silver.jsonl (id that begins with its source and "-", question, language, title, text) may hold
            questions that are taken to be answered, though nobody marked where.

    Raises:
        DataError: a file is missing, or a line is not as wanted; it names the line.
    """
    folders = sorted(path.parent for path in folder.rglob(QUESTIONS)) or [folder]
    found = [question for each in folders for question in _read(each)]
    if not found:
        raise DataError(f"{folder}: no questions in it; wanted some in {QUESTIONS}")
    return found + _across_languages(found)


def _across_languages(questions: Sequence[AskedQuestion]) -> list[AskedQuestion]:
    """Returns questions of sources with a name asked of translations of their passages, where some have the same text.

    Whether a text says so does not depend on its language: what people wrote to mislead misleads there too. Where a
    translation answers, nobody marked, so it is to be read whole.
    """
    translations: dict[str, dict[str, Paragraph]] = defaultdict(dict)
    for question in questions:
        if not question.source:
            translations[question.passage.paragraph][question.passage.language] = question.passage
    of_text = {fold(p.text): same for same in translations.values() if len(same) > 1 for p in same.values()}
    named = {question.passage.id: question.passage for question in questions if question.source}
    same_text = {name: sorted(of_text.get(fold(passage.text), {}).items()) for name, passage in named.items()}
    found = []
    for asked in questions:
        same = same_text[asked.passage.id] if asked.source else ()
        others = [p for language, p in same if language != asked.language and len(p.text) <= LEARNED_CHARS]
        for other in random.Random(asked.id).sample(others, min(len(others), _OTHER_LANGUAGES)):  # noqa: S311  a fixed draw
            there = replace(other, article=asked.passage.article)  # left out or learned as a whole
            found.append(replace(asked, passage=there, answers=()))
    return found


def _read(folder: Path) -> list[AskedQuestion]:
    passages = {passage.id: passage for passage in read_records(folder / PASSAGES, _paragraph)}
    found = read_records(folder / QUESTIONS, lambda record: _question(record, passages))
    return found + (read_records(folder / SILVER, _silver) if (folder / SILVER).exists() else [])


def mixed(questions: Sequence[AskedQuestion]) -> list[AskedQuestion]:
    """Returns those that a reader learns from, always the same: a share of each source, no more near misses than not.

    Near misses without as many answered questions of their source would teach that what is asked in its style is not
    answered.
    """
    taken: dict[str, list[list[AskedQuestion]]] = defaultdict(lambda: [[], []])
    for question in questions:
        if fixed_draw(f"mix {question.id}") < _TAKEN.get(question.source, 1.0):
            taken[question.source][question.answerable].append(question)
    chosen = []
    for missed, held in taken.values():
        in_any_order = sorted(missed, key=lambda question: fixed_draw(f"miss {question.id}"))
        chosen += held + in_any_order[: len(held)]
    return chosen


def is_left_out(question: AskedQuestion) -> bool:
    """Whether a question is about one of the articles that a reader is judged on and has not learned."""
    return fixed_draw(f"article {question.passage.article}") < _LEFT_OUT


def fixed_draw(name: str) -> float:
    """Returns a number from 0 to 1, always the same of a name."""
    return zlib.crc32(name.encode()) / 2**32


def whole_articles(questions: Sequence[AskedQuestion], count: int) -> list[AskedQuestion]:
    """Returns so many of the questions by whole articles, always the same ones; all where there are no more."""
    if count >= len(questions):
        return list(questions)

    def place(question: AskedQuestion) -> tuple[float, str, str, str]:
        article = question.passage.article
        return fixed_draw(f"article {article}"), article, question.id, question.language

    return sorted(questions, key=place)[:count]


def _paragraph(record: Record) -> Paragraph:
    missing = [name for name in ("id", "text", "language") if not isinstance(record.get(name), str)]
    if missing:
        raise ValueError(f"no {', '.join(missing)}; wanted id, language, text")
    paragraph, title = record.get("paragraph") or record["id"], record.get("title") or ""
    article = title or (paragraph if record.get("source") else paragraph.rsplit("-", 1)[0])
    sentences = tuple(split_sentences(record["text"], record["language"]))
    return Paragraph(record["id"], paragraph, article, title, record["language"], record["text"], sentences)


def _question(record: Record, passages: Mapping[str, Paragraph]) -> AskedQuestion:
    name, text = record.get("passage", ""), record.get("question")
    passage = passages.get(name)
    if passage is None:
        raise ValueError(f"passage {name!r} is not in passages.jsonl; wanted the id of one")
    answers = tuple(dict.fromkeys(_answer(answer, passage) for answer in record.get("answers") or ()))
    answerable = record.get("answerable", True)
    if not isinstance(text, str) or not isinstance(answerable, bool) or answerable != bool(answers):
        raise ValueError("wanted a question and at least one answer, or answerable: false and none")
    language, source = record.get("language") or passage.language, str(record.get("source") or "")
    return AskedQuestion(str(record.get("id", text)), text, language, passage, answers, answerable, source)


def _silver(record: Record) -> AskedQuestion:
    if not isinstance(record.get("question"), str):
        raise ValueError("wanted a question")
    passage = _paragraph(record)
    source = passage.id.partition("-")[0]
    return AskedQuestion(passage.id, record["question"], passage.language, passage, (), source=source)


def _answer(record: Record, passage: Paragraph) -> Span:
    start, text = record.get("start"), record.get("text")
    if not text or not isinstance(start, int) or passage.text[start : start + len(text)] != text:
        raise ValueError(f"answer {text!r} does not stand at {start!r} of passage {passage.id}")
    return start, start + len(text)
