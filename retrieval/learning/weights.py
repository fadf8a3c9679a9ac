"""Makes the shipped weights of the answerer: what makes a sentence an answer, and when the articles do not say."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.article import Progress
from index.embedding.cache import CACHE_FILE
from index.errors import ArticlebotError
from index.updating.build import build_index
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.weights import ACROSS, SMALL, Features, Weights
from retrieval.asking.qa import PASSAGES, ArticleQA
from retrieval.learning.evaluation import each_question, holds_answer, normalise, open_set, set_folder
from retrieval.learning.reader.held_out import HeldOut
from retrieval.learning.sets import Question, read_questions

_SMALL_ARTICLES = 120  # of a set that are dealt into small indexes
_T = TypeVar("_T")
_GROUPS = (1, 2, 3, 5, 8, 13, 20)  # articles in a small index
_FOREIGN = 60  # questions of each other set
_SMALL_WEIGHT = 0.35  # of a set's small indexes beside the whole set
_AS_GOOD = 0.01  # share of the best mean of balanced accuracies that counts for nothing
_FOREIGN_WEIGHT = 0.1  # of the questions about other sets, which are easy
_TURNS = 2
_SENTENCE = ("cosine_z", "words_z", "passage_z", "first", "position", "kind", "asks", "numbers", "names")
_READ_SENTENCE = ("read", "read_passage", "read_both")
_READ_ANSWERABLE = ("read_most", "read_some", "read_passage", "read_sentence")
_ANSWERABLE = (
    "sentence", "passage", "sentence_z", "passage_z", "coverage", "other_language", "chosen", "words", "names",
    "numbers", "kind", "unfit", "score", "margin", "names_nothing", "passage_words", "rarest", "lead", "fused",
    "size", "small",
    *(f"{name}_small" for name in SMALL), *(f"{name}_across" for name in ACROSS),
)  # fmt: skip


class TrainingError(ArticlebotError, ValueError):
    """The data cannot be learned from."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled question with what the answerer sees of it."""

    set_name: str
    weight: float  # of its set beside the whole sets, which count 1
    answerable: bool
    features: Features  # of "the articles hold the answer"
    sentences: list[Features]
    right: list[bool]  # by sentence: it holds a gold answer


def examples(
    sets: Sequence[Path],
    work: Path,
    weights: Weights,
    progress: Progress | None = None,
    reader: HeldOut | None = None,
) -> list[Example]:
    """Returns every question of these sets with its features; what is not indexed under `work` yet is."""
    return [
        example
        for folder in sets
        for example in _seen(folder.name, each_question(folder, work, progress=progress), weights, reader, weight=1.0)
    ]


def small_examples(
    sets: Sequence[Path],
    work: Path,
    weights: Weights,
    progress: Progress | None = None,
    reader: HeldOut | None = None,
) -> list[Example]:
    """Returns examples over a few articles at a time: many people begin with one.

    A set's articles are dealt into groups, always the same; each is asked the questions about it, and as many
    about other articles of the set and of other sets, which it does not answer.
    """
    tell = progress or (lambda *_: None)
    found = []
    for folder in sets:
        questions, qa = open_set(folder, work, progress=progress)
        qa.close()
        foreign = [q for other in sets if other != folder for q in read_questions(other)]
        deal = random.Random(20250212)  # noqa: S311  a fixed draw, no secret
        files = sorted(path.name for path in (folder / "articles").iterdir())
        deal.shuffle(files)
        start = 0
        while start < len(files) and start < _SMALL_ARTICLES:
            tell(f"small indexes of {folder.name}", start, min(len(files), _SMALL_ARTICLES))
            group = files[start : start + deal.choice(_GROUPS)]
            start += len(group)
            about = [q for q in questions if q.answerable and {file for file, _ in q.gold} <= set(group)]
            others = [q for q in questions if q.answerable and not {file for file, _ in q.gold} & set(group)]
            others = deal.sample(others, min(len(about), len(others))) + deal.sample(
                foreign, min(len(about), len(foreign))
            )
            asked = about + [replace(q, answerable=False, history=()) for q in others]
            found.extend(_ask_group(folder, group, asked, set_folder(folder, work), weights, reader))
    return found


