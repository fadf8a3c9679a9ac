"""What the next generation shall hold of each article: its passages, their search terms, their vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.article import Article, PassageSpan, PlannedArticle
from index.embedding.cache import EmbeddingCache
from index.embedding.centring import Centring
from index.embedding.embedder import Embedder
from index.store.generation import Generation
from index.store.vectors import VectorRows
from index.text.folding import terms
from index.text.passages import cut_passages, passage_text, sentence_text

_BLOCK = 256  # articles whose vectors are in memory at once


def plan_articles(
    articles: Mapping[str, tuple[Article, str]], embedder: Embedder, before: Generation | None, unchanged: Iterable[str]
) -> list[PlannedArticle]:
    """Returns the articles by id with their passages; equal texts have theirs under the smallest id only.

    Args:
        articles: all articles of the next generation with the name of their source, by id.
        embedder: says how much text it reads whole.
        before: the generation whose passages may be taken over; None: all are cut anew.
        unchanged: ids of the articles that `before` holds as they are.
    """
    known = _plans_of(before) if before else {}
    reusable = {article_id: known[article_id] for article_id in unchanged if article_id in known}
    first_of: dict[bytes, str] = {}
    planned = []
    for article_id in sorted(articles):
        article, origin = articles[article_id]
        first = first_of.setdefault(hashlib.sha256(article.text.encode()).digest(), article_id)
        if first != article_id:
            planned.append(PlannedArticle(article, origin, first, (), ()))
            continue
        spans, joined = reusable.get(article_id) or _cut(article, embedder)
        planned.append(PlannedArticle(article, origin, None, spans, joined))
    return planned


def _cut(article: Article, embedder: Embedder) -> tuple[tuple[PassageSpan, ...], tuple[str, ...]]:
    def fits(text: str) -> bool:
        embedded = passage_text(article.title, text)
        # every token covers a character at least; the prefix and the marks take fewer than 12
        return len(embedded) + 12 <= embedder.max_tokens or embedder.count_tokens(embedded) <= embedder.max_tokens

    spans = tuple(cut_passages(article.text, article.language, fits))
    searched = (f"{article.title}\n{article.text[s.start : s.end]}" for s in spans)
    return spans, tuple(" ".join(terms(text, article.language)) for text in searched)


def _plans_of(before: Generation) -> dict[str, tuple[tuple[PassageSpan, ...], tuple[str, ...]]]:
    """Returns passages and terms by article id, of the articles that have any."""
    sentences = before.db.execute("SELECT start, end FROM sentences ORDER BY row").fetchall()
    query = (
        "SELECT a.id, p.start, p.end, p.first_sentence, p.sentences, p.terms "
        "FROM passages p JOIN articles a ON a.row = p.article ORDER BY p.row"
    )
    spans: dict[str, list[PassageSpan]] = {}
    joined: dict[str, list[str]] = {}
    for article_id, start, end, first, count, searched in before.db.execute(query):
        inner = tuple(sentences[first : first + count])
        spans.setdefault(article_id, []).append(PassageSpan(start, end, inner))
        joined.setdefault(article_id, []).append(searched)
    return {article_id: (tuple(spans[article_id]), tuple(joined[article_id])) for article_id in spans}


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit vectors in the order of the articles, without what their language has in common; in temporary files."""

    passages: VectorRows
    sentences: VectorRows
    count: int  # passages embedded now, equal texts once


def embed_articles(
    articles: Sequence[PlannedArticle],
    embedder: Embedder,
    centring: Centring,
    cache_file: Path,
    *,
    anew: Collection[str],
    progress: Callable[[int, int], None],
) -> Embedded:
    """Returns the vectors of these articles, all by way of the cache.

    Args:
        articles: cut into passages.
        embedder: embeds what the cache lacks.
        centring: takes out what a language has in common.
        cache_file: made where it is not there.
        anew: names of the sources whose texts are embedded whatever the cache holds.
        progress: called with the characters (embedded so far, in all).

    Raises:
        DamagedCacheError: the cache is out of the way now; another call begins a new one.
    """
    passages, sentences = (VectorRows.temporary(cache_file.parent, embedder.dimension) for _ in range(2))
    with EmbeddingCache.open(cache_file, embedder.fingerprint, embedder.dimension) as cache:
        wanted_anew = set(_texts([a for a in articles if a.origin in anew]))
        embedded = cache.fill(_texts(articles), embedder, anew=wanted_anew, progress=progress)
        for start in range(0, len(articles), _BLOCK):
            block = articles[start : start + _BLOCK]
            own, inner = [t for a in block for t in _passage_texts(a)], [t for a in block for t in _sentence_texts(a)]
            of_own = [a.article.language for a in block for _ in a.passages]
            of_inner = [a.article.language for a in block for span in a.passages for _ in span.sentences]
            passages.append(centring.apply(cache.get(own), of_own, "passage"))
            sentences.append(centring.apply(cache.get(inner), of_inner, "sentence"))
    of_passages = (text for planned in articles for text in _passage_texts(planned))
    return Embedded(passages, sentences, len(set(embedded).intersection(of_passages)))


def identity(embedder: Embedder, centring: Centring) -> dict[str, Any]:
    """Returns what a generation's manifest says of its vectors: a search must use the same."""
    return {"embedder": embedder.fingerprint, "centring": centring.fingerprint, "dimension": embedder.dimension}


def _texts(articles: Sequence[PlannedArticle]) -> Iterator[str]:
    """Yields the texts of all passages and then of all sentences; those of a million passages would fill the memory."""
    yield from (text for planned in articles for text in _passage_texts(planned))
    yield from (text for planned in articles for text in _sentence_texts(planned))


def _passage_texts(planned: PlannedArticle) -> Iterator[str]:
    title, text = planned.article.title, planned.article.text
    return (passage_text(title, text[span.start : span.end]) for span in planned.passages)


def _sentence_texts(planned: PlannedArticle) -> Iterator[str]:
    title, text = planned.article.title, planned.article.text
    return (sentence_text(title, text[a:b]) for span in planned.passages for a, b in span.sentences)
