"""Makes the weights of the answerer: what makes a sentence an answer, and when the articles do not say."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.article import Progress, no_progress
from index.embedding.cache import CACHE_FILE
from index.updating.build import build_index
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.weights import ACROSS, SMALL, Features, Weights
from retrieval.asking.qa import ArticleQA
from retrieval.learning.gold import is_right_sentence
from retrieval.learning.reader.making import HeldOut
from retrieval.learning.sets import DataError, Question, evenly_spaced, open_set, read_questions, set_folder

SENTENCE = ("cosine_z", "words_z", "passage_z", "first", "position", "kind", "asks", "numbers", "names")
READ_SENTENCE = ("read", "read_passage", "read_both")
ANSWERABLE = (
    "sentence", "passage", "sentence_z", "passage_z", "coverage", "other_language", "chosen", "words", "names",
    "numbers", "kind", "unfit", "score", "margin", "names_nothing", "passage_words", "rarest", "lead", "fused",
    "size", "small",
    *(f"{name}_small" for name in SMALL), *(f"{name}_across" for name in ACROSS),
)  # fmt: skip
READ_ANSWERABLE = ("read_most", "read_some", "read_passage", "read_sentence")
_AS_GOOD = 0.01  # share of the best mean of balanced accuracies that counts for nothing
_TURNS = 2
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
class Weighable:
    """One labelled question with what the answerer sees of it."""

    set_name: str
    weight: float  # as of its lesson
    answerable: bool
    features: Features  # of "the articles hold the answer"
    sentences: list[Features]
    right: list[bool]  # by sentence: it holds a gold answer


def examples(lessons: Iterable[Lesson], weights: Weights, reader: HeldOut | None = None) -> list[Weighable]:
    """Returns the questions with what the answerer sees of them; those that a reader has learned are left out."""
    return [
        _example(lesson, weights, reader)
        for lesson in lessons
        if reader is None or not reader.has_learned(lesson.question.text)
    ]


def all_lessons(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> Iterator[Lesson]:
    """Yields the questions of whole sets, over a few articles at a time, and of other sets."""
    for make in (whole_sets, few_articles, other_sets):
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


def _example(lesson: Lesson, weights: Weights, reader: HeldOut | None) -> Weighable:
    set_name, weight, qa, question = lesson
    results = qa.retrieve(qa.understand(question.text, question.conversation())).results
    if results is None:
        raise DataError(f"{set_name}, question {question.id}: nothing to search for in {question.text!r}")
    evidence = gather_evidence(results, qa.generation, weights, reader)
    sentences = [candidate for _, candidate in evidence.ranked]
    return Weighable(
        set_name, weight, question.answerable, evidence.features, [c.features for c in sentences],
        [is_right_sentence(question, c) for c in sentences],
    )  # fmt: skip


# Learning ------------------------------------------------------------------------------------------------------


def train_weights(
    sets: Sequence[Path],
    work: Path,
    before: Weights,
    reader: HeldOut | None = None,
    progress: Progress = no_progress,
) -> tuple[Weights, list[Weighable]]:
    """Returns the answerer's weights, with those for passages that were read, and the examples of the last fit.

    What the features of "answerable" say depends on which sentence is ranked first, so with a reader both are learned
    in two turns, from the questions that it has not learned.
    """
    weights = train_answerer(found := examples(all_lessons(sets, work, progress), before), before)
    if reader is None:
        return replace(weights, reading=before.reading, sure=before.sure), found
    reading = replace(weights, reading=None, sure=(0.0, 1.0))
    for _ in range(_TURNS):
        seen = replace(weights, reading=reading, sure=(0.0, 1.0))
        found = examples(all_lessons(sets, work, progress), seen, reader)
        reading = train_answerer(found, reading, read=True)
    return replace(weights, reading=reading, sure=before.sure), found


def train_answerer(found: Sequence[Weighable], before: Weights, *, read: bool = False) -> Weights:
    """Returns weights learned from these examples by logistic regression; with `read` also of what a reader saw.

    Sentences: every question counts the same, right and wrong sentences of it too. Answerable: every set counts
    the same, and within it answerable and unanswerable questions. The threshold is the lowest whose mean of the sets'
    balanced accuracies is within a hundredth of the best.
    """
    rows = [
        (e, f, r) for e in found if e.answerable and any(e.right) for f, r in zip(e.sentences, e.right, strict=True)
    ]
    if not rows or all(e.answerable for e in found) or not any(e.answerable for e in found):
        raise DataError("the sets hold no answerable or no unanswerable questions; both are needed")
    share = [1 / e.right.count(right) for e, _, right in rows]
    names = SENTENCE + (READ_SENTENCE if read else ())
    sentence = _fit([f for _, f, _ in rows], [r for _, _, r in rows], share, names)
    sentence.pop("intercept")
    counts = Counter((e.set_name, e.answerable) for e in found)
    answerable = _fit(
        [e.features for e in found],
        [e.answerable for e in found],
        [e.weight / counts[e.set_name, e.answerable] for e in found],
        ANSWERABLE + (READ_ANSWERABLE if read else ()),
    )
    threshold = _threshold(found, answerable)
    return replace(before, sentence=sentence, answerable=answerable, threshold=threshold)


def save_weights(weights: Weights, path: Path) -> None:
    """Writes weights so that a person can read them."""
    path.write_text(json.dumps(_record(weights), indent=1) + "\n", encoding="utf-8")


def _record(weights: Weights) -> dict[str, Any]:
    record = {
        "sentence": weights.sentence, "answerable": weights.answerable, "threshold": weights.threshold,
        "margin": weights.margin,
    }  # fmt: skip
    if weights.reading is None:
        return record
    return record | {"sure": weights.sure, "reading": _record(weights.reading)}


def balanced(found: Sequence[Weighable], weights: Mapping[str, float], threshold: float) -> dict[str, float]:
    """Returns the balanced accuracy of refusing by set."""
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for e, probability in zip(found, _probabilities(found, weights), strict=True):
        right[e.set_name, e.answerable].append(bool((probability >= threshold) == e.answerable))
    names = sorted({e.set_name for e in found})
    return {name: float(np.mean([np.mean(right[name, a]) for a in (True, False) if right[name, a]])) for name in names}


def _fit(
    features: Sequence[Features], labels: Sequence[bool], sample_weights: Sequence[float], names: Sequence[str]
) -> dict[str, float]:
    """Returns name -> weight and "intercept" of a logistic regression on standardised features, in their own units."""
    from sklearn.linear_model import LogisticRegression

    table = np.array([[f[name] for name in names] for f in features])
    mean, deviation = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
    scale = len(labels) / sum(sample_weights)
    model = LogisticRegression(C=0.3, max_iter=2000)
    model.fit((table - mean) / deviation, np.array(labels), np.array(sample_weights) * scale)
    weights = model.coef_[0] / deviation
    intercept = float(model.intercept_[0] - (weights * mean).sum())
    return {"intercept": round(intercept, 4), **{n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}}


def _probabilities(found: Sequence[Weighable], weights: Mapping[str, float]) -> NDArray[np.float64]:
    logits = np.array([sum(w * e.features[name] for name, w in weights.items()) for e in found])
    return np.asarray(1 / (1 + np.exp(-logits)))


def _threshold(found: Sequence[Weighable], weights: Mapping[str, float]) -> float:
    steps = np.arange(0.05, 0.96, 0.01)
    share = {e.set_name: e.weight for e in found}
    accuracies = [balanced(found, weights, float(t)) for t in steps]
    means = np.array([sum(share[name] * accuracy for name, accuracy in of.items()) for of in accuracies])
    smooth = np.convolve(np.pad(means, 2, mode="edge"), np.ones(5) / 5, mode="valid")  # no lucky single step
    # the lowest that is as good: a wrong answer shows its quote, an answer that was kept back shows nothing
    return round(float(steps[int(np.argmax(smooth >= smooth.max() * (1 - _AS_GOOD)))]), 2)
