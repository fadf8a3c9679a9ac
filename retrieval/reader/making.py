"""Makes the reader from a folder of questions: one reader that ships, and one for each fold that did not see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.build import Progress
from index.embedder import load_embedder
from retrieval.reader.crossfit import CrossFitted
from retrieval.reader.judging import NOTHING_JUDGED, Figures, judge
from retrieval.reader.near_misses import Examples, NearMiss
from retrieval.reader.questions import AskedQuestion, ReaderDataError, fold_of, read_folder, spread
from retrieval.reader.reading import READER_FILE, Reader

FOLDS = 2
_JUDGED = 1_500  # questions of the fold left out, at most


def make_reader(folder: Path, work: Path, *, seed: int = 0, progress: Progress | None = None) -> list[Figures]:
    """Trains the reader on all of the folder, writes it where it ships, and returns the figures of the folds.

    What is under `work` already is not made again: a run that was stopped goes on.

    Args:
        folder: as `read_folder` takes it.
        work: where the folds' readers are kept (`fold-0.onnx` …), which `articlebot train answers` needs.
        seed: of everything that is drawn.
        progress: called with (what is being done, done so far, in all).
    """
    questions = read_folder(folder)
    work.mkdir(parents=True, exist_ok=True)
    figures = []
    for fold in range(FOLDS):
        learned = [q for q in questions if fold_of(q.passage.article, FOLDS) != fold]
        left_out = [q for q in questions if fold_of(q.passage.article, FOLDS) == fold]
        figures.append(train_and_judge(learned, left_out, work / f"fold-{fold}.onnx", seed=seed, progress=progress))
    final = work / READER_FILE.name
    train_and_judge(questions, [], final, seed=seed, progress=progress)
    for path in (final, final.with_suffix(".json")):
        READER_FILE.with_name(path.name).write_bytes(path.read_bytes())
    return figures


def crossfitted(folder: Path, work: Path) -> CrossFitted:
    """Returns the readers of the folds as one, that reads each question of `folder` without having learned it.

    Raises:
        ReaderDataError: `make_reader` has not made them yet.
    """
    files = [work / f"fold-{fold}.onnx" for fold in range(FOLDS)]
    for file in files:
        if not file.with_suffix(".json").exists():
            raise ReaderDataError(f"{file}: not there; wanted the readers of the halves; run articlebot train reader")
    return CrossFitted(files, read_folder(folder))


def train_and_judge(
    learned: Sequence[AskedQuestion],
    left_out: Sequence[AskedQuestion],
    target: Path,
    *,
    kinds: Sequence[NearMiss] = tuple(NearMiss),
    seed: int = 0,
    progress: Progress | None = None,
) -> Figures:
    """Trains on some questions, writes the reader to `target` beside its card, and judges it on others."""
    from retrieval.reader.export import export  # torch
    from retrieval.reader.learning import ROUNDS, train

    def tell(what: str, done: int, count: int) -> None:
        if progress:
            progress(f"{what} {target.stem}", done, count)

    card = target.with_suffix(".json")
    if not card.exists():
        kept = target.with_suffix(".kept")
        upper = train(Examples(learned, load_embedder(), kinds), seed=seed, kept=kept, progress=tell)
        made: dict[str, Any] = {"sha256": export(upper, target), "questions": len(learned)}
        made |= {"rounds": ROUNDS, "seed": seed, "near_misses": list(kinds)}
        _write(card, made | {"languages": sorted({q.language for q in learned})})
    record = json.loads(card.read_text(encoding="utf-8"))
    if left_out and "figures" not in record:
        examples = Examples(spread(left_out, _JUDGED), load_embedder()).round(0, seed)
        record["figures"] = asdict(judge(Reader(target), examples, tell))
        _write(card, record)
    return Figures(**record["figures"]) if "figures" in record else NOTHING_JUDGED


def _write(card: Path, record: dict[str, Any]) -> None:
    card.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
