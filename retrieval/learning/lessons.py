"""Sets of labelled questions -> what is asked of which articles: of all, of a few, of many, of those of another set."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from index.article import Progress, no_progress
from index.store.anywhere.stores import open_generation
from index.updating.build import build_index, forget_source
from retrieval.asking.qa import ArticleQA
from retrieval.learning.sets import Question, evenly_spaced, open_set, read_questions, set_folder

_SMALL_ARTICLES = 120  # of a set that are dealt into small indexes
_GROUPS = (1, 5, 20)  # articles in a small index
_ASKED = 20  # questions of a small index at most: about it, near misses, about others, of each
_OF_MANY = 80  # questions of each set over the articles of all
_FOREIGN = 60  # questions of each other set
_SMALL_WEIGHT = 0.35  # of a set's small indexes beside the whole set
_MANY_WEIGHT = 0.35  # of its questions over the articles of all sets
_FOREIGN_WEIGHT = 0.1  # of the questions about other sets, which are easy


class Lesson(NamedTuple):
    """A labelled question, and the articles that it is asked of."""

    set_name: str
    weight: float  # of its set beside the whole sets, which count 1
    qa: ArticleQA
    question: Question


def all_lessons(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> Iterator[Lesson]:
    """Yields the questions of whole sets, over a few articles at a time, among many, and of other sets."""
    for make in (whole_sets, few_articles, many_articles, other_sets):
        yield from make(sets, work, progress)


def whole_sets(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> Iterator[Lesson]:
    """Yields every question of these sets; what is not indexed under `work` yet is."""
    for folder in sets:
        with open_set(folder, work, progress=progress) as (questions, qa):
            for done, question in enumerate(questions):
                progress(f"asking {folder.name}", done, len(questions))
                yield Lesson(folder.name, 1.0, qa, question)


def few_articles(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> Iterator[Lesson]:
    """Yields questions over a few articles at a time: many people begin with one.

    A set's articles are dealt into groups, always the same; each is asked the questions about it, the near misses
    that were written against it, and some about other articles of the set and of other sets.
    """
    for folder in sets:
        with open_set(folder, work, progress=progress) as (questions, _):
            pass
        foreign = [q for other in sets if other != folder for q in read_questions(other) if q.answerable]
        deal = random.Random(20250212)  # noqa: S311  a fixed draw, no secret
        files = sorted(path.name for path in (folder / "articles").iterdir())
        deal.shuffle(files)
        start = 0
        while start < min(len(files), _SMALL_ARTICLES):
            progress(f"small indexes of {folder.name}", start, min(len(files), _SMALL_ARTICLES))
            group = files[start : start + deal.choice(_GROUPS)]
            start += len(group)
            asked = _asked_of_few(questions, foreign, set(group), deal)
            if asked:
                with _small_index(folder, group, set_folder(work, folder)) as qa:
                    for question in asked:
                        yield Lesson(f"{folder.name} (few articles)", _SMALL_WEIGHT, qa, question)


def _asked_of_few(
    questions: Sequence[Question], foreign: Sequence[Question], group: set[str], deal: random.Random
) -> list[Question]:
    """Returns what a small index of these articles is asked; nothing where no question is about it."""
    about = [q for q in questions if q.answerable and q.files and q.files <= group]
    near = [q for q in questions if not q.answerable and q.about and set(q.about) <= group]
    others = [q for q in questions if q.answerable and not q.files & group]
    about, near = (deal.sample(some, min(len(some), _ASKED)) for some in (about, near))
    some = len(about) // 4 + 1
    gone = [q for each in (others, foreign) for q in deal.sample(each, min(some, len(each)))]
    return [*about, *near, *map(_unanswerable, gone)] if about else []


def many_articles(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> Iterator[Lesson]:
    """Yields questions of each set over the articles of all of them, as a newspaper is asked.

    The best of many passages is more like any question than the best of few, and only here does a question in another
    language than its article's meet many. Without these lessons a large index seemed to hold every answer.
    """
    for folder in sets:
        with open_set(folder, work, among=sets, progress=progress) as (questions, qa):
            asked = evenly_spaced(questions, _OF_MANY)
            for done, question in enumerate(asked):
                progress(f"asking {folder.name} among many", done, len(asked))
                yield Lesson(f"{folder.name} (many articles)", _MANY_WEIGHT, qa, question)


def other_sets(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> Iterator[Lesson]:
    """Yields questions asked of another set's articles, which never answer them."""
    for folder in sets:
        others = [q for other in sets if other != folder for q in evenly_spaced(read_questions(other), _FOREIGN)]
        with open_set(folder, work, progress=progress) as (_, qa):
            for done, question in enumerate(others):
                progress(f"asking {folder.name} about others", done, len(others))
                yield Lesson(f"{folder.name} (foreign)", _FOREIGN_WEIGHT, qa, _unanswerable(question))


@contextmanager
def _small_index(folder: Path, files: Sequence[str], known: Path) -> Iterator[ArticleQA]:
    """Yields an index of these articles alone; their vectors come from the set's index."""
    with TemporaryDirectory(prefix="articlebot-", ignore_cleanup_errors=True) as temporary:
        articles, target = Path(temporary, "articles"), Path(temporary, "index")
        articles.mkdir()
        for file in files:
            shutil.copyfile(folder / "articles" / file, articles / file)
        shutil.copytree(known, target)
        with closing(open_generation(target)) as whole:
            sources = whole.sources()
        for source in sources:
            forget_source(source, target)
        build_index([articles], target)
        with closing(ArticleQA.open(target)) as qa:
            yield qa


def _unanswerable(question: Question) -> Question:
    return replace(question, answerable=False, history=())
