"""Sets of labelled questions: read, every line of them checked, and opened for asking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar, Unpack

import numpy as np

from index.article import Progress
from index.errors import ArticlebotError, why
from index.updating.build import build_index
from retrieval.asking.qa import ArticleQA
from retrieval.understanding.conversation import Conversation

if TYPE_CHECKING:
    from retrieval.answering.readings import PassageReader
    from retrieval.llm.model import LLM

Record: TypeAlias = dict[str, Any]
_Item = TypeVar("_Item")


class DataError(ArticlebotError, ValueError):
    """What is to be measured on, or learned from, is not in its format or does not suffice."""


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
    about: tuple[str, ...] = ()  # of one that is not answered: the articles that it was written against

    def conversation(self) -> Conversation:
        """Returns a conversation that holds the history."""
        chat = Conversation()
        for question, answer in self.history:
            chat.add(question, answer)
        return chat

    @property
    def files(self) -> set[str]:
        """The files of the articles that answer it."""
        return {file for file, _ in self.gold}


class Options(TypedDict, total=False):
    """How a set is indexed and asked; each may be left out."""

    model: str | None  # the embedder, as for `build_index`
    device: str | None  # as for `build_index`
    llm: LLM | None  # writes the answers; None: they are the articles' own sentences
    reranker: str | None  # as for `ArticleQA.open`
    reader: PassageReader | bool  # as for `ArticleQA.open`
    among: Sequence[Path]  # sets, it among them, whose articles are one index; left out, it is asked over its own
    progress: Progress  # called with (what is being done, done so far, in all)


@contextmanager
def open_set(folder: Path, work: Path, **options: Unpack[Options]) -> Iterator[tuple[list[Question], ArticleQA]]:
    """Yields a set's questions and its articles, which are open until the end.

    Args:
        folder: a set: articles/*.md and questions.jsonl.
        work: where its index is kept between runs.
        options: see `Options`.

    Raises:
        DataError: the folder is not a set.
    """
    questions, among = read_questions(folder), options.get("among") or [folder]
    target = set_folder(work, *among)
    model, device = options.get("model"), options.get("device")
    build_index(
        [each / "articles" for each in among], target, model=model, device=device, progress=options.get("progress")
    )
    reranker, reader = options.get("reranker"), options.get("reader", True)
    with closing(ArticleQA.open(target, options.get("llm"), reranker=reranker, reader=reader)) as qa:
        yield questions, qa


def set_folder(work: Path, *sets: Path) -> Path:
    """Returns where the index of a set, or of several together, is kept under `work`."""
    places = sorted(each.resolve() for each in sets)
    name = places[0].name if len(places) == 1 else "together"
    told = "\n".join(map(str, places))
    return work / f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def read_questions(folder: Path) -> list[Question]:
    """Reads questions.jsonl; every line that is not a question is an error with its number."""
    path = folder / "questions.jsonl"
    if not (folder / "articles").is_dir() or not path.is_file():
        raise DataError(f"{folder}: not a set; wanted articles/*.md and questions.jsonl in it")
    questions = read_records(path, _question)
    if not questions:
        raise DataError(f"{path}: no questions in it")
    return questions


def read_records(path: Path, make: Callable[[Record], _Item]) -> list[_Item]:
    """Returns what is made of each object of a file of one JSON object a line.

    Raises:
        DataError: the file cannot be read, or nothing can be made of a line; it names the line.
    """
    try:
        lines = path.read_bytes().split(b"\n")  # str.splitlines cuts at U+2028 too
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({why(error)}); wanted one JSON object a line") from error
    made = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise TypeError(f"found {type(record).__name__}, wanted an object")
                made.append(make(record))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                reason = f"no {error}" if isinstance(error, KeyError) else error
                raise DataError(
                    f"{path}, line {number}: {reason}; wanted one JSON object a line, see docs/evaluating.md"
                ) from error
    return made


def evenly_spaced(items: list[_Item], count: int) -> list[_Item]:
    """Returns at most `count` of the items, evenly spaced: the same ones every time."""
    if len(items) <= count:
        return items
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, count)]


def _question(record: Record) -> Question:
    for name, wanted in (("question", str), ("answers", list), ("answerable", bool)):
        if not isinstance(record[name], wanted):
            raise TypeError(f"{name}: found {record[name]!r}, wanted a {wanted.__name__}")
    articles = record["article"]
    files = [articles] if isinstance(articles, str) else list(articles or [])
    gold = [(g["article"], g["passage"]) for g in record.get("passages") or []]
    if not gold and record.get("passage"):
        gold = [(file, record["passage"]) for file in files]
    about = record.get("about_article") or []
    history = tuple((turn["question"], turn["answer"]) for turn in record.get("history") or [])
    return Question(
        id=record["id"], text=record["question"], answers=tuple(record["answers"]), gold=tuple(gold),
        answerable=record["answerable"], history=history, evidence=tuple(record.get("evidence") or []),
        today=date.fromisoformat(record["today"]) if record.get("today") else None,
        about=(about,) if isinstance(about, str) else tuple(about),
    )  # fmt: skip
