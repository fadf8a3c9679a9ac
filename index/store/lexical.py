"""The words of the passages on disk and their search (BM25); the only file that imports tantivy."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.errors import why
from index.store.manifest import DamagedIndexError, IndexFormatError

_FIELD = "terms"
_ROW = "row"
_RANGES = 8  # that a search among some rows is narrowed to
_WIDER = 8  # times as many are looked at where too few of them are among these
_HEAP_BYTES = 64_000_000


class Lexical:
    """BM25 over passages, as tantivy computes it (k1 = 1.2, b = 0.75)."""

    def __init__(self, index: tantivy.Index) -> None:
        index.config_reader("manual")  # the folder never changes: no watching
        self._schema = _schema()
        self._searcher = index.searcher()

    @staticmethod
    def write(folder: Path, passages: Iterable[str]) -> None:
        """Writes the word index; item i is the terms of row i, joined by spaces. One thread: one order."""
        folder.mkdir()
        index = tantivy.Index(_schema(), path=str(folder))
        index.config_reader("manual")  # a watching one would put lock files there after the commit
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for row, joined in enumerate(passages):
            document = tantivy.Document()
            document.add_text(_FIELD, joined)
            document.add_integer(_ROW, row)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        for lock in folder.glob(".tantivy-*.lock"):
            lock.unlink()
        for file in folder.iterdir():  # some are for their owner alone, whatever the umask says
            file.chmod(folder.stat().st_mode & 0o666)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Opens the word index; by links in a temporary folder where it cannot be written, for tantivy locks there."""
        try:
            return cls(tantivy.Index.open(str(folder)))
        except (OSError, ValueError) as error:
            if "ermission" not in str(error) and "ead-only" not in str(error):
                raise DamagedIndexError(f"{folder}: not a readable word index ({why(error)})") from error
        try:
            with tempfile.TemporaryDirectory(prefix="articlebot-", dir=_place(), ignore_cleanup_errors=True) as links:
                for file in folder.absolute().iterdir():
                    if not file.name.endswith(".lock"):
                        Path(links, file.name).symlink_to(file)
                return cls(tantivy.Index.open(links))  # its files stay mapped after the folder goes
        except (OSError, ValueError) as error:
            raise IndexFormatError(
                f"{folder}: cannot be opened without writing there ({why(error)}); a folder for "
                "temporary files wanted, set TMPDIR to one"
            ) from error

    @property
    def count(self) -> int:
        """Number of passages."""
        return int(self._searcher.num_docs)

    def document_frequency(self, term: str) -> int:
        """Number of passages that hold this term."""
        return int(self._searcher.doc_freq(_FIELD, term))

    def terms_beginning(self, letters: str) -> list[tuple[str, int]]:
        """Returns the terms that begin with these letters, and the number of passages that hold each."""
        return list(self._searcher.terms_with_prefix(_FIELD, letters))

    def search(
        self, terms: Sequence[str], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and BM25 scores of the k best that hold any of the terms, best first, then by row.

        Args:
            terms: to look for.
            k: how many.
            among: (passages,), which rows to search: the k best of these, whatever else holds the terms. None: all.
        """
        query = _any_of(tantivy.Query.term_query(self._schema, _FIELD, t, "freq") for t in dict.fromkeys(terms))
        if among is None:
            return self._best(query, k)
        query, most = self._around(query, among), k
        while True:
            rows, scores = self._best(query, most)
            inside = among[rows]
            if len(rows) < most or np.count_nonzero(inside) >= k:
                return rows[inside][:k], scores[inside][:k]
            most *= _WIDER

    def _around(self, query: tantivy.Query, among: NDArray[np.bool_]) -> tantivy.Query:
        """Returns the query for a few ranges of rows, which hold all these and as few others as can be.

        The word index cannot look up rows, and each range is a scan: what is between two of these rows that are
        near is found too, and left out by whoever asks.
        """
        rows = np.flatnonzero(among)
        if not len(rows):
            return tantivy.Query.empty_query()
        gaps = np.diff(rows)
        cuts = np.sort(np.argsort(-gaps, kind="stable")[: _RANGES - 1])
        cuts = cuts[gaps[cuts] > 1]
        firsts, lasts = rows[np.concatenate([[0], cuts + 1])], rows[np.concatenate([cuts, [len(rows) - 1]])]
        ranges = (
            tantivy.Query.range_query(self._schema, _ROW, tantivy.FieldType.Integer, int(first), int(last))
            for first, last in zip(firsts, lasts, strict=True)
        )
        inside = tantivy.Query.const_score_query(_any_of(ranges), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])

    def _best(self, query: tantivy.Query, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        hits = self._searcher.search(query, max(k, 1), count=False).hits
        rows = np.array(self._searcher.fast_field_values(_ROW, [at for _, at in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]


def _place() -> str | None:
    """Returns where a temporary folder can be made; None: in the usual place."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:  # a container whose file system is read-only; its memory is not
        return "/dev/shm"  # noqa: S108  a folder of a random name is made there
    return None


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_FIELD, stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field(_ROW, stored=False, fast=True, indexed=False)
    return builder.build()


def _any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])
