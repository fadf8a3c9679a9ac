"""What comes of outputs that models wrote, beside our own sentences: `python -m tests.benchmarks.models.replay FOLDER`.

FOLDER holds an outputs.jsonl: an object a line with the question, the gold answers, the passages that were shown, by
sentences with numbers, the protocol and the output. Each output is served over real HTTP as if it were written now,
its numbers made those of our prompt; one that copied quotes ("quotes") points to the sentences that it meant.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from index import build_index
from retrieval import Answer, ArticleQA
from retrieval.learning.gold import is_right
from retrieval.learning.sets import Question, read_records
from retrieval.llm import connect
from tests.retrieval.llm.openai_server import Turn, passages_in, serving

MODEL = "openai:replayed"
PROTOCOLS = ("numbers", "quotes")
NOWHERE = 99_999  # number of a sentence that is not shown
_SOURCE = re.compile(r'("source"\s*:\s*)(\d+)')
_TEXT = re.compile(r'"text"\s*:\s*"((?:[^"\\]|\\.)*)("?)')
_QUOTE = re.compile(r'"quote"\s*:\s*"((?:[^"\\]|\\.)*)')
_ID = re.compile(r'"id"\s*:\s*"(\w+)"')

Record: TypeAlias = dict[str, Any]
Messages: TypeAlias = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One output: what was asked, what is answered without it and with it."""

    record: Record
    without: Answer
    with_it: Answer

    @property
    def group(self) -> str:
        """The protocol and the model."""
        return f"{self.record['protocol']}, {self.record['model']}"

    @property
    def is_answerable(self) -> bool:
        return bool(self.record["answerable"])

    def right(self, answer: Answer) -> bool:
        """Whether an answer holds the gold answer; of a question without one, whether it is refused."""
        return is_right(_question(self.record), answer.text) if answer.found else not self.is_answerable


def replay(folder: Path) -> Iterator[Replayed]:
    """Yields every output of a folder, asked over an index of the passages of all."""
    records = read_records(folder / "outputs.jsonl", dict)
    told = [record for record in records if record["protocol"] in PROTOCOLS]
    current: list[Record] = []

    def script(messages: Messages) -> Turn:
        written = as_pointing(current[0], messages)
        pieces = [written[at : at + 30] for at in range(0, len(written), 30)]
        return Turn(pieces, finish=current[0]["finish"])

    with tempfile.TemporaryDirectory(prefix="articlebot-replay-") as work:
        build_index([_articles(told, Path(work) / "articles")], Path(work) / "index")
        with (
            serving(script) as server,
            closing(ArticleQA.open(Path(work) / "index")) as plain,
            closing(ArticleQA.open(Path(work) / "index", connect(MODEL, base_url=server.base_url))) as qa,
        ):
            for record in told:
                current[:] = [record]
                yield Replayed(record, plain.ask(record["asked"]), qa.ask(record["asked"]))


def as_pointing(record: Record, messages: Messages) -> str:
    """Returns an output with the numbers that its sentences have in a prompt."""
    here = {" ".join(text.split()): n for block in passages_in(messages) for n, text in block.sentences.items()}
    sentences = {s["number"]: s for passage in record["passages"] for s in passage["sentences"]}

    def number(of_record: int) -> int:
        text = " ".join(sentences[of_record]["text"].split()) if of_record in sentences else ""
        return here.get(text, NOWHERE)

    if record["protocol"] == "numbers":
        return _SOURCE.sub(lambda found: f"{found[1]}{number(int(found[2]))}", record["output"])
    claims = []
    found = list(_TEXT.finditer(record["output"]))
    for at, text in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(record["output"])
        rest = record["output"][text.end() : end]
        closing_ = f"{text[2]}}}" if text[2] else ""
        claims.append(f'{{"source": {number(_meant(record, rest))}, "text": "{text[1]}{closing_}')
    return f'{{"answer": [{", ".join(claims)}{"]}" if not claims or claims[-1].endswith("}") else ""}'


def _meant(record: Record, rest: str) -> int:
    """Returns the number of the sentence that a copied quote is of; of one that is made up, the passage's first."""
    quote, named = _QUOTE.search(rest), _ID.search(rest)
    said = set(re.findall(r"\w+", quote[1].lower())) if quote else set[str]()
    passages = [p for p in record["passages"] if named and p["id"] == named[1]] or record["passages"]
    sentences = [sentence for passage in passages for sentence in passage["sentences"]]

    def likeness(sentence: dict[str, Any]) -> float:
        words = set(re.findall(r"\w+", sentence["text"].lower()))
        return len(words & said) / (len(words) or 1)

    return int(max(sentences, key=likeness)["number"])


def _articles(records: Sequence[Record], folder: Path) -> Path:
    """Writes each passage as an article and returns their folder."""
    folder.mkdir(parents=True)
    passages = {p["text"]: p for record in records for p in record["passages"]}
    for number, passage in enumerate(passages.values()):
        head = {"title": passage["title"], "date": passage["published"], "language": passage["language"]}
        lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items() if value]
        text = "\n".join(["---", *lines, "---", passage["text"]])
        (folder / f"{number}.md").write_text(text, encoding="utf-8")
    return folder


def _question(record: Record) -> Question:
    return Question(record["id"], record["asked"], tuple(record["answers"]), (), record["answerable"], (), ())


def report(replayed: Sequence[Replayed]) -> str:
    """Returns the table: of each protocol and model, right answers and refusals without and with what it wrote."""
    rows = [["protocol, model", "asked", "right without", "with", "refused without", "with"]]
    for group in dict.fromkeys(each.group for each in replayed):
        of = [each for each in replayed if each.group == group]
        answerable, others = ([each for each in of if each.is_answerable is wanted] for wanted in (True, False))
        counts = [f"{sum(right)} of {len(right)}" for some in (answerable, others) for right in _both(some)]
        rows.append([group, str(len(of)), *counts])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def _both(some: Sequence[Replayed]) -> tuple[list[bool], list[bool]]:
    return [each.right(each.without) for each in some], [each.right(each.with_it) for each in some]


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks and prints; ends with 1 where an answer is worse than without the model."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.models.replay", description="What comes of outputs that models wrote."
    )
    parser.add_argument("folder", type=Path, help="holds an outputs.jsonl")
    parser.add_argument("--answers", action="store_true", help="also print each output and answer")
    options = parser.parse_args(arguments)
    replayed = list(replay(options.folder))
    for each in replayed if options.answers else ():
        sys.stdout.write(f"\n{each.group}: {each.record['asked']} | gold: {each.record['answers']}\n")
        sys.stdout.write(f"  model: {each.record['output'][:400]!r}\n")
        sys.stdout.write(f"  without ({each.right(each.without)}): {each.without.text}\n")
        sys.stdout.write(f"  with ({each.right(each.with_it)}): {each.with_it.short!r} {each.with_it.text}\n")
        sys.stdout.write(f"  note: {each.with_it.note}\n  dropped: {each.with_it.dropped}\n")
    sys.stdout.write(report(replayed))
    if worse := [each for each in replayed if each.right(each.without) and not each.right(each.with_it)]:
        sys.exit("\n".join(f"worse than without: {each.group}: {each.record['asked']}" for each in worse))


if __name__ == "__main__":
    main()