def foreign_examples(
    sets: Sequence[Path],
    work: Path,
    weights: Weights,
    progress: Progress | None = None,
    reader: HeldOut | None = None,
) -> list[Example]:
    """Returns examples of questions asked of another set's articles, which never answer them."""
    tell = progress or (lambda *_: None)
    found: list[Example] = []
    for folder in sets:
        _, qa = open_set(folder, work, progress=progress)
        others = [q for other in sets if other != folder for q in spread(read_questions(other), _FOREIGN)]
        asked = ((qa, replace(question, answerable=False, history=())) for question in others)
        with closing(qa):
            for example in _seen(f"{folder.name} (foreign)", asked, weights, reader, weight=_FOREIGN_WEIGHT):
                tell(f"asking {folder.name} about others", len(found), len(others) * len(sets))
                found.append(example)
    return found


def _ask_group(
    folder: Path,
    group: Sequence[str],
    asked: Sequence[Question],
    known: Path,
    weights: Weights,
    reader: HeldOut | None,
) -> list[Example]:
    """Asks these questions of an index of these articles alone; their vectors come from the set's cache."""
    if not asked:
        return []
    with TemporaryDirectory(prefix="articlebot-", ignore_cleanup_errors=True) as temporary:
        articles, target = Path(temporary, "articles"), Path(temporary, "index")
        articles.mkdir()
        target.mkdir()
        for file in group:
            shutil.copyfile(folder / "articles" / file, articles / file)
        shutil.copyfile(known / CACHE_FILE, target / CACHE_FILE)
        build_index([articles], target)
        with closing(ArticleQA.open(target)) as qa:
            of_group = ((qa, question) for question in asked)
            return list(_seen(f"{folder.name} (few articles)", of_group, weights, reader, weight=_SMALL_WEIGHT))


def train_weights(
    sets: Sequence[Path],
    work: Path,
    before: Weights,
    reader: HeldOut | None = None,
    progress: Progress | None = None,
) -> tuple[Weights, list[Example]]:
    """Returns the answerer's weights, with those for passages that were read, and the examples of the last fit.

    What the features of "answerable" say depends on which sentence is ranked first, so with a reader both are learned
    in two turns, from the questions that it has not learned.
    """
    weights = train_answerer(found := _all_examples(sets, work, before, None, progress), before)
    if reader is None:
        return replace(weights, reading=before.reading, sure=before.sure), found
    reading = replace(weights, reading=None, sure=(0.0, 1.0))
    for _ in range(_TURNS):
        seen = replace(weights, reading=reading, sure=(0.0, 1.0))
        found = _all_examples(sets, work, seen, reader, progress)
        reading = train_answerer(found, reading, read=True)
    return replace(weights, reading=reading, sure=before.sure), found


def _all_examples(
    sets: Sequence[Path], work: Path, weights: Weights, reader: HeldOut | None, progress: Progress | None
) -> list[Example]:
    return [
        example
        for make in (examples, small_examples, foreign_examples)
        for example in make(sets, work, weights, progress, reader)
    ]


