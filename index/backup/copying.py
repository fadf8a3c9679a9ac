"""Copies the live generation of an index to another place: a folder into a database, or back; nothing is embedded."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.article import PassageSpan, PlannedArticle, Progress, no_progress
from index.backup.targets import Piece, Rest, opened_target
from index.errors import ArticlebotError
from index.store.anywhere.stores import store_of
from index.store.generation import Generation
from index.store.manifest import WRITTEN
from index.store.postgres.address import IndexPlace, as_place

_AT_ONCE = 2_000  # articles that are copied in one go; what a stop costs
_COMPARED = 2_000  # passages
_OWN = ("waiting", "replaces", "copied_from")  # what a manifest says of the place and not of the articles


class CopyError(ArticlebotError, RuntimeError):
    """An index cannot be copied there."""


@dataclass(slots=True)
class CopyReport:
    """What was copied."""

    source: str
    target: str
    generation: str  # its name there
    articles: int
    passages: int
    sentences: int
    resumed_at: int  # articles that an earlier run, which was stopped, had copied
    seconds: float

    def __str__(self) -> str:
        went_on = f", going on after {self.resumed_at}" if self.resumed_at else ""
        return (
            f"{self.target}: generation {self.generation}, {self.articles} articles, {self.passages} passages, "
            f"{self.sentences} sentences, compared with {self.source}{went_on}; {self.seconds:.1f} s"
        )


def copy_index(
    source: str | Path | IndexPlace, target: str | Path | IndexPlace, progress: Progress | None = None
) -> CopyReport:
    """Copies the live generation of an index to where none is, and compares both; a copy that was stopped goes on.

    Args:
        source: a folder, or postgresql://USER@HOST/DATABASE.
        target: the other.
        progress: called with (what is being done, done so far, in all).

    Raises:
        CopyError: there is an index, sentences wait for their vectors, or what was copied is not the same.
        ArticlebotError: one of both cannot be read or written.
    """
    started, tell = time.perf_counter(), progress or no_progress
    there = as_place(target)
    with contextlib.closing(store_of(source).open()) as generation:
        if generation.waiting is not None:
            raise CopyError(
                f"{as_place(source)}: {generation.sentences_waiting} sentences have no vectors yet; "
                "run `articlebot index` there first"
            )
        if store_of(there).is_there():
            raise CopyError(f"{there}: an index is there already; nothing was changed; name an empty place")
        mark = f"{as_place(source)} {generation.name} {generation.manifest['created']}"
        with opened_target(there) as copied:
            begun = copied.begun(mark)
            for at in range(begun, generation.counts["articles"], _AT_ONCE):
                tell("copying articles", at, generation.counts["articles"])
                copied.add(_piece(generation, at, at + _AT_ONCE), mark)
            tell("publishing", 0, 0)
            name = copied.finish(_rest(generation))
        with contextlib.closing(store_of(there).open()) as other:
            _compare(generation, other, there, tell)
        counts = generation.counts
        return CopyReport(
            str(as_place(source)), str(there), name, counts["articles"], counts["passages"], counts["sentences"],
            begun, time.perf_counter() - started,
        )  # fmt: skip


def _piece(generation: Generation, first: int, last: int) -> Piece:
    """Returns the articles of these numbers."""
    numbers = range(first, min(last, generation.counts["articles"]))
    about = generation.about("id, same_as", numbers)
    found = {article.id: (article, origin) for article, origin in generation.held([about[n][0] for n in numbers])}
    begin, end = (int(np.searchsorted(generation.article_rows, at)) for at in (numbers.start, numbers.stop))
    rows = range(begin, end)
    cut = list(
        zip(rows, generation.passages(rows), generation.sentences_of(rows), generation.terms_of(rows), strict=True)
    )
    spans: dict[int, list[tuple[PassageSpan, str]]] = {}
    for row, passage, (sentences, _), terms in cut:
        span = PassageSpan(passage.start, passage.end, sentences)
        spans.setdefault(int(generation.article_rows[row]), []).append((span, " ".join(terms)))
    articles = []
    for number in numbers:
        article_id, same_as = about[number]
        own = spans.get(number, [])
        parts = tuple(span for span, _ in own), tuple(joined for _, joined in own)
        articles.append(PlannedArticle(*found[article_id], same_as, *parts))
    at = np.array(rows, np.int64)
    stored = b"".join(part or b"" for part in generation.sentence_bytes(at))
    sentence_vectors = np.frombuffer(stored, np.float16).reshape(-1, int(generation.manifest["dimension"]))
    arrivals = {about[number][0]: np.empty(0, np.int64) for number in numbers}
    for row, _, (_, came), _ in cut:
        article_id = about[int(generation.article_rows[row])][0]
        arrivals[article_id] = np.concatenate([arrivals[article_id], came])
    return Piece(articles, generation.vectors.rows(at).astype(np.float16), sentence_vectors, arrivals)


def _rest(generation: Generation) -> Rest:
    files = {i: (origin, f) for origin in generation.sources() for i, f in generation.files(origin).items()}
    about = {k: v for k, v in generation.manifest.items() if k not in (*WRITTEN, *_OWN)}
    return Rest(generation.sources(), generation.failed_by_source(), files, about)


def _compare(one: Generation, other: Generation, there: IndexPlace, progress: Progress) -> None:
    """Raises CopyError where a copy is not what it was made of: ids, texts, spans, vectors."""

    def check(what: str, is_same: bool) -> None:
        if not is_same:
            raise CopyError(f"{there}: {what} are not those of the source; remove the copy and copy again")

    check("counts", one.counts == other.counts)
    check("ids", one.ids() == other.ids())
    check("files", _rest(one).files == _rest(other).files)
    for first in range(0, one.counts["articles"], _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, one.counts["articles"]))
        check("texts", one.about("id, digest, same_as", numbers) == other.about("id, digest, same_as", numbers))
    check("places of passages", np.array_equal(one.article_rows, other.article_rows))
    for first in range(0, len(one.article_rows), _COMPARED):
        progress("comparing", first, len(one.article_rows))
        rows = np.arange(first, min(first + _COMPARED, len(one.article_rows)))
        check("passages", one.passages(rows.tolist()) == other.passages(rows.tolist()))
        spans = ([str(each) for each in side.sentences_of(rows.tolist())] for side in (one, other))
        check("sentences", next(spans) == next(spans))
        check("vectors", np.array_equal(one.vectors.rows(rows), other.vectors.rows(rows)))
        check("vectors of sentences", list(one.sentence_bytes(rows)) == list(other.sentence_bytes(rows)))
