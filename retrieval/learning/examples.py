"""What the answerer's weights are learned from: labelled questions with what the answerer sees of them."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from index.embedding.cache import CACHE_FILE
from index.updating.build import Progress, build_index
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.weights import Features, Weights
from retrieval.asking.qa import ArticleQA
from retrieval.learning.gold import is_right_sentence
from retrieval.learning.reader.held_out import HeldOut
from retrieval.learning.sets import DataError, Question, evenly_spaced, open_set, read_questions, set_folder

_SMALL_ARTICLES = 120  # of a set that are dealt into small indexes
_GROUPS = (1, 2, 3, 5, 8, 13, 20)  # articles in a small index
_FOREIGN = 60  # questions of each other set
_SMALL_WEIGHT = 0.35  # of a set's small indexes beside the whole set
_FOREIGN_WEIGHT = 0.1  # of the questions about other sets, which are easy


class Lesson(NamedTuple):
    """A labelled question, and the articles that it is asked of."""

    set_name: str
    weight: float  # of its set beside the whole sets, which count 1
    qa: ArticleQA
    question: Question


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled question with what the answerer sees of it."""

    set_name: str
    weight: float  # as of its lesson
    answerable: bool
    features: Features  # of "the articles hold the answer"
    sentences: list[Features]
    right: list[bool]  # by sentence: it holds a gold answer


def examples(lessons: Iterable[Lesson], weights: Weights, reader: HeldOut | None = None) -> list[Example]:
    """Returns the questions with what the answerer sees of them; those that a reader has learned are left out."""
    return [
        _example(lesson, weights, reader)
        for lesson in lessons
        if reader is None or not reader.has_learned(lesson.question.text)
    ]


def all_lessons(sets: Sequence[Path], work: Path, progress: Progress | None = None) -> Iterator[Lesson]:
    """Yields the questions of whole sets, over a few articles at a time, and of other sets."""
    for make in (whole_sets, few_articles, other_sets):
        yield from make(sets, work, progress)


def whole_sets(sets: Sequence[Path], work: Path, progress: Progress | None = None) -> Iterator[Lesson]:
    """Yields every question of these sets; what is not indexed under `work` yet is."""
    for folder in sets:
        with open_set(folder, work, progress=progress) as (questions, qa):
            for done, question in enumerate(questions):
                if progress:
                    progress(f"asking {folder.name}", done, len(questions))
                yield Lesson(folder.name, 1.0, qa, question)


def few_articles(sets: Sequence[Path], work: Path, progress: Progress | None = None) -> Iterator[Lesson]:
    """Yields questions over a few articles at a time: many people begin with one.

    A set's articles are dealt into groups, always the same; each is asked the questions about it, and as many
    about other articles of the set and of other sets, which it does not answer.
    """
    for folder in sets:
        with open_set(folder, work, progress=progress) as (questions, _):
            answerable = [q for q in questions if q.answerable]
        foreign = [q for other in sets if other != folder for q in read_questions(other)]
        deal = random.Random(20250212)  # noqa: S311  a fixed draw, no secret
        files = sorted(path.name for path in (folder / "articles").iterdir())
        deal.shuffle(files)
        start = 0
        while start < min(len(files), _SMALL_ARTICLES):
            if progress:
                progress(f"small indexes of {folder.name}", start, min(len(files), _SMALL_ARTICLES))
            group = files[start : start + deal.choice(_GROUPS)]
            start += len(group)
            about = [q for q in answerable if q.files <= set(group)]
            if not about:
                continue
            others = [q for q in answerable if not q.files & set(group)]
            others = deal.sample(others, min(len(about), len(others)))
            others += deal.sample(foreign, min(len(about), len(foreign)))
            with _small_index(folder, group, set_folder(folder, work)) as qa:
                for question in [*about, *map(_unanswerable, others)]:
                    yield Lesson(f"{folder.name} (few articles)", _SMALL_WEIGHT, qa, question)


def other_sets(sets: Sequence[Path], work: Path, progress: Progress | None = None) -> Iterator[Lesson]:
    """Yields questions asked of another set's articles, which never answer them."""
    for folder in sets:
        others = [q for other in sets if other != folder for q in evenly_spaced(read_questions(other), _FOREIGN)]
        with open_set(folder, work, progress=progress) as (_, qa):
            for done, question in enumerate(others):
                if progress:
                    progress(f"asking {folder.name} about others", done, len(others))
                yield Lesson(f"{folder.name} (foreign)", _FOREIGN_WEIGHT, qa, _unanswerable(question))


@contextmanager
def _small_index(folder: Path, files: Sequence[str], known: Path) -> Iterator[ArticleQA]:
    """Yields an index of these articles alone; their vectors come from the cache of the set's index."""
    with TemporaryDirectory(prefix="articlebot-", ignore_cleanup_errors=True) as temporary:
        articles, target = Path(temporary, "articles"), Path(temporary, "index")
        articles.mkdir()
        target.mkdir()
        for file in files:
            shutil.copyfile(folder / "articles" / file, articles / file)
        shutil.copyfile(known / CACHE_FILE, target / CACHE_FILE)
        build_index([articles], target)
        with closing(ArticleQA.open(target)) as qa:
            yield qa


def _unanswerable(question: Question) -> Question:
    return replace(question, answerable=False, history=())


def _example(lesson: Lesson, weights: Weights, reader: HeldOut | None) -> Example:
    set_name, weight, qa, question = lesson
    results = qa.retrieve(qa.understand(question.text, question.conversation())).results
    if results is None:
        raise DataError(f"{set_name}, question {question.id}: nothing to search for in {question.text!r}")
    evidence = gather_evidence(results, qa.generation, weights, reader)
    sentences = [candidate for _, candidate in evidence.ranked]
    return Example(
        set_name, weight, question.answerable, evidence.features, [c.features for c in sentences],
        [is_right_sentence(question, c) for c in sentences],
    )  # fmt: skip
