"""Measures what each part of the search gives and what slips of the pen cost; chooses the fusion's constants."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from index.article import Progress
from index.embedding.cache import CACHE_FILE, EmbeddingCache
from index.embedding.centring import Centring
from index.embedding.embedder import Embedder, load_embedder
from index.store.generation import Generation
from index.store.vectors import Vectors
from index.text.passages import passage_text, sentence_text
from index.updating.build import build_index
from retrieval.asking.qa import ArticleQA
from retrieval.learning.evaluation import HIT_CHARS, is_hit, open_set, set_folder, without_accents
from retrieval.learning.sets import EvaluationError, Question
from retrieval.search.fusion import Fusion, Scores
from retrieval.search.retriever import Retriever
from retrieval.search.sample import USUAL, Sample, Scale

_DEPTH = 100  # passages that are found for a question
_DENSE = Fusion(cosine=1, sentence=0, lexical=0, gate_from=0, gate_to=1, neighbour=0, before=0.5)
_LEXICAL = Fusion(cosine=0, sentence=0, lexical=1, gate_from=-2, gate_to=-1, neighbour=0, before=0.5)
# Uncentred cosines spread a third as wide, and far above centred ones. Pooled with what is usual for those, their z
# would shrink until words drown them; on XQuAD that alone loses as much (0.87 to 0.78) as doing without centring
# does (0.95 to 0.87).
_USUAL_UNCENTRED = (Scale(0.76, 0.02), Scale(0.78, 0.02), USUAL[2])
_RRF = 60  # k of reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009)
_GRID = {
    "sentence": (0.7, 1.0, 1.4), "lexical": (0.5, 0.75, 1.0), "gate_from": (0.2, 0.4, 0.6), "gate_to": (0.7, 0.9),
    "neighbour": (0.0, 0.2, 0.4),
}  # fmt: skip
_PLATEAU = 0.003  # of the measure: a third of its standard error on the four sets that it was chosen on
_READ_UNIT = 800  # characters: a passage


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question's candidates, in the order of the index, and which of them hold the answer."""

    scores: list[Scores]  # of the question, and of it with the ones that it leans on
    follows: NDArray[np.bool_]
    gain: NDArray[np.float32]  # by date
    gold: NDArray[np.bool_]
    characters: NDArray[np.int64]

    def fused(self, fusion: Fusion) -> NDArray[np.float32]:
        """Returns the score of each candidate, its gain by date in it."""
        return fusion.fuse(self.scores, self.follows) + self.gain

    def read_before(self, fused: NDArray[np.float32]) -> float:
        """Returns how many characters come before the first passage that holds the answer; inf where none does."""
        order = np.argsort(-fused, kind="stable")
        at = np.flatnonzero(self.gold[order])
        return float(self.characters[order[: at[0]]].sum()) if len(at) else np.inf


def open_answerable(folder: Path, work: Path, progress: Progress | None = None) -> tuple[list[Question], ArticleQA]:
    """Returns a set's answerable questions, at least one, and its articles, indexed under `work`.

    Raises:
        EvaluationError: the folder is not a set, or no question in it is answerable.
    """
    questions, qa = open_set(folder, work, progress=progress)
    answerable = [question for question in questions if question.answerable]
    if not answerable:
        qa.close()
        raise EvaluationError(
            f"{folder / 'questions.jsonl'}: none of {len(questions)} questions is answerable; "
            "add some that the articles answer"
        )
    return answerable, qa


def label(qa: ArticleQA, questions: Sequence[Question], retriever: Retriever | None = None) -> Iterator[Labelled]:
    """Yields the candidates of every question."""
    retriever = retriever or qa.engine
    for question in questions:
        understood = qa.understand(question.text, question.conversation(), question.today)
        found = retriever.candidates(
            understood.searched, _DEPTH, before=understood.before, language=understood.language,
            window=understood.window,
        )  # fmt: skip
        passages = qa.generation.passages([int(row) for row in found.rows])
        yield Labelled(
            scores=found.scores, follows=found.follows, gain=found.gain,
            gold=np.array([is_hit(question, [passage]) for passage in passages], bool),
            characters=np.array([len(passage.text) for passage in passages], np.int64),
        )  # fmt: skip


# Choosing the constants ---------------------------------------------------------------------------------------


