"""Replays articles in the order of their days, each an update, and asks standing questions of what is new in each.

    python -m tests.benchmarks.news [--set FOLDER]

An alert is right where its first sentence holds the words of a piece of news that the question is to be told, and
repeated where that piece was told before. Missed: pieces of news that came and were not told. The starter articles
with the questions beside this file; or a set of labelled questions, 50 of those that stand alone, its articles in the
order of their days, or else of their names, in ten updates: right is there a sentence that answers by the labels.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from index import build_index
from retrieval import Answer, ArticleQA
from retrieval.asking.news import moment_of
from retrieval.learning.gold import tells_answer
from retrieval.learning.sets import Question, evenly_spaced, read_questions

ROOT = Path(__file__).parents[3]
SEEDS, QUESTIONS = ROOT / "seeds" / "articles", Path(__file__).with_name("questions.toml")
OF_A_SET, UPDATES = 50, 10

Pieces: TypeAlias = Sequence[Callable[[Answer], bool]]  # of news: whether the first sentence of an alert tells it


def in_order(folder: Path) -> list[Path]:
    """Returns the articles by their days."""
    with tempfile.TemporaryDirectory() as place, ArticleQA.from_articles(folder, Path(place, "index")) as qa:
        days = {each.id.partition("/")[2]: str(each.published) for each in qa.articles()}
    return sorted(folder.iterdir(), key=lambda path: (days.get(path.name, ""), path.name))


def alerts(folder: Path, questions: Sequence[str], updates: int | None = None) -> Iterator[Answer]:
    """Yields what each of so many updates tells; None: one an article."""
    with tempfile.TemporaryDirectory() as place:
        articles, index = Path(place, "articles"), Path(place, "index")
        articles.mkdir()
        since, paths = 0, in_order(folder)
        size = -(-len(paths) // (updates or len(paths)))
        for first in range(0, len(paths), size):
            for path in paths[first : first + size]:
                shutil.copy(path, articles)
            build_index(articles, index)
            with ArticleQA.open(index) as qa:
                yield from qa.news(moment_of(since), questions)
                since = qa.generation.arrivals.latest


def of_the_starter_articles() -> dict[str, Pieces]:
    """Returns the standing questions on the starter articles, with what each is to be told."""

    def piece(words: list[str]) -> Callable[[Answer], bool]:
        return lambda told: any(each in told.citations[0].quote for each in words)

    questions = tomllib.loads(QUESTIONS.read_text("utf-8"))["questions"]
    return {each["question"]: [piece(words) for words in each["news"]] for each in questions}


def of_a_set(folder: Path) -> dict[str, Pieces]:
    """Returns standing questions of a set; each that its articles answer is to be told once."""

    def piece(question: Question) -> Callable[[Answer], bool]:
        return lambda told: tells_answer(
            question, told.citations[0].quote, (told.citations[0].article_id, *told.citations[0].also_in)
        )

    alone = {each.text: each for each in read_questions(folder) if not each.history}
    return {each.text: [piece(each)] * each.answerable for each in evenly_spaced(list(alone.values()), OF_A_SET)}


@dataclass
class Count:
    """What became of the alerts."""

    made: int = 0
    sentences: int = 0
    right: int = 0
    repeated: int = 0
    missed: int = 0


def counted(told: Iterator[Answer], wanted: Mapping[str, Pieces]) -> Count:
    """Counts what was told; to standard error, a line for each alert that is not right and for what was missed."""
    count, known = Count(), {question: set[int]() for question in wanted}
    for answer in told:
        held = [at for at, tells in enumerate(wanted[answer.question]) if tells(answer)]
        is_repeated = bool(held) and held[0] in known[answer.question]
        known[answer.question] |= set(held)
        count.made, count.sentences = count.made + 1, count.sentences + len(answer.citations)
        count.right, count.repeated = count.right + bool(held), count.repeated + is_repeated
        if not held or is_repeated:
            sys.stderr.write(f"{'again' if held else 'wrong'}: {answer.question} {answer.citations[0].quote!r}\n")
    for question, pieces in wanted.items():
        if missed := len(pieces) - len(known[question]):
            count.missed += missed
            sys.stderr.write(f"missed: {question}\n")
    return count


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, help="a folder with articles/ and questions.jsonl")
    chosen: Path | None = parser.parse_args().set
    if chosen:
        wanted, name = of_a_set(chosen), f"{chosen.resolve().name}, {UPDATES} updates"
        count = counted(alerts(chosen / "articles", list(wanted), UPDATES), wanted)
    else:
        wanted, name = of_the_starter_articles(), "the starter articles, each an update"
        count = counted(alerts(SEEDS, list(wanted)), wanted)
    pieces = sum(map(len, wanted.values()))
    sys.stdout.write(
        f"{name}: {len(wanted)} standing questions, {pieces} to be told: {count.made} alerts "
        f"({count.sentences} sentences), {count.right} right ({count.right / count.made if count.made else 0:.2f}), "
        f"{count.repeated} repeated, {count.missed} missed\n"
    )


if __name__ == "__main__":
    main()
