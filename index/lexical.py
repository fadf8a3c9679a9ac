"""The words of the passages on disk and their search (BM25); the only file that imports tantivy."""

from __future__ import annotations

import re
import tempfile
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
import Stemmer
import tantivy
from numpy.typing import NDArray

from index import ArticlebotError

_FIELD = "terms"
_ROW = "row"
_RANGES = 8  # that a search among some rows is narrowed to
_WIDER = 8  # times as many are looked at where too few of them are among these
_HEAP_BYTES = 64_000_000

# ISO 639-1 -> PyStemmer's name; other languages are searched by the folded word itself.
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip

_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’ʼ](?=\w)", re.IGNORECASE)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff"
_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:['’][^\W_{_HAN}]+)*")
_HAN_FIRST = re.compile(rf"[{_HAN}]")
_TATWEEL = "\u0640"  # stretches an Arabic word, means nothing
_ELIDING = frozenset({"fr", "it", "ca"})
_local = threading.local()


class LexicalError(ArticlebotError, ValueError):
    """The word index cannot be read."""


class _Unmarked(dict[int, int | None]):
    """For str.translate: takes out accents, vowel signs and stretching; looks at every character once."""

    def __missing__(self, code: int) -> int | None:
        unmarked = None if unicodedata.combining(chr(code)) or chr(code) == _TATWEEL else code
        self[code] = unmarked
        return unmarked


_UNMARKED = _Unmarked()


def fold(text: str) -> str:
    """Returns lower case without accents or vowel signs, straight apostrophes: "L’Été" -> "l'ete"."""
    if text.isascii():
        return text.lower()
    text = text.casefold().replace("’", "'").replace("ʼ", "'").replace("œ", "oe").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", text).replace("и\u0306", "й")  # a letter, no accent
    return decomposed.translate(_UNMARKED)


def words(text: str, language: str) -> list[str]:
    """Returns the words of `text` as they stand, in order, elisions removed; Han characters in overlapping pairs."""
    if language in _ELIDING:
        text = _ELISION.sub(" ", text)
    pieces: list[str] = _WORD.findall(text)
    if text.isascii() or not _HAN_FIRST.search(text):  # nearly always; the loop takes longer than all the rest
        return pieces
    found: list[str] = []
    for word in pieces:
        if _is_han(word):
            found.extend(word[i : i + 2] for i in range(max(len(word) - 1, 1)))
        else:
            found.append(word)
    return found


def terms(text: str, language: str) -> list[str]:
    """Returns the search terms of `text` in order: the stems of its folded words, pairs of Han characters.

    Folding comes before stemming, so that a question typed without accents has the same terms.
    """
    found = words(fold(text), language)
    # the comparison decides for most words, without a call
    stemmed = [word if word[0] >= "\u3040" and _is_han(word) else _stem(word, language) for word in found]
    return [t for t in stemmed if t]


@lru_cache(maxsize=200_000)
def _stem(folded: str, language: str) -> str:
    word = folded.removesuffix("'s")
    return str(_stemmer(language).stemWord(word)) if language in STEMMERS else word


def _is_han(word: str) -> bool:
    return _HAN_FIRST.match(word) is not None


def _stemmer(language: str) -> Stemmer.Stemmer:
    """PyStemmer objects are not safe to share between threads."""
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(STEMMERS[language])
    return stemmers[language]


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
                raise LexicalError(
                    f"{folder}: not a readable word index ({str(error).splitlines()[0]}); run `articlebot index --full`"
                ) from error
        try:
            with tempfile.TemporaryDirectory(prefix="articlebot-", dir=_place(), ignore_cleanup_errors=True) as links:
                for file in folder.absolute().iterdir():
                    if not file.name.endswith(".lock"):
                        Path(links, file.name).symlink_to(file)
                return cls(tantivy.Index.open(links))  # its files stay mapped after the folder goes
        except (OSError, ValueError) as error:
            raise LexicalError(
                f"{folder}: cannot be opened without writing there ({str(error).splitlines()[0]}); a folder for "
                "temporary files wanted, set TMPDIR to one"
            ) from error

    @property
    def count(self) -> int:
        """Number of passages."""
        return int(self._searcher.num_docs)

    def document_frequency(self, term: str) -> int:
        """Number of passages that hold this term."""
        return int(self._searcher.doc_freq(_FIELD, term))

    def search(
        self, terms: Sequence[str], k: int, *, among: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Returns rows and BM25 scores of the k best that hold any of the terms, best first, then by row.

        Args:
            terms: to look for.
            k: how many.
            among: (passages,), which rows to search: the k best of these, whatever else holds the terms. None: all.
        """
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, _FIELD, t, "freq"))
            for t in dict.fromkeys(terms)
        ]
        query = tantivy.Query.boolean_query(clauses)
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
        ranges = [
            (
                tantivy.Occur.Should,
                tantivy.Query.range_query(self._schema, _ROW, tantivy.FieldType.Integer, int(first), int(last)),
            )
            for first, last in zip(firsts, lasts, strict=True)
        ]
        inside = tantivy.Query.const_score_query(tantivy.Query.boolean_query(ranges), 0.0)
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])

    def _best(self, query: tantivy.Query, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        hits = self._searcher.search(query, max(k, 1), count=False).hits
        rows = np.array(self._searcher.fast_field_values(_ROW, [at for _, at in hits]), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return rows[order], scores[order]