def choose_fusion(sets: Sequence[Path], work: Path, progress: Progress | None = None) -> tuple[Fusion, float, float]:
    """Returns the constants for these sets, at least one, and the measure with them and with those of before.

    The measure is the mean over sets of 800 / (800 + characters read before the answer), which every rank moves.
    Whole stretches of the grid are within noise of the best: the mean of all settings within 0.003 of it is
    taken, which no single question decides. `before` is kept: the sets to learn from have no histories.

    Raises:
        EvaluationError: a folder is not a set, or no question in it is answerable.
    """
    tell = progress or (lambda *_: None)
    of_sets: list[list[Labelled]] = []
    for folder in sets:
        questions, qa = open_answerable(folder, work, progress)
        with closing(qa):
            tell(f"asking {folder.resolve().name}", 0, 0)
            of_sets.append(list(label(qa, questions)))
    shipped = Fusion.load()
    grid = [dict(zip(_GRID, values, strict=True)) for values in itertools.product(*_GRID.values())]
    measured = []
    for done, constants in enumerate(grid):
        tell("choosing", done, len(grid))
        measured.append(_measure(replace(shipped, cosine=1.0, **constants), of_sets))
    near = [constants for constants, m in zip(grid, measured, strict=True) if m >= max(measured) - _PLATEAU]
    means = {name: round(float(np.mean([constants[name] for constants in near])), 2) for name in _GRID}
    chosen = replace(shipped, cosine=1.0, **means)
    return chosen, _measure(chosen, of_sets), _measure(shipped, of_sets)


def _measure(fusion: Fusion, of_sets: Sequence[Sequence[Labelled]]) -> float:
    means = []
    for questions in of_sets:
        read = np.array([q.read_before(q.fused(fusion)) for q in questions])
        means.append(np.mean(_READ_UNIT / (_READ_UNIT + read)))
    return float(np.mean(means))


# What each part gives -----------------------------------------------------------------------------------------


def ablate(folder: Path, work: Path, progress: Progress | None = None) -> dict[str, float]:
    """Returns hit@4000 of a set by what is searched with.

    Raises:
        EvaluationError: the folder is not a set, or no question in it is answerable.
    """
    questions, qa = open_answerable(folder, work, progress)
    ours = Fusion.load()

    def fused(fusion: Fusion) -> Callable[[Labelled], NDArray[np.float32]]:
        return lambda q: q.fused(fusion)

    with closing(qa):
        found = list(label(qa, questions))
        uncentred = list(label(qa, questions, _uncentred(qa, set_folder(folder, work))))
        untitled = _without_titles(qa, set_folder(folder, work / "untitled"))
    rows = {
        "vectors alone": _hits(found, fused(_DENSE)),
        "words alone (BM25)": _hits(found, fused(_LEXICAL)),
        "reciprocal rank fusion": _hits(found, _reciprocal_ranks),
        "ours": _hits(found, fused(ours)),
        "  without the best sentence": _hits(found, fused(replace(ours, sentence=0))),
        "  without the gate": _hits(found, fused(replace(ours, gate_from=-2, gate_to=-1))),
        "  without neighbours": _hits(found, fused(replace(ours, neighbour=0))),
        "  without the turns before": _hits(found, fused(replace(ours, before=0))),
        "  without dates": _hits(found, lambda q: ours.fuse(q.scores, q.follows)),
        "  without centring": _hits(uncentred, fused(ours)),
    }
    build_index([untitled / "articles"], untitled / "index", progress=progress)
    with closing(ArticleQA.open(untitled / "index")) as qa:
        rows["  without titles"] = _hits(list(label(qa, questions)), fused(ours))
    return rows


def _hits(found: Sequence[Labelled], fused: Callable[[Labelled], NDArray[np.float32]]) -> float:
    return float(np.mean([q.read_before(fused(q)) < HIT_CHARS for q in found]))


def _reciprocal_ranks(question: Labelled) -> NDArray[np.float32]:
    """Returns 1 / (60 + rank by vectors) + 1 / (60 + rank by words), of the last of its queries; dates do not count."""
    scores = question.scores[-1]
    total = np.zeros(len(scores.cosine), np.float32)
    for side in (scores.cosine, scores.bm25):
        ranks = np.empty(len(side), np.float32)
        ranks[np.argsort(-side, kind="stable")] = np.arange(1, len(side) + 1)
        total += np.where(side > 0, 1 / (_RRF + ranks), 0)
    return total


