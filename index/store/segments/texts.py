"""What a segment has vectors of: the texts of its passages and sentences as they are embedded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from index.store.segments.segment import Segment
from index.text.passages import passage_text, sentence_text

TextKind: TypeAlias = Literal["passage", "sentence"]

_PASSAGES = (
    "SELECT p.row, p.first_sentence, p.sentences, p.start, a.id, a.digest, a.title, a.language, a.origin, "
    "substr(a.text, p.start + 1, p.end - p.start) FROM passages p JOIN main.articles a ON a.row = p.article "
    "{} ORDER BY p.row"
)
_OF_ARTICLES = "WHERE p.article IN (SELECT value FROM json_each(?))"
_SPANS = "SELECT start, end FROM sentences WHERE row >= ? AND row < ? ORDER BY row"


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """The text of a passage or sentence as it is embedded; a vector depends on it and its language alone."""

    row: int  # of its vector in the segment
    text: str
    language: str
    origin: str  # name of the article's source
    article: str  # its id
    digest: str  # of its text


def embedded_texts(segment: Segment, kind: TextKind, articles: Sequence[int] | None = None) -> Iterator[EmbeddedText]:
    """Yields the passages or the sentences of a segment in the order of their vectors, what has gone too.

    Args:
        segment: which.
        kind: of which of them.
        articles: rows of articles, whose alone they are; None: all.
    """
    which = ("", ()) if articles is None else (_OF_ARTICLES, (json.dumps(list(articles)),))
    for row, first, count, begun, *about, title, language, origin, text in segment.db.execute(
        _PASSAGES.format(which[0]), which[1]
    ):
        if kind == "passage":
            yield EmbeddedText(row, passage_text(title, text), language, origin, *about)
            continue
        spans: Iterable[tuple[int, int]] = segment.db.execute(_SPANS, (first, first + count))
        for number, (start, end) in enumerate(spans, first):
            inner = sentence_text(title, text[start - begun : end - begun])
            yield EmbeddedText(number, inner, language, origin, *about)
