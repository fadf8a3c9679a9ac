"""What a reader learns from how much, and what it gives: `python -m tests.benchmarks.reader FOLDER SET…`.

A learning curve, and what each kind of near miss gives. Every reader is trained as the one that ships, on the second
half of the folder's articles, and judged on the first half and on sets whose articles it has not seen: alone, without
any of the answerer's features. The reader of the whole half is the one that `articlebot train reader` keeps; the one
that ships has learned both halves, so only the sets judge it. Then the sets as they are answered without a reader, and
with the one that ships; questions that it has learned are read by that of the half, or left out where that has, too. A
run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.terminal.display import progress_bar
from index.article import Progress
from retrieval.answering.answer import Answer
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.readings import read_passages, with_readings
from retrieval.answering.weights import Weights
from retrieval.asking.qa import ArticleQA
from retrieval.learning.evaluation import ask
from retrieval.learning.gold import is_right, is_right_sentence
from retrieval.learning.reader.judging import area_under_curve, token_f1
from retrieval.learning.reader.making import HALF, held_out, in_halves, train_and_judge
from retrieval.learning.reader.near_misses import NearMiss
from retrieval.learning.reader.questions import read_folder, whole_articles
from retrieval.learning.sets import Question, open_set
from retrieval.pipeline.pipeline import PASSAGES
from retrieval.pipeline.steps import Unsearched
from retrieval.reader.reading import READER_FILE, Reader

CURVE = (1_000, 3_000)  # questions; then the whole half, which is made anyway, and all
ABLATED = 1_000  # questions that readers without one kind of near miss learn from
SHARES = ("apart", "balanced", "answer@600", "first", "words")


def variants() -> Iterator[tuple[str, int | None, tuple[NearMiss, ...]]]:
    """Yields file name, questions (None: the half) and kinds of near misses of each reader."""
    for count in CURVE:
        yield f"{count}", count, tuple(NearMiss)
    yield HALF, None, tuple(NearMiss)
    for kind in NearMiss:
        yield f"{ABLATED}-without-{kind}", ABLATED, tuple(other for other in NearMiss if other is not kind)


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
        readings = read_passages({results.query.text: 1.0}, candidates, reader)
        (held if question.answerable else other).append(max(r.answerable for r in readings.values()))
        if question.answerable:
            best = max(with_readings(candidates, readings), key=lambda c: c.features["read"])
            right.append(is_right_sentence(question, best))
    return area_under_curve(held, other), sum(right) / max(len(right), 1)


def figures(folder: Path, sets: list[Path], work: Path, evaluated: Path, progress: Progress) -> Iterator[str]:
    """Yields the lines of the first table, each as soon as it is known."""
    questions = read_folder(folder)
    left_out, learned = in_halves(questions)
    yield f"{'learned from':36}  words  apart" + "".join(f"  {path.name} AUC  first" for path in sets)
    for name, count, kinds in variants():
        chosen = whole_articles(learned, count) if count else learned
        told = train_and_judge(chosen, left_out, work / f"{name}.onnx", kinds=kinds, progress=progress)
        without = [kind for kind in NearMiss if kind not in kinds]
        line = f"{len(chosen):,} questions" + "".join(f", no {kind}" for kind in without)
        of_sets = judged_on_sets(Reader(work / f"{name}.onnx"), sets, evaluated)
        yield f"{line:36}  {told.words:5.3f}  {told.apart['all']:5.3f}{of_sets}"
    line = f"{len(questions):,} questions: the one that ships"
    yield f"{line:36}      -      -{judged_on_sets(Reader(READER_FILE), sets, evaluated)}"


def judged_on_sets(reader: Reader, sets: list[Path], evaluated: Path) -> str:
    """Returns the two figures of each set, as the table has them."""
    line = ""
    for path in sets:
        with open_set(path, evaluated) as (asked, qa):
            apart, right = judged_on(reader, asked, qa)
        line += f"  {apart:{len(path.name) + 4}.3f}  {right:5.3f}"
    return line


# As it is answered ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """One question as it is answered; shares are of 1."""

    answerable: bool
    probability: float
    found: bool
    told: bool  # a gold answer stands in the first 600 characters
    right: bool  # the first sentence holds a gold answer, refused or not
    words: float | None  # token F1 of what is marked in it against the best gold answer, where it is right
    seconds: float


def answered(qa: ArticleQA, question: Question) -> Answered | None:
    """Returns what becomes of a question; None where it is small talk."""
    asked = ask(qa, question)
    if isinstance(asked.retrieved, Unsearched):
        return None
    answer, evidence = asked.answer, asked.retrieved.extract.evidence
    first = next((candidate for _, candidate in evidence.fitting or evidence.ranked), None)
    right = first is not None and question.answerable and is_right_sentence(question, first)
    words = marked_words(answer, first, question) if first and right else None
    told = answer.found and is_right(question, answer.text)
    return Answered(question.answerable, answer.probability, answer.found, told, right, words, answer.seconds)


def marked_words(answer: Answer, sentence: Candidate, question: Question) -> float | None:
    """Returns the token F1 of what is marked in a sentence of an answer; None where the answer does not show it."""
    for citation in answer.citations:
        if (citation.article_id, citation.start) == (sentence.passage.article_id, sentence.start):
            told = " ".join(citation.quote[start:end] for start, end in citation.highlights)
            return max((token_f1(told, gold) for gold in question.answers), default=None)
    return None


def shares(found: Sequence[Answered]) -> dict[str, float]:
    """Returns the figures of a set by name; those of time in milliseconds."""
    held, other = [f for f in found if f.answerable], [f for f in found if not f.answerable]
    kept, refused = statistics.mean(f.found for f in held), statistics.mean(not f.found for f in other or held)
    times = sorted(1e3 * f.seconds for f in found)
    return {
        "apart": area_under_curve([f.probability for f in held], [f.probability for f in other]),
        "balanced": (kept + refused) / 2,
        "answer@600": statistics.mean(f.told for f in held),
        "first": statistics.mean(f.right for f in held),
        "words": statistics.mean([f.words for f in held if f.words is not None] or [0.0]),
        "p50 ms": statistics.median(times),
        "p95 ms": times[int(0.95 * len(times))],
    }


def as_answered(folder: Path, sets: list[Path], work: Path, evaluated: Path, progress: Progress) -> Iterator[str]:
    """Yields the lines of the second table: each set without and with a reader that has not learned its questions."""
    held = held_out(folder, work, READER_FILE)
    for path in sets:
        for reader in (False, held):
            found = []
            with open_set(path, evaluated, reader=reader) as (questions, qa):
                asked = [question for question in questions if not held.has_learned(question.text)]
                for done, question in enumerate(asked):
                    progress(f"asking {path.name}", done, len(asked))
                    found.append(answered(qa, question))
            told = shares([one for one in found if one])
            if path == sets[0] and not reader:
                yield f"{'as it is answered':24}" + "".join(f"{name:>12}" for name in told)
            line = "".join(f"{value:12.3f}" if name in SHARES else f"{value:12.0f}" for name, value in told.items())
            yield f"{path.name + (', read' if reader else ''):24}" + line


def main() -> None:
    """Trains, judges and prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--unlearned", nargs="*", default=[], help="names of the sets that the first table judges on")
    parser.add_argument("--reader-work", type=Path, default=Path(".articlebot/reader"), help="as of train reader")
    parser.add_argument("--evaluated", type=Path, default=Path(".articlebot/eval"), help="indexes of the sets")
    given = parser.parse_args()
    given.reader_work.mkdir(parents=True, exist_ok=True)
    judging = [path for path in given.sets if path.name in given.unlearned]
    with progress_bar() as progress:
        lines = list(figures(given.folder, judging, given.reader_work, given.evaluated, progress))
        lines += ["", *as_answered(given.folder, given.sets, given.reader_work, given.evaluated, progress)]
    lines += [
        "",
        "words: token F1 of the span on articles left out, then of what is marked in the first sentence where that is",
        "right; apart: AUC of answerable there, then of the probability told; first: how often the sentence that the",
        "reader sees most of the answer in holds it, then the sentence ranked first",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
