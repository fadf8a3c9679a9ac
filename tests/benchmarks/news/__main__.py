"""Replays articles in the order of their days, each an update, and asks standing questions of what is new in each.

    python -m tests.benchmarks.news [FOLDER QUESTIONS]

An alert is right where its first sentence holds the words of a piece of news that the question is to be told, and
repeated where that piece was told before. Missed: pieces of news that came and were not told. The starter articles
with the questions beside this file; or a folder of articles and a file of questions like it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from index import build_index
from retrieval import Answer, ArticleQA
from retrieval.asking.news import moment_of

ROOT = Path(__file__).parents[3]
SEEDS, QUESTIONS = ROOT / "seeds" / "articles", Path(__file__).with_name("questions.toml")


def in_order(folder: Path) -> list[Path]:
    """Returns the articles by their days."""
    with ArticleQA.from_articles(folder, Path(tempfile.mkdtemp(), "index")) as qa:
        days = {each.id.partition("/")[2]: str(each.published) for each in qa.articles()}
    return sorted(folder.iterdir(), key=lambda path: (days.get(path.name, ""), path.name))


def alerts(folder: Path, questions: Sequence[str]) -> Iterator[Answer]:
    """Yields what each update tells."""
    with tempfile.TemporaryDirectory() as place:
        articles, index = Path(place, "articles"), Path(place, "index")
        articles.mkdir()
        since = 0
        for path in in_order(folder):
            shutil.copy(path, articles)
            build_index(articles, index)
            with ArticleQA.open(index) as qa:
                yield from qa.news(moment_of(since), questions)
                since = qa.generation.arrivals.latest


def main() -> None:
    """Prints the figures; to standard error, before them, a line for each alert that is not right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=SEEDS, help="of articles (the starter ones)")
    parser.add_argument("questions", nargs="?", type=Path, default=QUESTIONS, help="a .toml file (the one beside this)")
    given = parser.parse_args()
    wanted = {each["question"]: each["news"] for each in tomllib.loads(given.questions.read_text("utf-8"))["questions"]}
    told: dict[str, list[int]] = {question: [] for question in wanted}
    made = right = repeated = sentences = 0
    for answer in alerts(given.folder, list(wanted)):
        first = answer.citations[0].quote
        held = [at for at, piece in enumerate(wanted[answer.question]) if any(words in first for words in piece)]
        made, sentences, right = made + 1, sentences + len(answer.citations), right + bool(held)
        is_repeated = bool(held) and held[0] in told[answer.question]
        repeated += is_repeated
        told[answer.question] += held
        if not held or is_repeated:
            sys.stderr.write(f"{'again' if held else 'wrong'}: {answer.question} {first!r}\n")
    missed = [q for q, pieces in wanted.items() for at in range(len(pieces)) if at not in told[q]]
    for question in missed:
        sys.stderr.write(f"missed: {question}\n")
    sys.stdout.write(
        f"{len(wanted)} standing questions: {made} alerts ({sentences} sentences), {right} right "
        f"({right / made if made else 0:.2f}), {repeated} repeated, {len(missed)} missed\n"
    )


if __name__ == "__main__":
    main()
