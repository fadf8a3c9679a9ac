"""Measures what each part of the search gives and what slips of the pen cost; chooses the fusion's constants."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.article import Progress, no_progress
from index.embedding.centring import Centring
from index.embedding.embedder import load_embedder
from index.store.folder import FolderGeneration
from index.store.segments.vectors import VectorRows, Vectors
from retrieval.asking.qa import ArticleQA
from retrieval.learning.gold import HIT_CHARS, file_of, is_hit, without_accents
from retrieval.learning.sets import DataError, Question, open_set, set_folder
from retrieval.search.fusion import Fusion, Scores
from retrieval.search.retriever import Retriever
from retrieval.search.sample import USUAL, Scale

SEARCHED = 100  # passages that are found for a question
GRID = {
    "sentence": (0.7, 1.0, 1.4), "lexical": (0.5, 0.75, 1.0), "gate_from": (0.2, 0.4, 0.6), "gate_to": (0.7, 0.9),
    "neighbour": (0.0, 0.2, 0.4),
}  # fmt: skip
PLATEAU = 0.003  # of the measure: a third of its standard error on the four sets that it was chosen on
_DENSE = Fusion(cosine=1, sentence=0, lexical=0, gate_from=0, gate_to=1, neighbour=0, before=0.5)
_LEXICAL = Fusion(cosine=0, sentence=0, lexical=1, gate_from=-2, gate_to=-1, neighbour=0, before=0.5)
# Uncentred cosines spread a third as wide, and far above centred ones. Pooled with what is usual for those, their z
# would shrink until words drown them; on XQuAD that alone loses as much (0.87 to 0.78) as doing without centring
# does (0.95 to 0.87).
_USUAL_UNCENTRED = (Scale(0.76, 0.02), Scale(0.78, 0.02), USUAL[2])
_RRF = 60  # k of reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009)
_READ_UNIT = 800  # characters: a passage
_WORDS_AFTER = 2_000


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


Ranking: TypeAlias = Callable[[Labelled], NDArray[np.float32]]  # the score of each candidate


@contextmanager
def open_answerable(
    folder: Path, work: Path, progress: Progress = no_progress
) -> Iterator[tuple[list[Question], ArticleQA]]:
    """Yields a set's answerable questions, at least one, and its articles, as `open_set` does.

    Raises:
        DataError: the folder is not a set, or no question in it is answerable.
    """
    with open_set(folder, work, progress=progress) as (questions, qa):
        answerable = [question for question in questions if question.answerable]
        if not answerable:
            raise DataError(
                f"{folder / 'questions.jsonl'}: none of {len(questions)} questions is answerable; "
                "add some that the articles answer"
            )
        yield answerable, qa


def label(qa: ArticleQA, questions: Iterable[Question], retriever: Retriever | None = None) -> list[Labelled]:
    """Returns the candidates of every question."""
    return [_labelled(qa, question, retriever or qa.engine) for question in questions]


def _labelled(qa: ArticleQA, question: Question, retriever: Retriever) -> Labelled:
    understood = qa.understand(question.text, question.conversation(), question.today)
    found = retriever.candidates(
        understood.searched, SEARCHED, before=understood.before, language=understood.language, window=understood.window
    )
    passages = qa.generation.passages([int(row) for row in found.rows])
    return Labelled(
        scores=found.scores, follows=found.follows, gain=found.gain,
        gold=np.array([is_hit(question, [passage]) for passage in passages], bool),
        characters=np.array([len(passage.text) for passage in passages], np.int64),
    )  # fmt: skip


# Choosing the constants ---------------------------------------------------------------------------------------


def choose_fusion(sets: Sequence[Path], work: Path, progress: Progress = no_progress) -> tuple[Fusion, float, float]:
    """Returns the constants for these sets, at least one, and the measure with them and with those of before.

    Whole stretches of the grid are within noise of the best: the mean of all settings within 0.003 of it is
    taken, which no single question decides. `before` is kept: the sets to learn from have no histories.

    Raises:
        DataError: a folder is not a set, or no question in it is answerable.
    """
    of_sets: list[list[Labelled]] = []
    for folder in sets:
        with open_answerable(folder, work, progress) as (questions, qa):
            progress(f"asking {folder.resolve().name}", 0, 0)
            of_sets.append(label(qa, questions))
    shipped = Fusion.load()
    grid = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    measured = []
    for done, constants in enumerate(grid):
        progress("choosing", done, len(grid))
        measured.append(measure(replace(shipped, cosine=1.0, **constants), of_sets))
    near = [constants for constants, m in zip(grid, measured, strict=True) if m >= max(measured) - PLATEAU]
    means = {name: round(float(np.mean([constants[name] for constants in near])), 2) for name in GRID}
    chosen = replace(shipped, cosine=1.0, **means)
    return chosen, measure(chosen, of_sets), measure(shipped, of_sets)


def measure(fusion: Fusion, of_sets: Sequence[Sequence[Labelled]]) -> float:
    """Returns the mean over sets of 800 / (800 + characters read before the answer), which every rank moves."""
    read = [np.array([q.read_before(q.fused(fusion)) for q in questions]) for questions in of_sets]
    return float(np.mean([np.mean(_READ_UNIT / (_READ_UNIT + of_set)) for of_set in read]))


# What each part gives -----------------------------------------------------------------------------------------


def ablate(folder: Path, work: Path, progress: Progress = no_progress) -> dict[str, float]:
    """Returns hit@4000 of a set by what is searched with.

    Raises:
        DataError: the folder is not a set, or no question in it is answerable.
    """
    with open_answerable(folder, work, progress) as (questions, qa):
        found = label(qa, questions)
        uncentred = label(qa, questions, without_centring(qa))
        untitled = without_titles(qa, set_folder(work / "untitled", folder), progress)
    with closing(untitled):
        titleless = label(untitled, questions)
    ours = Fusion.load()

    def hits(found: Sequence[Labelled], **constants: float) -> float:
        return hit_share(found, lambda q: q.fused(replace(ours, **constants)))

    return {
        "vectors alone": hit_share(found, lambda q: q.fused(_DENSE)),
        "words alone (BM25)": hit_share(found, lambda q: q.fused(_LEXICAL)),
        "reciprocal rank fusion": hit_share(found, reciprocal_ranks),
        "ours": hits(found),
        "  without the best sentence": hits(found, sentence=0),
        "  without the gate": hits(found, gate_from=-2, gate_to=-1),
        "  without neighbours": hits(found, neighbour=0),
        "  without the turns before": hits(found, before=0),
        "  without dates": hit_share(found, lambda q: ours.fuse(q.scores, q.follows)),
        "  without centring": hits(uncentred),
        "  without titles": hits(titleless),
    }


def hit_share(found: Sequence[Labelled], ranking: Ranking) -> float:
    """Returns how often the answer begins within the first 4,000 characters."""
    return float(np.mean([q.read_before(ranking(q)) < HIT_CHARS for q in found]))


def reciprocal_ranks(question: Labelled) -> NDArray[np.float32]:
    """Returns 1 / (60 + rank by vectors) + 1 / (60 + rank by words), of the last of its queries; dates do not count."""
    scores = question.scores[-1]
    total = np.zeros(len(scores.cosine), np.float32)
    for side in (scores.cosine, scores.bm25):
        ranks = np.empty(len(side), np.float32)
        ranks[np.argsort(-side, kind="stable")] = np.arange(1, len(side) + 1)
        total += np.where(side > 0, 1 / (_RRF + ranks), 0)
    return total


def without_centring(qa: ArticleQA) -> Retriever:
    """Returns the search over the same passages with vectors as the embedder makes them."""
    generation, embedder = qa.generation, load_embedder(qa.generation.manifest["model"])
    assert isinstance(generation, FolderGeneration)  # noqa: S101  ablation makes its indexes itself, in folders
    rows = np.arange(generation.vectors.count)
    languages = [passage.language for passage in generation.passages(rows.tolist())]
    of_sentences = [language for row, language in enumerate(languages) for _ in generation.spans(row)]
    centring = Centring.load(embedder.fingerprint)
    inner, _ = generation.sentence_vectors_of(rows)
    with tempfile.TemporaryDirectory(prefix="articlebot-") as temporary:
        Vectors.write(Path(temporary, "vectors"), centring.undo(generation.vectors.rows(rows), languages, "passage"))
        vectors = Vectors.open(Path(temporary, "vectors"))
        sentences = VectorRows.temporary(Path(temporary), embedder.dimension)
        sentences.append(centring.undo(inner, of_sentences, "sentence"))
    raw = generation.with_vectors(vectors, sentences)
    return Retriever(raw, embedder, Centring({}), usual=_USUAL_UNCENTRED)


def without_titles(qa: ArticleQA, target: Path, progress: Progress = no_progress) -> ArticleQA:
    """Returns the articles as they were read, all of them called "-", indexed in a folder there.

    Not the files with another title: a heading that repeats the title would become text.
    """
    shutil.rmtree(target / "articles", ignore_errors=True)
    for article in qa.generation.articles():
        path = target / "articles" / file_of(article.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        about = {"title": "-", "date": str(article.published or ""), "language": article.language}
        head = "".join(f"{name}: {json.dumps(value)}\n" for name, value in about.items())
        path.write_text(f"---\n{head}---\n\n{article.text}\n", encoding="utf-8")
    return ArticleQA.from_articles(target / "articles", target / "index", progress=progress)


# What slips cost ----------------------------------------------------------------------------------------------


def mangle(folder: Path, work: Path, progress: Progress = no_progress) -> dict[str, float]:
    """Returns hit@4000 of a set by how its questions are typed.

    Raises:
        DataError: the folder is not a set, or no question in it is answerable.
    """
    fusion, rows = Fusion.load(), {}
    with open_answerable(folder, work, progress) as (questions, qa):
        for name, slip in slips(qa).items():
            progress(f"asking {folder.resolve().name}, {name}", 0, 0)
            found = label(qa, (replace(question, text=slip(question)) for question in questions))
            rows[name] = hit_share(found, lambda q: q.fused(fusion))
    return rows


def slips(qa: ArticleQA) -> dict[str, Callable[[Question], str]]:
    """Returns the ways of typing a question by name."""
    return {
        "as asked": lambda question: question.text,
        "in capitals": lambda question: question.text.upper(),
        "without accents": lambda question: without_accents(question.text),
        "with typing slips": lambda question: mistyped(question.text),
        "its rarest word alone": lambda question: qa.engine.query(question.text).rarest or question.text.split()[0],
        "with 2,000 words after it": lambda question: f"{question.text} {' '.join(_other_words(qa, question))}",
    }


def mistyped(text: str) -> str:
    """Returns the text with two letters swapped inside every other word of five letters or more."""
    count = itertools.count()
    return re.sub(
        r"[^\W\d_]{5,}", lambda m: m[0][:2] + m[0][3] + m[0][2] + m[0][4:] if next(count) % 2 == 0 else m[0], text
    )


def _other_words(qa: ArticleQA, question: Question) -> Iterator[str]:
    """Yields 2,000 words of articles that do not hold the answer."""
    others = (article for article in qa.generation.articles() if file_of(article.id) not in question.files)
    return itertools.islice((word for article in others for word in article.text.split()), _WORDS_AFTER)
