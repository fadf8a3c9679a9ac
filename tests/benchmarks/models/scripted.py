"""Right answers with a truthful model beside those without: `python -m tests.benchmarks.models.scripted SET…`.

The model answers from the sentence that holds the gold answer, in words of its own: the clause that holds it, behind an
opening of its own, or the bare answer, in turn; where no sentence that it is shown holds one, it refuses.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from retrieval.learning.evaluation import evaluate
from retrieval.learning.gold import holds_answer, normalise
from retrieval.learning.report import Report
from retrieval.learning.sets import Question, read_questions
from retrieval.llm import connect
from tests.retrieval.llm.openai_server import Turn, answer_of, claim, passages_in, serving

MODEL = "openai:scripted"
QUESTIONS = 60
_OPENINGS = {"fr": "Selon l'article, ", "de": "Laut dem Artikel gilt: ", "en": "According to the article, "}


class Scripted:
    """Answers each question of some sets from its gold sentence."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._gold = {" ".join(question.text.split()): question for question in questions}
        self._turn = count()

    def __call__(self, messages: list[dict[str, str]]) -> Turn:
        """Answers one request."""
        asked = messages[1]["content"].rpartition("\nQuestion: ")[2].partition("\n\nAnswer in ")
        question = self._gold.get(asked[0])
        for block in passages_in(messages) if question else ():
            for number, text in block.sentences.items():
                answer = (
                    next((a for a in question.answers if holds_answer(normalise(text), a)), None) if question else None
                )
                if answer:
                    return Turn([answer_of(claim(self._words(text, answer, asked[2]), number))])
        return Turn(['{"answer": []}'])

    def _words(self, text: str, answer: str, told: str) -> str:
        clause = next((part for part in text.split(", ") if holds_answer(normalise(part), answer)), text)
        opening = next((words for code, words in _OPENINGS.items() if told.startswith(_NAMES[code])), "")
        ways = (clause, f"{opening}{text[0].lower()}{text[1:]}", answer)
        return ways[next(self._turn) % len(ways)]


_NAMES = {"fr": "French", "de": "German", "en": "English"}


def measure(folder: Path, work: Path, limit: int) -> tuple[Report, Report]:
    """Returns the reports of a set without the model and with it."""
    questions = read_questions(folder)
    with serving(Scripted(questions)) as server:
        without = evaluate(folder, work, limit=limit)
        return without, evaluate(folder, work, limit=limit, llm=connect(MODEL, base_url=server.base_url))


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks and prints; ends with 1 where a set has fewer right answers with the model."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.models.scripted", description="Right answers with a truthful model."
    )
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET")
    parser.add_argument("--limit", type=int, default=QUESTIONS, help="questions of each set, the first")
    parser.add_argument("--work", type=Path, default=Path(".articlebot/eval"))
    options = parser.parse_args(arguments)
    worse = False
    for folder in options.sets:
        reports = measure(folder, options.work, options.limit)
        right = [sum(outcome.right for outcome in report.outcomes) for report in reports]
        asked = sum(outcome.question.answerable for outcome in reports[0].outcomes)
        sys.stdout.write(f"{folder.name}: right {right[0]} of {asked} without, {right[1]} with\n")
        worse = worse or right[1] < right[0]
    sys.exit(int(worse))


if __name__ == "__main__":
    main()
