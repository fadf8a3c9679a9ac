"""Words of a text in one form, so that they can be compared: folded, cut, stemmed."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import Stemmer

from index.text import function_words
from index.text.function_words import KNOWN

# ranges of characters that are written without spaces
KANA = r"\u3040-\u30ff"
HAN = rf"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff{KANA}"
_WORD = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")
_HAN_FIRST = re.compile(rf"[{HAN}]")
_CLUSTER = re.compile(r"(?s:.)[\u0300-\u036f]*")  # a character with the accents on it
_ELISIONS = {
    language: re.compile(rf"\b(?:{'|'.join(known['elides'].split())})['’ʼ](?=\w)", re.IGNORECASE)
    for language, known in KNOWN.items()
    if "elides" in known
}
_SILENT = {language: re.compile(known["silent"]) for language, known in KNOWN.items() if "silent" in known}
_LETTERS, _FOREIGN_DIGIT = re.compile(r"[^\W\d_]+"), re.compile(r"(?![0-9])\d")
_TATWEEL = "\u0640"  # stretches an Arabic word, means nothing


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


def in_ascii_digits(text: str) -> str:
    """Returns a text with the digits of every script as ours: "٢٠٢٥" -> "2025"; as many characters."""
    return _FOREIGN_DIGIT.sub(lambda digit: str(int(digit.group())), text)


def fold_with_places(text: str, *, squeezed: bool = False) -> tuple[str, list[int]]:
    """Returns the folded text, and where in `text` each of its characters comes from.

    Args:
        text: as it was written or typed.
        squeezed: whether white space in a row is one space.
    """
    folded, places = list[str](), list[int]()
    for cluster in _CLUSTER.finditer(text):
        piece = _folded_cluster(cluster.group())
        if squeezed and piece.isspace():
            piece = "" if folded and folded[-1] == " " else " "
        if piece:
            folded.append(piece)
            places += [cluster.start()] * len(piece)
    return "".join(folded), places


@lru_cache(maxsize=4_096)
def _folded_cluster(cluster: str) -> str:
    return fold(cluster)


def words(text: str, language: str) -> list[str]:
    """Returns the words of `text` as they stand, in order, elisions removed; Han characters in overlapping pairs."""
    if elision := _ELISIONS.get(language):
        text = elision.sub(" ", text)
    pieces: list[str] = _WORD.findall(text)
    if text.isascii() or not _HAN_FIRST.search(text):  # nearly always; the loop takes longer than all the rest
        return pieces
    cut: list[str] = []
    for word in pieces:
        if _is_han(word):
            cut.extend(word[i : i + 2] for i in range(max(len(word) - 1, 1)))
        else:
            cut.append(word)
    return cut


def terms(text: str, language: str) -> list[str]:
    """Returns the search terms of `text` in order: the stems of its folded words, pairs of Han characters.

    Folding comes before stemming, so that a question typed without accents has the same terms; French "fermée" has
    those of "fermé" all the same.
    """
    return terms_of_folded(fold(text), language)


def terms_of_folded(folded: str, language: str) -> list[str]:
    """Returns the search terms of a text that is folded already."""
    # the comparison decides for most words, without a call
    stemmed = (
        word if word[0] >= "\u3040" and _is_han(word) else _stem(word, language) for word in words(folded, language)
    )
    return [term for term in stemmed if term]


def content_terms(folded: str, language: str) -> list[str]:
    """Returns the stems of the content words of a folded text, in order."""
    found = (word for word in _LETTERS.findall(folded) if len(word) > 1 and word not in function_words.ALL)
    return [stem for word in found for stem in terms_of_folded(word, language)]


@lru_cache(maxsize=200_000)
def _stem(folded: str, language: str) -> str:
    word = folded.removesuffix("'s")
    if silent := _SILENT.get(language):
        word = silent.sub("", word)
    return str(_stemmer(language).stemWord(word)) if "stemmer" in KNOWN.get(language, ()) else word


def _is_han(word: str) -> bool:
    return _HAN_FIRST.match(word) is not None


def _stemmer(language: str) -> Stemmer.Stemmer:
    """PyStemmer objects are not safe to share between threads."""
    stemmers: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(KNOWN[language]["stemmer"])
    return stemmers[language]


_local = threading.local()