class _Uncentred:
    """A generation whose vectors are as the embedder made them."""

    def __init__(self, generation: Generation, embedder: Embedder, cache: EmbeddingCache, folder: Path) -> None:
        self._generation = generation
        texts: list[str] = []
        sentences: list[list[str]] = []
        for row, passage in enumerate(generation.passages(range(generation.vectors.count))):
            texts.append(passage_text(passage.title, passage.text))
            inner = (passage.text[a - passage.start : b - passage.start] for a, b in generation.sentences(row).spans)
            sentences.append([sentence_text(passage.title, text) for text in inner])
        cache.fill([*texts, *itertools.chain.from_iterable(sentences)], embedder)  # all there, but where it was deleted
        self._sentences = [cache.get(inner) for inner in sentences]
        Vectors.write(folder / "vectors", cache.get(texts))
        self.vectors = Vectors.open(folder / "vectors")

    def sentence_vectors_of(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        inner = [self._sentences[row] for row in rows]
        return np.concatenate(inner), np.cumsum([0, *map(len, inner)])[:-1]

    def __getattr__(self, name: str) -> object:
        return getattr(self._generation, name)


class _UncentredRetriever(Retriever):
    @cached_property
    def _sample(self) -> Sample:
        return Sample.of(self._generation, _USUAL_UNCENTRED)


def _uncentred(qa: ArticleQA, index: Path) -> Retriever:
    embedder: Embedder = load_embedder(qa.generation.manifest["model"])
    with (
        tempfile.TemporaryDirectory(prefix="articlebot-") as temporary,
        EmbeddingCache.open(index / CACHE_FILE, embedder.fingerprint, embedder.dimension) as cache,
    ):
        generation = _Uncentred(qa.generation, embedder, cache, Path(temporary))
    return _UncentredRetriever(cast("Generation", generation), embedder, Centring({}))


def _without_titles(qa: ArticleQA, target: Path) -> Path:
    """Writes the articles as they were read, all of them called "-", to a folder there; returns `target`.

    Not the files with another title: a heading that repeats the title would become text.
    """
    shutil.rmtree(target / "articles", ignore_errors=True)
    for article in qa.generation.articles():
        path = target / "articles" / article.id.split("/", 1)[-1]
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {"title": "-", "date": str(article.published or ""), "language": article.language}
        head = "".join(f"{name}: {json.dumps(value)}\n" for name, value in about.items())
        path.write_text(f"---\n{head}---\n\n{article.text}\n", encoding="utf-8")
    return target


# What slips cost ----------------------------------------------------------------------------------------------


def mangle(folder: Path, work: Path, progress: Progress | None = None) -> dict[str, float]:
    """Returns hit@4000 of a set by how its questions are typed.

    Raises:
        EvaluationError: the folder is not a set, or no question in it is answerable.
    """
    questions, qa = open_answerable(folder, work, progress)
    tell = progress or (lambda *_: None)
    fusion, rows = Fusion.load(), {}
    with closing(qa):
        for name, slip in _slips(qa).items():
            tell(f"asking {folder.resolve().name}, {name}", 0, 0)
            found = label(qa, [replace(question, text=slip(question)) for question in questions])
            rows[name] = _hits(list(found), lambda q: q.fused(fusion))
    return rows


def _slips(qa: ArticleQA) -> dict[str, Callable[[Question], str]]:
    return {
        "as asked": lambda question: question.text,
        "in capitals": lambda question: question.text.upper(),
        "without accents": lambda question: without_accents(question.text),
        "with typing slips": lambda question: _slipped(question.text),
        "its rarest word alone": lambda question: _rarest(qa, question.text),
        "with 2,000 words after it": lambda question: f"{question.text} {_talk(qa, question)}",
    }


def _slipped(text: str) -> str:
    """Returns the text with two letters swapped inside every other word of five letters or more."""
    count = itertools.count()
    return re.sub(
        r"[^\W\d_]{5,}", lambda m: m[0][:2] + m[0][3] + m[0][2] + m[0][4:] if next(count) % 2 == 0 else m[0], text
    )


def _rarest(qa: ArticleQA, text: str) -> str:
    return qa.engine.query(text).rarest or text.split()[0]


def _talk(qa: ArticleQA, question: Question) -> str:
    """Returns 2,000 words of articles that do not hold the answer."""
    files = {file for file, _ in question.gold}
    words: list[str] = []
    for article in qa.generation.articles():
        if article.id.split("/", 1)[-1] not in files:
            words += article.text.split()
        if len(words) > 2000:
            break
    return " ".join(words[:2000])
