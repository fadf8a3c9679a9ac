"""Fifty questions as people type them, on articles of our own: `python -m tests.benchmarks.fifty`.

Prints a Markdown table, a question a row, with what the gold answers say of it. They see words only: whether an answer
is to the point, a person says in the last column. `--judged FILE` names a table printed before with that column
filled in; what was judged is kept for each row that has not changed since. `--whole` prints the answers to judge.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from retrieval import ArticleQA
from retrieval.answering.answer import MARKER, Answer
from retrieval.learning.gold import file_of, holds_answer, normalise
from retrieval.learning.sets import Question, open_set

FOLDER = Path(__file__).parent
SHOWN = 160  # characters of the first sentence
HEAD = ("", "question", "first sentence shown", "sentences", "by the gold answers", "by a person")
VERDICTS = ("right first", "right later", "wrong", "refused rightly", "refused wrongly", "answered, though not there")


class Row(NamedTuple):
    """A question and what became of it; `by_person` is "" where nobody has judged it."""

    number: str
    question: str
    first: str
    sentences: str
    by_gold: str
    by_person: str = ""

    def __str__(self) -> str:
        return f"| {' | '.join(cell.replace('|', '¦') for cell in self)} |"


def verdict(question: Question, answer: Answer, sentences: Sequence[str]) -> str:
    """Returns which of `VERDICTS` the gold answers give."""
    if not answer.found:
        return "refused wrongly" if question.answerable else "refused rightly"
    if not question.answerable:
        return "answered, though not there"
    holding = [place for place, sentence in enumerate(sentences) if is_right(question, sentence)]
    cited = {file_of(citation.article_id) for citation in answer.citations}
    if not holding or (question.files and not question.files & cited):
        return "wrong"
    return "right later" if holding[0] else "right first"


def is_right(question: Question, sentence: str) -> bool:
    """Whether a sentence holds a gold answer."""
    text = normalise(sentence)
    return any(holds_answer(text, gold) for gold in question.answers)


def ask(qa: ArticleQA, question: Question) -> Answer:
    """Asks one question, after those that its history holds."""
    return qa.ask(question.text, conversation=question.conversation(), today=question.today)


def row_of(number: int, question: Question, answer: Answer) -> Row:
    """Returns what the table tells of an answer."""
    sentences = [part for part in MARKER.split(answer.text) if part.strip()]  # of a table each row
    shown = " → ".join([sentences[0], *(f"« {near.quote} »" for near in answer.nearest[:1])])
    shown = " ".join(shown.split())
    cut = shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
    first = f"**{answer.short}** — {cut}" if answer.short else cut
    before = [f"({turn}) " for turn, _ in question.history]
    found = str(len(sentences) if answer.found else 0)
    return Row(str(number), "".join([*before, question.text]), first, found, verdict(question, answer, sentences))


def judged_before(lines: Iterable[str]) -> Mapping[tuple[str, ...], str]:
    """Returns what a person wrote beside each row of an earlier table."""
    rows = [cells_of(line) for line in lines]
    return {row[:-1]: row[-1] for row in rows if len(row) == len(HEAD) and row[0].isdigit()}


def cells_of(line: str) -> tuple[str, ...]:
    """Returns the cells of a line of a table."""
    return tuple(cell.strip() for cell in line.split("|")[1:-1])


def report(rows: Sequence[Row]) -> str:
    """Returns the table, and how many of each verdict."""
    counted = Counter(row.by_gold for row in rows)
    lines = [Row(*HEAD), Row(*["---"] * len(HEAD)), *rows, ""]
    counts = [f"{name} {counted[name]}" for name in VERDICTS]
    by_person = Counter(row.by_person for row in rows if row.by_person)
    told = [f"{name} {count}" for name, count in by_person.most_common()]
    lines.append(f"By the gold answers: {', '.join(counts)}, of {len(rows)}.")
    lines.append(f"By a person: {', '.join(told) or 'nothing judged yet'}, of {by_person.total()} judged.")
    return "\n".join(map(str, lines))


def main(arguments: Sequence[str] | None = None) -> None:
    """Indexes the articles, asks and prints."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.fifty", description="Asks fifty questions as people type them."
    )
    parser.add_argument("--judged", type=Path, help="a table printed before, with its last column filled in")
    parser.add_argument("--whole", action="store_true", help="print the answers as they are read, and no table")
    options = parser.parse_args(arguments)
    judged = judged_before(options.judged.read_text(encoding="utf-8").splitlines() if options.judged else [])
    with tempfile.TemporaryDirectory(prefix="articlebot-fifty-") as work, open_set(FOLDER, Path(work)) as (all_of, qa):
        answers = [ask(qa, question) for question in all_of]
    if options.whole:
        told = (
            f"{n}. {q.text}\n{a}\ngold: {q.answers}" for n, (q, a) in enumerate(zip(all_of, answers, strict=True), 1)
        )
        sys.stdout.write("\n\n".join(told) + "\n")
        return
    rows = [row_of(n, *each) for n, each in enumerate(zip(all_of, answers, strict=True), 1)]
    sys.stdout.write(f"{report([row._replace(by_person=judged.get(cells_of(str(row))[:-1], '')) for row in rows])}\n")


if __name__ == "__main__":
    main()
