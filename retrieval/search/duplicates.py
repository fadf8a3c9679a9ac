"""Passages that say the same become one; passages that continue each other are joined."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from index.article import Article, Passage
from index.text.folding import fold
from retrieval.facts.denial import NEGATIONS
from retrieval.facts.kinds import numbers

SAME_COSINE = 0.8  # of two passage vectors; less similar ones are not even compared by their words
_SAME_SHINGLES = 0.6  # share of the runs of words that two texts must have in common
_SHINGLE = 4  # words
_WORD = re.compile(r"\w+")


def say_the_same(one: Passage, other: Passage) -> bool:
    """Whether two passages of different articles are the same text but for small changes.

    By the share of runs of four words in common (Broder, "On the resemblance and containment of documents",
    1997). Texts with different numbers never are: an agency's next version has the new toll. Nor is one that denies
    something more often.
    """
    if one.article_id == other.article_id:
        return False
    mine, theirs = _shingles(one.text), _shingles(other.text)
    common = len(mine & theirs)
    alike = common >= _SAME_SHINGLES * (len(mine) + len(theirs) - common)
    return alike and numbers(one.text) == numbers(other.text) and _denials(one.text) == _denials(other.text)


@lru_cache(maxsize=512)
def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(fold(text))
    return frozenset(tuple(words[i : i + _SHINGLE]) for i in range(max(len(words) - _SHINGLE + 1, 1)))


def _denials(text: str) -> int:
    return sum(word in NEGATIONS for word in _WORD.findall(fold(text)))


def merge(same: Sequence[Passage]) -> Passage:
    """Returns the passage of the smallest id; the articles of the others are in its `also_in`."""
    shown = min(same, key=lambda passage: passage.id)
    articles = {a for passage in same for a in (passage.article_id, *passage.also_in)} - {shown.article_id}
    return replace(shown, also_in=tuple(sorted(articles)), score=max(passage.score for passage in same))


def join_passages(passages: Sequence[Passage], article_of: Callable[[str], Article | None]) -> list[Passage]:
    """Returns the passages, those that continue each other as one, in the place and with the score of its best.

    Args:
        passages: best first.
        article_of: the article of an id; what stands between two passages (white space) is taken from it.
    """
    place = {passage.id: rank for rank, passage in enumerate(passages)}
    joined: list[Passage] = []
    for passage in sorted(passages, key=lambda p: (p.article_id, p.start)):
        last = joined[-1] if joined else None
        beside = last is not None and last.article_id == passage.article_id
        article = article_of(passage.article_id) if beside else None
        if article and last and _goes_on(article.text, last, passage):
            first = min(last, passage, key=lambda p: place[p.id])
            joined[-1] = replace(
                last, end=passage.end, text=article.text[last.start : passage.end], score=first.score,
                also_in=tuple(sorted(set(last.also_in) & set(passage.also_in))),
            )  # fmt: skip
            place[last.id] = place[first.id]
        else:
            joined.append(passage)
    return sorted(joined, key=lambda passage: place[passage.id])


def _goes_on(text: str, one: Passage, other: Passage) -> bool:
    return one.end <= other.start and not text[one.end : other.start].strip()
