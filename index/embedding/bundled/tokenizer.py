"""XLM-R's unigram tokenizer in Python: text to the ids that the bundled model reads."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

PIECES_FILE, SCORES_FILE, TABLE_FILE = "pieces.txt", "scores.npy", "normalisation.json"
_WORD = re.compile(r"\S+")
LONGEST_TEXT = 32_768  # characters that are looked at: 512 tokens of at most 16 characters, four times over


class Tokenizer:
    """XLM-R's unigram tokenizer, ids equal to those of `tokenizer.json`.

    In Python because it loads in 0.1 s (sentencepiece 0.5): a passage takes 1 ms, its vector 50.
    """

    _KEPT_WORDS, _KEPT_LENGTH = 50_000, 32  # words whose ids are kept; where no spaces are written a word is a clause

    def __init__(self, folder: Path) -> None:
        pieces = (folder / PIECES_FILE).read_bytes().decode().split("\n")
        self._scores: list[float] = np.load(folder / SCORES_FILE, allow_pickle=False).tolist()
        self._ids = dict(zip(pieces, range(len(pieces)), strict=True))
        self.begin, self.end, self._unknown = (self._ids[name] for name in ("<s>", "</s>", "<unk>"))
        for special in ("<s>", "</s>", "<pad>", "<unk>", "<mask>"):  # in a text these are characters
            del self._ids[special]
        self._lengths = list(map(len, pieces))
        self._longest = max(self._lengths)
        self._unknown_score = min(self._scores) - 10  # as sentencepiece has it
        table = json.loads((folder / TABLE_FILE).read_bytes())
        self._table = _Table({int(point): text for point, text in table.items()})
        self._table.update(dict.fromkeys(range(0xD800, 0xE000), " "))  # lone surrogates, as U+FFFD
        self._words: dict[str, tuple[int, ...]] = {}

    def encode(self, text: str, most: int | None = None) -> list[int]:
        """Returns the ids with begin and end; of a text of more than `most` tokens the first, and the end."""
        text = text if most is None else text[:LONGEST_TEXT]
        ids = [self.begin]
        for word in self._normalise(text):
            ids += self._words.get(word) or self._encode_word(word)
            if most is not None and len(ids) >= most:
                del ids[most - 1 :]
                break
        return [*ids, self.end]

    def encode_with_spans(self, text: str, most: int) -> tuple[list[int], list[tuple[int, int]]]:
        """Returns the ids as `encode` does, and where in `text` each stands: characters, (0, 0) at begin and end.

        A word that normalisation makes longer or shorter is the span of each of its pieces.
        """
        ids, spans = [self.begin], [(0, 0)]
        for found in _WORD.finditer(text[:LONGEST_TEXT]):
            start, word = found.start(), found.group()
            for part in self._normalise(word):
                if part == "▁":
                    continue
                pieces = self._words.get(part) or self._encode_word(part)
                ids += pieces
                spans += self._piece_spans(part, pieces, start, word)
                if len(ids) >= most:
                    return [*ids[: most - 1], self.end], [*spans[: most - 1], (0, 0)]
        return [*ids, self.end], [*spans, (0, 0)]

    def _piece_spans(self, part: str, pieces: tuple[int, ...], start: int, word: str) -> list[tuple[int, int]]:
        whole = (start, start + len(word))
        lengths = [self._lengths[piece] for piece in pieces]
        if len(part) != len(word) + 1 or sum(lengths) != len(part) or self._unknown in pieces:
            return [whole] * len(pieces)
        places = [start - 1]  # the ▁ before the word
        for length in lengths:
            places.append(places[-1] + length)
        return [(max(a, start), max(b, start)) for a, b in pairwise(places)]

    def _normalise(self, text: str) -> Iterator[str]:
        """Yields the words, each with the space before it as ▁."""
        text = unicodedata.normalize("NFC", text.translate(self._table))
        text = re.sub(" {2,}", " ", text)
        text = text if text.startswith(" ") else " " + text
        return ("▁" + word for word in text[1:].split(" "))

    def _encode_word(self, word: str) -> tuple[int, ...]:
        """Returns the ids of the word, and keeps them; unknown characters side by side are one."""
        path = self._best_path(word)
        ids = tuple(i for n, i in enumerate(path) if not (n and i == path[n - 1] == self._unknown))
        if len(word) <= self._KEPT_LENGTH:
            if len(self._words) >= self._KEPT_WORDS:
                self._words.clear()
            self._words[word] = ids
        return ids

    def _best_path(self, word: str) -> list[int]:
        """Returns the pieces of the highest sum of scores (Viterbi)."""
        length, ids, scores = len(word), self._ids, self._scores
        best, back, chosen = [-math.inf] * (length + 1), [0] * (length + 1), [self._unknown] * (length + 1)
        best[0] = 0.0
        for start in range(length):
            for stop in range(start + 1, min(start + self._longest, length) + 1):
                piece = ids.get(word[start:stop])
                if piece is not None and best[start] + scores[piece] > best[stop]:
                    best[stop], back[stop], chosen[stop] = best[start] + scores[piece], start, piece
            if word[start] not in ids and best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown_score, start
                chosen[start + 1] = self._unknown
        path = []
        while length:
            path.append(chosen[length])
            length = back[length]
        return path[::-1]


class _Table(dict[int, str]):
    """Code point to characters; others stay, and are remembered: `str.translate` is slow where a key is missing."""

    def __missing__(self, point: int) -> str:
        self[point] = chr(point)
        return self[point]
