"""Makes the reader from a folder of questions, and judges it on articles that are left out."""

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
from retrieval.learning.reader.judging import NOTHING_JUDGED, Figures, judge_reader
from retrieval.learning.reader.near_misses import EACH, SHARES, Examples, NearMiss
from retrieval.learning.reader.questions import AskedQuestion, is_left_out, mixed, read_folder, whole_articles
from retrieval.learning.sets import DataError
from retrieval.reader.reading import READER_FILE, Reader

_JUDGED = 700  # questions of each source of what was left out, at most


def make_reader(folder: Path, out: Path, *, seed: int = 0, progress: Progress = no_progress) -> Figures:
    """Trains a reader on a folder but for a fifth of its articles; returns its figures on those.

    What is there already is not made again: a run that was stopped goes on.

    Args:
        folder: as `read_folder` takes it.
        out: where the reader goes.
        seed: of all that is drawn.
        progress: called with (what is being done, done so far, in all).

    Raises:
        DataError: a reader is there that was made in another way.
    """
    left_out, learned = parted(mixed(read_folder(folder)))
    return train_and_judge(learned, left_out, out / READER_FILE.name, seed=seed, progress=progress)


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
    """Returns the questions about articles that are left out, perhaps of named sources only, and the others."""
    left_out: list[AskedQuestion] = []
    learned: list[AskedQuestion] = []
    for question in questions:
        is_out = is_left_out(question) and (bool(question.source) or not only_named)
        (left_out if is_out else learned).append(question)
    return left_out, learned


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