def train_answerer(found: Sequence[Example], before: Weights, *, read: bool = False) -> Weights:
    """Returns weights learned from these examples by logistic regression; with `read` also of what a reader saw.

    Sentences: every question counts the same, right and wrong sentences of it too. Answerable: every set counts
    the same, and within it answerable and unanswerable questions. The threshold is the
    lowest whose mean of the sets' balanced accuracies is within a hundredth of the best.
    """
    rows = [
        (e, f, r) for e in found if e.answerable and any(e.right) for f, r in zip(e.sentences, e.right, strict=True)
    ]
    if not rows or all(e.answerable for e in found) or not any(e.answerable for e in found):
        raise TrainingError("the sets hold no answerable or no unanswerable questions; both are needed")
    share = [
        1 / (sum(e.right) if right else len(e.right) - sum(e.right)) for e, _, right in rows
    ]  # fmt: skip
    names = _SENTENCE + (_READ_SENTENCE if read else ())
    sentence = _fit([f for _, f, _ in rows], [r for _, _, r in rows], share, names)
    sentence.pop("intercept")
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    for e in found:
        counts[e.set_name, e.answerable] += 1
    answerable = _fit(
        [e.features for e in found],
        [e.answerable for e in found],
        [e.weight / counts[e.set_name, e.answerable] for e in found],
        _ANSWERABLE + (_READ_ANSWERABLE if read else ()),
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


def balanced(found: Sequence[Example], weights: Mapping[str, float], threshold: float) -> dict[str, float]:
    """Returns the balanced accuracy of refusing by set."""
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for e, probability in zip(found, _probabilities(found, weights), strict=True):
        right[e.set_name, e.answerable].append(bool((probability >= threshold) == e.answerable))
    names = sorted({e.set_name for e in found})
    return {name: float(np.mean([np.mean(right[name, a]) for a in (True, False) if right[name, a]])) for name in names}


def _seen(
    name: str,
    asked: Iterable[tuple[ArticleQA, Question]],
    weights: Weights,
    reader: HeldOut | None,
    *,
    weight: float,
) -> Iterator[Example]:
    """Yields the questions with what the answerer sees of them; those that a reader has learned are left out."""
    for qa, question in asked:
        if reader is None or not reader.has_learned(question.text):
            yield _example(name, question, qa, weights, reader, weight=weight)


def _example(
    name: str, question: Question, qa: ArticleQA, weights: Weights, reader: HeldOut | None, *, weight: float
) -> Example:
    understood = qa.understand(question.text, question.conversation())
    results = qa.retrieve(understood, k=PASSAGES).results
    if results is None:
        raise TrainingError(f"{name}, question {question.id}: nothing to search for in {question.text!r}")
    evidence = gather_evidence(results, qa.generation, weights, reader)
    return Example(
        set_name=name, weight=weight, answerable=question.answerable, features=evidence.features,
        sentences=[c.features for _, c in evidence.ranked],
        right=[is_right_sentence(question, c) for _, c in evidence.ranked],
    )  # fmt: skip


def is_right_sentence(question: Question, candidate: Candidate) -> bool:
    """Whether a sentence of a gold article holds a gold answer, or is evidence where answers are long."""
    file = candidate.passage.article_id.split("/", 1)[-1]
    if file not in {gold for gold, _ in question.gold}:
        return False
    text = normalise(candidate.text)
    if question.evidence:
        evidence = [known for known in map(normalise, question.evidence) if known]
        return bool(text) and any(known[:80] in text or text in known for known in evidence)
    return any(holds_answer(text, answer) for answer in question.answers)


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


def _probabilities(found: Sequence[Example], weights: Mapping[str, float]) -> NDArray[np.float64]:
    logits = np.array([sum(w * e.features[name] for name, w in weights.items()) for e in found])
    return np.asarray(1 / (1 + np.exp(-logits)))


def _threshold(found: Sequence[Example], weights: Mapping[str, float]) -> float:
    steps = np.arange(0.05, 0.96, 0.01)
    share = {e.set_name: e.weight for e in found}
    accuracies = [balanced(found, weights, float(t)) for t in steps]
    means = np.array([sum(share[name] * accuracy for name, accuracy in of.items()) for of in accuracies])
    smooth = np.convolve(np.pad(means, 2, mode="edge"), np.ones(5) / 5, mode="valid")  # no lucky single step
    # the lowest that is as good: a wrong answer shows its quote, an answer that was kept back shows nothing
    return round(float(steps[int(np.argmax(smooth >= smooth.max() * (1 - _AS_GOOD)))]), 2)


def spread(items: list[_T], count: int) -> list[_T]:
    """Returns at most `count` of the items, evenly spaced: the same ones every time."""
    if len(items) <= count:
        return items
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, count)]
