"""Makes the reader from a folder of questions: one of all, and one that has not seen half of the articles."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.article import Progress, no_progress
from index.disk import sha256_of
from index.embedding.embedder import load_embedder
from retrieval.answering.readings import Kept, PassageReader
from retrieval.learning.reader.judging import NOTHING_JUDGED, Figures, judge_reader
from retrieval.learning.reader.near_misses import EACH, SHARES, Examples, NearMiss
from retrieval.learning.reader.questions import AskedQuestion, is_left_out, mixed, read_folder, whole_articles
from retrieval.learning.sets import DataError
from retrieval.reader.reading import READER_FILE, PassageReading, Reader

HALF = "half"  # the name of the reader that has not seen the first half
_JUDGED = 700  # questions of each source of what was left out, at most


def make_reader(folder: Path, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> Figures:
    """Trains a reader on part of a folder and one on all of it; returns the figures of the first on what it lacks.

    What is there already is not made again: a run that was stopped goes on.

    Args:
        folder: as `read_folder` takes it.
        out: where the readers go; `articlebot train answers` needs them.
        seed: of all that is drawn.
        progress: called with (what is being done, done so far, in all).
    """
    questions = mixed(read_folder(folder))
    left_out, learned = parted(questions)
    figures = train_and_judge(learned, left_out, out / f"{HALF}.onnx", seed=seed, progress=progress)
    train_and_judge(questions, [], out / READER_FILE.name, seed=seed, progress=progress)
    return figures


def go_on(folder: Path, start: Path, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> Figures:
    """Trains a reader on in one round, and takes the mean of both; returns its figures on what it leaves out.

    Each question is seen once. Arguments are those of `make_reader`, and the reader that it starts from, which is taken
    to have learned nothing of the sources with a name.
    """
    left_out, learned = parted(mixed(read_folder(folder)), only_named=True)
    target = out / READER_FILE.name
    return train_and_judge(learned, left_out, target, start=start, seed=seed, progress=progress)


def parted(
    questions: Iterable[AskedQuestion], *, only_named: bool = False
) -> tuple[list[AskedQuestion], list[AskedQuestion]]:
    """Returns the questions about what one reader has not learned, perhaps of named sources only, and the others."""
    left_out: list[AskedQuestion] = []
    learned: list[AskedQuestion] = []
    for question in questions:
        is_out = is_left_out(question) and (bool(question.source) or not only_named)
        (left_out if is_out else learned).append(question)
    return left_out, learned


class HeldOut:
    """Two readers as one: the one that ships, and one that has not learned what is left out.

    What none of them learned is read by the one that ships, what is left out by the other; a question about the rest,
    which both have learned, cannot be read honestly. Every reading is kept.
    """

    def __init__(self, shipped: PassageReader, half: PassageReader, learned: Iterable[AskedQuestion]) -> None:
        self._shipped, self._half = Kept(shipped), Kept(half)
        self._learned = {question.text: not is_left_out(question) for question in learned}

    def has_learned(self, question: str) -> bool:
        """Whether both readers have learned this question, so that what they see of it says nothing of others."""
        return self._learned.get(question, False)

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageReading]:
        """Returns readings as `Reader.read` does."""
        return (self._half if question in self._learned else self._shipped).read(question, passages)


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
    start: Path | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Figures:
    """Trains on some questions, writes the reader to `target` beside its card, and judges it on others.

    From `start` it goes on in one round of all: with a third of what it knew, answers in other languages got lost.

    Raises:
        DataError: a reader is there that was made in another way.
    """
    from retrieval.learning.reader.learning import ROUNDS, train
    from retrieval.learning.reader.network import average, export  # torch

    def tell(what: str, done: int, count: int) -> None:
        progress(f"{what} {target.stem}", done, count)

    card = target.with_suffix(".json")
    way = {"seed": seed} | ({"from": sha256_of(start)} if start else {})
    if not card.exists():
        kept = target.with_suffix(".kept")
        examples = Examples(learned, load_embedder(), shares=EACH if start else SHARES)
        rounds = 1 if start else ROUNDS
        upper = train(examples, start=start, rounds=rounds, seed=seed, kept=kept, progress=tell)
        if start:
            average(upper, start)
        made: dict[str, Any] = {"sha256": export(upper, target), "questions": len(learned)}
        made |= {"rounds": rounds, "near_misses": list(NearMiss)} | way
        made |= {"sources": dict(sorted(Counter(q.source or "unnamed" for q in learned).items()))}
        _write(card, made | {"languages": sorted({q.language for q in learned})})
    record = json.loads(card.read_text(encoding="utf-8"))
    if found := {name: record.get(name) for name in ("seed", "from") if record.get(name) != way.get(name)}:
        raise DataError(f"{target}: made with {found}, wanted {way}; give another folder with --out, or move it away")
    if left_out and "figures" not in record:
        judged = Examples(judged_questions(left_out), load_embedder(), shares=EACH).round(0, 0)
        record["figures"] = asdict(judge_reader(Reader(target), judged, tell))
        _write(card, record)
    return Figures(**record["figures"]) if "figures" in record else NOTHING_JUDGED


def judged_questions(left_out: Sequence[AskedQuestion]) -> list[AskedQuestion]:
    """Returns what a reader is judged on of what it has not learned: some questions of each source."""
    by_source: dict[str, list[AskedQuestion]] = defaultdict(list)
    for question in left_out:
        by_source[question.source].append(question)
    return [question for some in by_source.values() for question in whole_articles(some, _JUDGED)]


def _write(card: Path, record: dict[str, Any]) -> None:
    card.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
