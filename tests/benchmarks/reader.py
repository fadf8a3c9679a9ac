"""What readers see, alone: `python -m tests.benchmarks.reader FOLDER SET… [--readers FILE…]`.

Each is judged on the questions of named sources that `articlebot train reader` leaves out of the folder, with the near
misses that people wrote, and on sets whose articles it has not seen, without any of the answerer's features. First
how well lengths and words in common alone tell what answers there: what a reader must be better than. What comes of it
in answers is told by `articlebot eval`, with the setting `reader` and without.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.terminal.display import progress_bar
from index.article import Progress
from index.embedding.embedder import load_embedder
from retrieval.answering.candidates import Candidate
from retrieval.answering.evidence import gather_evidence
from retrieval.answering.readings import read_passages, with_readings
from retrieval.answering.weights import Weights
from retrieval.asking.qa import ArticleQA
from retrieval.learning.gold import is_right_sentence
from retrieval.learning.reader.judging import area_under_curve, by_looks, judge_reader, token_f1
from retrieval.learning.reader.making import judged_questions, parted
from retrieval.learning.reader.near_misses import EACH, Example, Examples, NearMiss
from retrieval.learning.reader.questions import mixed, read_folder
from retrieval.learning.sets import Question, open_set
from retrieval.pipeline.pipeline import PASSAGES
from retrieval.reader.reading import READER_FILE, Reader

COLUMNS = ("AUC", "first", "words")  # of a set


def left_out(folder: Path) -> list[Example]:
    """Returns the examples of named sources that no reader has learned."""
    questions, _ = parted(mixed(read_folder(folder)), only_named=True)
    return Examples(judged_questions(questions), load_embedder(), shares=EACH).round(0, 0)


def looks(examples: Sequence[Example], sources: Sequence[str]) -> str:
    """Returns how well looks alone tell what answers, in all of what people wrote and in each source of it."""
    found = [e for e in examples if e.source in sources and e.near_miss in (None, NearMiss.WRITTEN)]
    of_each = (f"{source} {by_looks([e for e in found if e.source == source]):.2f}" for source in sources)
    return f"by lengths and words in common alone: {by_looks(found):.2f}; {', '.join(of_each)}"


def judged_on(reader: Reader, questions: Sequence[Question], qa: ArticleQA) -> tuple[float, float, float]:
    """Returns what `COLUMNS` say of a set.

    AUC of "answerable" over the best passages, how often the sentence that the reader sees most of the answer in is
    right, and token F1 of what it sees in a right one against the best gold answer.
    """
    held: list[float] = []
    other: list[float] = []
    right: list[bool] = []
    words: list[float] = []
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
            if right[-1] and question.answers:
                words.append(_f1(best, question))
    return area_under_curve(held, other), statistics.mean(right or [0]), statistics.mean(words or [0])


def _f1(sentence: Candidate, question: Question) -> float:
    told = sentence.text[slice(*sentence.answer)] if sentence.answer else sentence.text
    return max(token_f1(told, gold) for gold in question.answers)


def figures(
    folder: Path, sets: Sequence[Path], readers: Sequence[Path], evaluated: Path, progress: Progress
) -> Iterator[str]:
    """Yields the lines of the table, each as soon as it is known."""
    examples = left_out(folder)
    sources = sorted({example.source for example in examples if example.near_miss is NearMiss.WRITTEN})
    yield looks(examples, sources)
    yield ""
    width = max(len(str(path)) for path in readers)
    yield f"{'':{width}}  words  " + "  ".join(sources) + "".join(f"  {p.name} {' '.join(COLUMNS)}" for p in sets)
    for path in readers:
        reader = Reader(path)
        told = judge_reader(reader, examples, progress)
        line = f"{path!s:{width}}  {told.words:5.3f}" + "".join(f"  {told.apart[s]:{len(s)}.3f}" for s in sources)
        for folder_of_set in sets:
            with open_set(folder_of_set, evaluated) as (asked, qa):
                found = judged_on(reader, asked, qa)
            line += f"  {'':{len(folder_of_set.name)}}" + "".join(f" {value:.3f}" for value in found)
        yield line


def main() -> None:
    """Judges and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="that the readers learned from")
    parser.add_argument("sets", type=Path, nargs="+", help="whose articles none of the readers has learned")
    parser.add_argument("--readers", type=Path, nargs="+", default=[READER_FILE], help="files (the one that ships)")
    parser.add_argument("--evaluated", type=Path, default=Path(".articlebot/eval"), help="indexes of the sets")
    given = parser.parse_args()
    with progress_bar() as progress:
        for line in figures(given.folder, given.sets, given.readers, given.evaluated, progress):
            sys.stdout.write(line + "\n")
    sys.stdout.write(
        "\nnames of sources: AUC of answerable against near misses that people wrote; words: token F1 of the span, in\n"
        "sets where the sentence is right; first: the sentence that most of the answer is seen in holds it\n"
    )


if __name__ == "__main__":
    main()
