"""How much of what is shown is gold: its sentences, the words of its quotes, its short answer."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from index.article import Article
from index.text.folding import HAN
from index.text.function_words import KNOWN
from index.text.sentences import split_sentences
from retrieval.answering.answer import MARKER, Answer, Citation
from retrieval.learning.gold import tells_answer
from retrieval.learning.sets import Question

GoldSpan: TypeAlias = tuple[str, int, int]  # article id, start, end
ArticleOf: TypeAlias = Callable[[str], Article | None]

_WORD = re.compile(r"\S+")
_MARKERS = re.compile(rf"((?:{MARKER.pattern})+)")
# left out as SQuAD has it (Rajpurkar et al., 2016), in French as FQuAD, in German as MLQA
_ARTICLES = re.compile(rf"\b(?:{KNOWN.alternatives()['determiners']})")
_SIGN = re.compile(r"[^\w\s]|_")
_TOKEN = re.compile(rf"[{HAN}]|[^\s{HAN}]+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Words of the quotes shown beside those of the gold sentences, as ACL-Verbatim counts them."""

    shown: int = 0
    gold: int = 0
    both: int = 0


NOTHING = Overlap()


def shown_sentences(answer: Answer) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    """Yields the sentences of an answer in reading order, without their markers, each with what it cites."""
    by_number = {f"[{citation.number}]": citation for citation in answer.citations}
    pieces = _MARKERS.split(answer.text) if answer.found else []
    for text, markers in zip(pieces[::2], pieces[1::2], strict=False):  # what no marker follows cites nothing
        cited = (by_number.get(marker.strip()) for marker in MARKER.findall(markers))
        yield text.strip(), tuple(citation for citation in cited if citation)


def right_sentences(question: Question, answer: Answer) -> tuple[bool, ...]:
    """Returns of each sentence of an answer, in reading order, whether it tells what the question wants."""
    return tuple(is_right_quote(question, text, cited) for text, cited in shown_sentences(answer))


def is_right_quote(question: Question, text: str, cited: Iterable[Citation]) -> bool:
    """Whether a sentence that is shown with these citations tells what an answerable question wants."""
    article_ids = (article_id for citation in cited for article_id in (citation.article_id, *citation.also_in))
    return question.answerable and tells_answer(question, text, article_ids)


def cites_gold(question: Question, citation: Citation, gold_passages: Sequence[GoldSpan]) -> bool:
    """Whether a citation overlaps a gold passage, or is a headline that tells the answer."""
    if citation.in_title:
        return is_right_quote(question, citation.quote, [citation])
    return any(
        citation.article_id == article_id and citation.start < end and start < citation.end
        for article_id, start, end in gold_passages
    )


def word_overlap(
    question: Question, citations: Sequence[Citation], gold_passages: Sequence[GoldSpan], article_of: ArticleOf
) -> Overlap:
    """Counts the words of the quotes and of the gold sentences; any overlap with a sentence makes a word its own.

    Words of a headline are gold where they are shown and tell the answer.
    """
    shown: set[tuple[str, bool, int]] = set()  # (article id, whether in the headline, where the word starts)
    gold = {
        (article_id, False, word)
        for article_id, start, end in _gold_sentences(question, gold_passages, article_of)
        for word in _words(article_of(article_id), start, end)
    }
    for citation in citations:
        article = article_of(citation.article_id)
        words = _words(article, citation.start, citation.end, in_title=citation.in_title)
        places = {(citation.article_id, citation.in_title, word) for word in words}
        shown |= places
        if citation.in_title and is_right_quote(question, citation.quote, [citation]):
            gold |= places
    return Overlap(len(shown), len(gold), len(shown & gold))


def _gold_sentences(question: Question, passages: Sequence[GoldSpan], article_of: ArticleOf) -> Sequence[GoldSpan]:
    """Returns the sentences of the gold passages that tell the answer; where none does alone, the passages."""
    if not question.answerable:
        return ()
    telling = []
    for article_id, first, last in passages:
        article = article_of(article_id)
        text = article.text[first:last] if article else ""
        for start, end in split_sentences(text, article.language if article else ""):
            if tells_answer(question, text[start:end], [article_id]):
                telling.append((article_id, first + start, first + end))
    return telling or passages


def _words(article: Article | None, start: int, end: int, *, in_title: bool = False) -> list[int]:
    """Returns where the words begin that share a character with a span."""
    text = (article.title if in_title else article.text) if article else ""
    return [word.start() for word in _WORD.finditer(text) if word.start() < end and start < word.end()]


def short_scores(short: str, answers: Sequence[str]) -> tuple[float, bool]:
    """Returns token F1 and exact match with the best of the gold answers; without any, silence is right (SQuAD 2)."""
    mine = _tokens(short)
    golds = [_tokens(answer) for answer in answers] or [[]]
    return max(1.0 if mine == gold else shared_words(mine, gold) for gold in golds), mine in golds


def _tokens(text: str) -> list[str]:
    """Returns the tokens of an answer, normalised as SQuAD does; a Han character is one, as in MLQA."""
    lower = unicodedata.normalize("NFC", text).lower()
    return _TOKEN.findall(_SIGN.sub("", _ARTICLES.sub(" ", lower)))


def shared_words(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """Returns the harmonic mean of the shares of words that two texts have in common: token F1."""
    common = (Counter(mine) & Counter(theirs)).total()
    return 2 * common / (len(mine) + len(theirs)) if common else 0.0
