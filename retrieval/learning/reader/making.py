"""Makes the reader from a folder of questions: one of all, and one that has not seen half of the articles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.article import Progress, no_progress
from index.embedding.embedder import load_embedder
from retrieval.answering.readings import Kept, PassageReader
from retrieval.learning.reader.judging import NOTHING_JUDGED, Figures, judge_reader
from retrieval.learning.reader.near_misses import Examples, NearMiss
from retrieval.learning.reader.questions import AskedQuestion, half_of, read_folder, whole_articles
from retrieval.learning.sets import DataError
from retrieval.reader.reading import READER_FILE, PassageReading, Reader

HALF = "half"  # the name of the reader that has not seen the first half
_JUDGED = 1_000  # questions of what was left out, at most


def make_reader(folder: Path, out: Path, progress: Progress = no_progress) -> Figures:
    """Trains a reader on all of a folder, and one on half of it; returns the figures of that on the other half.

    What is there already is not made again: a run that was stopped goes on.

    Args:
        folder: as `read_folder` takes it.
        out: where the readers go; `articlebot train answers` needs them.
        progress: called with (what is being done, done so far, in all).
    """
    questions = read_folder(folder)
    left_out, learned = in_halves(questions)
    figures = train_and_judge(learned, left_out, out / f"{HALF}.onnx", progress=progress)
    train_and_judge(questions, [], out / READER_FILE.name, progress=progress)
    return figures


def in_halves(questions: Sequence[AskedQuestion]) -> tuple[list[AskedQuestion], list[AskedQuestion]]:
    """Returns the questions about each half of the articles."""
    first, second = ([q for q in questions if half_of(q.passage.article) == half] for half in (0, 1))
    return first, second


class HeldOut:
    """Two readers as one: the one that ships, and one that has not learned the first half of the articles.

    What none of them learned is read by the one that ships, what stands in the first half by the other; a question
    about the second half, which both have learned, cannot be read honestly. Every reading is kept.
    """

    def __init__(self, shipped: PassageReader, half: PassageReader, learned: Iterable[AskedQuestion]) -> None:
        self._shipped, self._half = Kept(shipped), Kept(half)
        self._halves = {question.text: half_of(question.passage.article) for question in learned}

    def has_learned(self, question: str) -> bool:
        """Whether both readers have learned this question, so that what they see of it says nothing of others."""
        return self._halves.get(question, 0) != 0

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Returns readings as `Reader.read` does."""
        return (self._half if question in self._halves else self._shipped).read(question, passages)


def held_out(folder: Path, work: Path, whole: Path | None = None) -> HeldOut:
    """Returns a reader and that of a half as one, which tells what it has not learned of `folder`.

    Args:
        folder: what both learned from.
        work: where `make_reader` left them.
        whole: another reader that learned all of it, such as the one that ships.

    Raises:
        DataError: `make_reader` has not made them yet.
    """
    files = (whole or work / READER_FILE.name, work / f"{HALF}.onnx")
    for file in files:
        if not file.with_suffix(".json").exists():
            raise DataError(f"{file}: not there; wanted a trained reader; run articlebot train reader")
    whole_reader, half_reader = map(Reader, files)
    return HeldOut(whole_reader, half_reader, read_folder(folder))


def train_and_judge(
    learned: Sequence[AskedQuestion],
    left_out: Sequence[AskedQuestion],
    target: Path,
    *,
    kinds: Sequence[NearMiss] = tuple(NearMiss),
    progress: Progress = no_progress,
) -> Figures:
    """Trains on some questions, writes the reader to `target` beside its card, and judges it on others."""
    from retrieval.learning.reader.learning import ROUNDS, SEED, train
    from retrieval.learning.reader.network import export  # torch

    def tell(what: str, done: int, count: int) -> None:
        progress(f"{what} {target.stem}", done, count)

    card = target.with_suffix(".json")
    if not card.exists():
        kept = target.with_suffix(".kept")
        upper = train(Examples(learned, load_embedder(), kinds), kept=kept, progress=tell)
        made: dict[str, Any] = {"sha256": export(upper, target), "questions": len(learned)}
        made |= {"rounds": ROUNDS, "seed": SEED, "near_misses": list(kinds)}
        _write(card, made | {"languages": sorted({q.language for q in learned})})
    record = json.loads(card.read_text(encoding="utf-8"))
    if left_out and "figures" not in record:
        examples = Examples(whole_articles(left_out, _JUDGED), load_embedder()).round(0, SEED)
        record["figures"] = asdict(judge_reader(Reader(target), examples, tell))
        _write(card, record)
    return Figures(**record["figures"]) if "figures" in record else NOTHING_JUDGED


def _write(card: Path, record: dict[str, Any]) -> None:
    card.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
