"""How good a reader is on questions that it did not learn from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from index.article import Progress, no_progress
from index.text.folding import fold, words
from retrieval.answering.readings import PassageReader
from retrieval.learning.overlap import shared_words
from retrieval.learning.reader.near_misses import Example, NearMiss


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares, 0 to 1."""

    examples: int
    words: float  # token F1 of the span against the best gold answer (SQuAD: Rajpurkar et al., 2016)
    exact: float  # spans whose words are those of a gold answer
    apart: Mapping[str, float]  # kind of near miss, or source of written ones -> AUC of "answerable"; "all" too


NOTHING_JUDGED = Figures(0, 0.0, 0.0, {})


def judge_reader(reader: PassageReader, examples: Sequence[Example], progress: Progress = no_progress) -> Figures:
    """Reads every example and compares; `progress` is told what is being done, done so far, in all."""
    shares: list[float] = []
    logits: dict[tuple[str, str], list[float]] = defaultdict(list)
    for done, example in enumerate(examples):
        progress("judging", done, len(examples))
        (reading,) = reader.read(example.question, [(example.title, example.text)])
        logits[example.near_miss or "", example.source].append(reading.answerable)
        if example.answers:
            found = reading.answer(0, len(example.text))
            told = example.text[slice(*found[0])] if found else ""
            shares.append(max(token_f1(told, example.text[start:end]) for start, end in example.answers))
    exact = [share == 1.0 for share in shares]
    return Figures(len(examples), float(np.mean(shares or 0)), float(np.mean(exact or 0)), _apart(logits))


def _apart(logits: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, float]:
    """Returns how well each kind is told from what answers; what people wrote, from what else is of their source."""
    written = {source for kind, source in logits if kind == NearMiss.WRITTEN}
    found = {source: _area(logits, {source}, {NearMiss.WRITTEN}) for source in sorted(written)}
    others = {source for _, source in logits} - written
    kinds = sorted({kind for kind, source in logits if kind and source in others})
    found |= {kind: _area(logits, others, {kind}) for kind in kinds}
    return found | {"all": _area(logits, others | written, set(NearMiss))}


def _area(
    logits: Mapping[tuple[str, str], Sequence[float]], sources: AbstractSet[str], kinds: AbstractSet[str]
) -> float:
    held: list[float] = []
    missed: list[float] = []
    for (kind, source), some in logits.items():
        if source in sources and (not kind or kind in kinds):
            (missed if kind else held).extend(some)
    return area_under_curve(held, missed)


def by_looks(examples: Sequence[Example]) -> float:
    """Returns the AUC of "answerable" by lengths and words in common alone: .5 where cuts tell nothing of answers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    looks = []
    for example in examples:
        asked, told = (set(words(fold(text), "fr")) for text in (example.question, example.text))
        shared = len(asked & told)
        looks.append([len(example.text), len(example.question), shared, shared / max(len(asked), 1)])
    answered = np.array([example.near_miss is None for example in examples])
    model = make_pipeline(StandardScaler(), LogisticRegression())
    likely = cross_val_predict(model, np.array(looks), answered, cv=5, method="predict_proba")[:, 1]
    return area_under_curve(likely[answered].tolist(), likely[~answered].tolist())


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
