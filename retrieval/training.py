"""Makes the two shipped files that are learned: the language means and the answerer's weights."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index import ArticlebotError
from index.build import Progress, build_index
from index.cache import CACHE_FILE
from index.centring import SIDES, Centring
from index.embedder import load_embedder
from index.passages import passage_text, sentence_text
from index.sentences import split_sentences
from retrieval.evaluation import Question, each_question, holds_answer, normalise, open_set, read_questions, set_folder
from retrieval.evidence import ACROSS, SMALL, Candidate, Features, Weights, gather_evidence
from retrieval.qa import PASSAGES, ArticleQA

MEAN_TEXTS = 300  # of a side and language at most; more move the mean by less than 0.01
_SMALL_ARTICLES = 120  # of a set that are dealt into small indexes
_T = TypeVar("_T")
_GROUPS = (1, 2, 3, 5, 8, 13, 20)  # articles in a small index
_FOREIGN = 60  # questions of each other set
_SMALL_WEIGHT = 0.35  # of a set's small indexes beside the whole set
_AS_GOOD = 0.01  # share of the best mean of balanced accuracies that counts for nothing
_FOREIGN_WEIGHT = 0.1  # of the questions about other sets, which are easy
_SENTENCE = ("cosine_z", "words_z", "passage_z", "first", "position", "kind", "asks", "numbers", "names")
_ANSWERABLE = (
    "sentence", "passage", "sentence_z", "passage_z", "coverage", "other_language", "chosen", "words", "names",
    "numbers", "kind", "unfit", "score", "margin", "names_nothing", "passage_words", "rarest", "lead", "fused",
    "size", "small",
    *(f"{name}_small" for name in SMALL), *(f"{name}_across" for name in ACROSS),
)  # fmt: skip


class TrainingError(ArticlebotError, ValueError):
    """The data cannot be learned from."""


def train_means(folder: Path, *, model: str | None = None, progress: Progress | None = None) -> Centring:
    """Returns the language means of a model, from texts that exist for many languages.

    Args:
        folder: holds passages.jsonl (title, language, text) and questions.jsonl (question, language).
        model: the embedder, as for `build_index`.
        progress: called with (what is being done, done so far, in all).
    """
    embedder = load_embedder(model)
    tell = progress or (lambda *_: None)
    texts: dict[str, list[str]] = defaultdict(list)
    for record in _records(folder / "passages.jsonl", ("title", "text", "language")):
        title, text, language = record["title"], record["text"], record["language"]
        texts[f"passage/{language}"].append(passage_text(title, text))
        texts[f"sentence/{language}"].extend(
            sentence_text(title, text[a:b]) for a, b in split_sentences(text, language)
        )
    for record in _records(folder / "questions.jsonl", ("question", "language")):
        texts[f"question/{record['language']}"].append(record["question"])
    for side in SIDES:
        if not any(listed for name, listed in texts.items() if name.startswith(f"{side}/")):
            raise TrainingError(f"{folder}: no texts for the mean of a {side}; wanted some in every language")
    means: dict[str, NDArray[np.float32]] = {}
    for done, (name, listed) in enumerate(sorted(texts.items())):
        tell("embedding", done, len(texts))
        chosen = _spread(listed, MEAN_TEXTS)
        question = name.startswith("question/")
        vectors = embedder.embed_questions(chosen) if question else embedder.embed_passages(chosen)
        means[name] = vectors.mean(axis=0)
    for side in SIDES:
        means[f"{side}/"] = np.mean([mean for name, mean in means.items() if name.startswith(f"{side}/")], axis=0)
    return Centring(means)


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled question with what the answerer sees of it."""

    set_name: str
    weight: float  # of its set beside the whole sets, which count 1
    answerable: bool
    features: Features  # of "the articles hold the answer"
    sentences: list[Features]
    right: list[bool]  # by sentence: it holds a gold answer


def examples(sets: Sequence[Path], work: Path, weights: Weights, progress: Progress | None = None) -> list[Example]:
    """Returns every question of these sets with its features; what is not indexed under `work` yet is."""
    return [
        _example(folder.name, question, qa, weights, weight=1.0)
        for folder in sets
        for qa, question in each_question(folder, work, progress=progress)
    ]


