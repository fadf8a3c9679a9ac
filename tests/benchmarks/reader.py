"""How good a reader becomes by how much it learns from: `python -m tests.benchmarks.reader FOLDER SET…`.

A learning curve, and what each kind of near miss gives. Every reader is trained as the one that ships and judged on
sets whose articles it has not seen: alone, without any of the answerer's features. A run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bot.display import progress_bar
from index.build import Progress
from retrieval.evaluation import open_set
from retrieval.evidence import Weights, gather_evidence
from retrieval.labelled import Question
from retrieval.qa import PASSAGES, ArticleQA
from retrieval.reader.judging import area_under_curve
from retrieval.reader.making import train_and_judge
from retrieval.reader.near_misses import NearMiss
from retrieval.reader.questions import fold_of, read_folder, spread
from retrieval.reader.reading import Reader
from retrieval.readings import read_passages, with_readings
from retrieval.training import is_right_sentence

CURVE = (1_000, 3_000, None)  # questions; None: all
ABLATED = 3_000  # questions that readers without one kind of near miss learn from
FOLDS = 8  # of which one is left out, to judge on


def variants() -> Iterator[tuple[str, int | None, tuple[NearMiss, ...]]]:
    """Yields name, questions and kinds of near misses of each reader."""
    for count in CURVE:
        yield f"{count or 'all'} questions", count, tuple(NearMiss)
    for kind in NearMiss:
        yield f"{ABLATED} without {kind}", ABLATED, tuple(other for other in NearMiss if other is not kind)


def judged_on(reader: Reader, questions: list[Question], qa: ArticleQA) -> tuple[float, float]:
    """Returns the AUC of "answerable" over the best passages, and how often the reader's sentence is right."""
    held: list[float] = []
    other: list[float] = []
    right: list[bool] = []
    for question in questions:
        results = qa.retrieve(qa.understand(question.text, question.conversation(), question.today), PASSAGES).results
        ranked = gather_evidence(results, qa.generation, Weights.load()).ranked if results else []
        if not results or not ranked:
            continue
        candidates = [candidate for _, candidate in ranked]
        readings = read_passages(results.query.text, [c.passage for c in candidates], reader)
        (held if question.answerable else other).append(max(r.answerable for r in readings.values()))
        if question.answerable:
            best = max(with_readings(candidates, readings), key=lambda c: c.features["read"])
            right.append(is_right_sentence(question, best))
    return area_under_curve(held, other), sum(right) / max(len(right), 1)


def figures(folder: Path, sets: list[Path], work: Path, evaluated: Path, progress: Progress) -> Iterator[str]:
    """Yields the lines of the table, each as soon as it is known."""
    questions = read_folder(folder)
    left_out = [q for q in questions if fold_of(q.passage.article, FOLDS) == 0]
    learned = [q for q in questions if fold_of(q.passage.article, FOLDS) != 0]
    names = [path.name for path in sets]
    yield "learned from".ljust(32) + "  words  apart  " + "  ".join(f"{name} AUC  first" for name in names)
    for name, count, kinds in variants():
        target = work / f"{name.replace(' ', '-')}.onnx"
        told = train_and_judge(spread(learned, count), left_out, target, kinds=kinds, progress=progress)
        line = f"{name:32}  {told.words:5.3f}  {told.apart['all']:5.3f}  "
        for path in sets:
            asked, qa = open_set(path, evaluated)
            with closing(qa):
                apart, right = judged_on(Reader(target), asked, qa)
            line += f"{apart:{len(path.name) + 4}.3f}  {right:5.3f}  "
        yield line.rstrip()


def main() -> None:
    """Trains, judges and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, default=Path(".articlebot/reader-figures"))
    parser.add_argument("--evaluated", type=Path, default=Path(".articlebot/eval"), help="indexes of the sets")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    with progress_bar() as progress:
        lines = list(figures(given.folder, given.sets, given.work, given.evaluated, progress))
    lines += [
        "",
        "words: token F1 of the span on articles left out; apart: AUC of answerable there; first: how often the",
        "sentence that the reader sees most of the answer in holds it",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
