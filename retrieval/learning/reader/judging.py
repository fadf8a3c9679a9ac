"""How good a reader is on questions that it did not learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.article import Progress, no_progress
from index.text.folding import fold, words
from retrieval.answering.readings import PassageReader
from retrieval.learning.overlap import shared_words
from retrieval.learning.reader.near_misses import Example


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares, 0 to 1."""

    examples: int
    words: float  # token F1 of the span against the best gold answer (SQuAD: Rajpurkar et al., 2016)
    exact: float  # spans whose words are those of a gold answer
    apart: Mapping[str, float]  # kind of near miss -> AUC of "answerable" against it; "all" too


NOTHING_JUDGED = Figures(0, 0.0, 0.0, {})


def judge_reader(reader: PassageReader, examples: Sequence[Example], progress: Progress = no_progress) -> Figures:
    """Reads every example and compares; `progress` is told what is being done, done so far, in all."""
    shares: list[float] = []
    logits: dict[str, list[float]] = defaultdict(list)
    for done, example in enumerate(examples):
        progress("judging", done, len(examples))
        (reading,) = reader.read(example.question, [(example.title, example.text)])
        logits[example.near_miss or ""].append(reading.answerable)
        if example.answers:
            found = reading.answer(0, len(example.text))
            told = example.text[slice(*found[0])] if found else ""
            shares.append(max(token_f1(told, example.text[start:end]) for start, end in example.answers))
    answered = logits.pop("", [])
    apart = {str(kind): area_under_curve(answered, missed) for kind, missed in sorted(logits.items())}
    apart["all"] = area_under_curve(answered, [logit for missed in logits.values() for logit in missed])
    exact = [share == 1.0 for share in shares]
    return Figures(len(examples), float(np.mean(shares or 0)), float(np.mean(exact or 0)), apart)


def token_f1(found: str, gold: str) -> float:
    """Returns the harmonic mean of the shares of words that two texts have in common; words as the index has them."""
    return shared_words(*(words(fold(text), "fr") for text in (found, gold)))


def area_under_curve(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Returns the chance that one of the first is higher than one of the second; 0.5 where there is nothing."""
    if not higher or not lower:
        return 0.5
    from sklearn.metrics import roc_auc_score

    labels = [True] * len(higher) + [False] * len(lower)
    return float(roc_auc_score(labels, [*higher, *lower]))