def small_examples(
    sets: Sequence[Path], work: Path, weights: Weights, progress: Progress | None = None
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
            found.extend(_ask_group(folder, group, asked, set_folder(folder, work), weights))
    return found


def foreign_examples(
    sets: Sequence[Path], work: Path, weights: Weights, progress: Progress | None = None
) -> list[Example]:
    """Returns examples of questions asked of another set's articles, which never answer them."""
    tell = progress or (lambda *_: None)
    found = []
    for folder in sets:
        _, qa = open_set(folder, work, progress=progress)
        others = [q for other in sets if other != folder for q in _spread(read_questions(other), _FOREIGN)]
        with closing(qa):
            for done, question in enumerate(others):
                tell(f"asking {folder.name} about others", done, len(others))
                unanswerable = replace(question, answerable=False, history=())
                found.append(_example(f"{folder.name} (foreign)", unanswerable, qa, weights, weight=_FOREIGN_WEIGHT))
    return found


def _ask_group(
    folder: Path, group: Sequence[str], asked: Sequence[Question], known: Path, weights: Weights
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
            return [
                _example(f"{folder.name} (few articles)", question, qa, weights, weight=_SMALL_WEIGHT)
                for question in asked
            ]


def train_answerer(found: Sequence[Example], before: Weights) -> Weights:
    """Returns weights learned from these examples by logistic regression.

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
    sentence = _fit([f for _, f, _ in rows], [r for _, _, r in rows], share, _SENTENCE)
    sentence.pop("intercept")
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    for e in found:
        counts[e.set_name, e.answerable] += 1
    answerable = _fit(
        [e.features for e in found],
        [e.answerable for e in found],
        [e.weight / counts[e.set_name, e.answerable] for e in found],
        _ANSWERABLE,
    )
    threshold = _threshold(found, answerable)
    return Weights(sentence, answerable, threshold, before.margin)


def save_weights(weights: Weights, path: Path) -> None:
    """Writes weights so that a person can read them."""
    record = {
        "sentence": weights.sentence, "answerable": weights.answerable, "threshold": weights.threshold,
        "margin": weights.margin,
    }  # fmt: skip
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def balanced(found: Sequence[Example], weights: Mapping[str, float], threshold: float) -> dict[str, float]:
    """Returns the balanced accuracy of refusing by set."""
    right: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for e, probability in zip(found, _probabilities(found, weights), strict=True):
        right[e.set_name, e.answerable].append(bool((probability >= threshold) == e.answerable))
    names = sorted({e.set_name for e in found})
    return {name: float(np.mean([np.mean(right[name, a]) for a in (True, False) if right[name, a]])) for name in names}


def _example(name: str, question: Question, qa: ArticleQA, weights: Weights, *, weight: float) -> Example:
    understood = qa.understand(question.text, question.conversation())
    results = qa.retrieve(understood, k=PASSAGES).results
    if results is None:
        raise TrainingError(f"{name}, question {question.id}: nothing to search for in {question.text!r}")
    evidence = gather_evidence(results, qa.generation, weights)
    return Example(
        set_name=name, weight=weight, answerable=question.answerable, features=evidence.features,
        sentences=[c.features for _, c in evidence.ranked], right=[_is_right(question, c) for _, c in evidence.ranked],
    )  # fmt: skip


def _is_right(question: Question, candidate: Candidate) -> bool:
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


def _spread(items: list[_T], count: int) -> list[_T]:
    """Returns at most `count` of the items, evenly spaced: the same ones every time."""
    if len(items) <= count:
        return items
    return [items[int(i)] for i in np.linspace(0, len(items) - 1, count)]


def _records(path: Path, fields: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yields the objects of a file of one JSON object a line, each with these fields."""
    wanted = f"wanted one JSON object a line with {', '.join(fields)}"
    try:
        for line in path.read_bytes().split(b"\n"):
            if line.strip():
                record = json.loads(line)
                yield {name: str(record[name]) for name in fields}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path}: cannot be read ({type(error).__name__} {error}); {wanted}") from error
