"""What the next generation shall hold of each article: its passages, their search terms, their vectors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from index.article import Article, PassageSpan, PlannedArticle
from index.embedding.centring import Centring
from index.embedding.embedder import Embedder
from index.store.anywhere.writers import Writer
from index.store.articles import text_digest
from index.store.generation import Generation
from index.store.vectors import VectorRows
from index.text.folding import terms
from index.text.passages import cut_passages, passage_text, sentence_text

Opened: TypeAlias = Callable[[], Embedder]  # the same one at every call
_BLOCK = 256  # articles whose vectors are in memory at once
SENTENCES_AT_ONCE = 512  # sentences that are embedded with their passages; where there are more, they come later


def plan_articles(
    articles: Mapping[str, tuple[Article, str]], opened: Opened, before: Generation | None, gone: Collection[str]
) -> list[PlannedArticle]:
    """Returns these articles by id with their passages; equal texts have theirs under the smallest id only.

    Among them are articles of `before` that must be written again, for they have the passages now or no longer.

    Args:
        articles: that come or change, with the name of their source, by id.
        opened: opens the embedder, which says how much text it reads whole; called where there is any.
        before: the generation whose other articles stay; None: there are no others.
        gone: ids of its articles that do not stay as they are.
    """
    members: dict[str, list[str]] = {}  # digest of a text -> ids
    for article_id, (article, _) in articles.items():
        members.setdefault(text_digest(article.text), []).append(article_id)
    stay: dict[str, str | None] = {}
    if before:
        touched = members.keys() | set(before.digests(gone).values())
        for digest, article_id, holder in before.of_texts(touched):
            if article_id not in gone:
                stay[article_id] = holder
                members.setdefault(digest, []).append(article_id)
    first_of = {article_id: min(same) for same in members.values() for article_id in same}
    anew = sorted(i for i, holder in stay.items() if (holder or i) != first_of[i])
    again = {article.id: (article, origin) for article, origin in before.held(anew)} if before else {}
    return [
        _planned(article, origin, first_of[article_id], opened)
        for article_id, (article, origin) in sorted({**articles, **again}.items())
    ]


def _planned(article: Article, origin: str, first: str, opened: Opened) -> PlannedArticle:
    if first != article.id:
        return PlannedArticle(article, origin, first, (), ())
    return PlannedArticle(article, origin, None, *_cut(article, opened()))


def _cut(article: Article, embedder: Embedder) -> tuple[tuple[PassageSpan, ...], tuple[str, ...]]:
    def fits(text: str) -> bool:
        embedded = passage_text(article.title, text)
        # every token covers a character at least; the prefix and the marks take fewer than 12
        return len(embedded) + 12 <= embedder.max_tokens or embedder.count_tokens(embedded) <= embedder.max_tokens

    spans = tuple(cut_passages(article.text, article.language, fits))
    searched = (f"{article.title}\n{article.text[s.start : s.end]}" for s in spans)
    return spans, tuple(" ".join(terms(text, article.language)) for text in searched)


@dataclass(frozen=True, slots=True)
class Embedded:
    """Unit vectors in the order of the articles, without what their language has in common; in temporary files."""

    passages: VectorRows
    sentences: VectorRows | None  # None: they come later, by `filling.fill`
    count: int  # passages embedded now, equal texts once


def embed_articles(
    articles: Sequence[PlannedArticle],
    opened: Opened,
    dimension: int,
    centring: Centring,
    writer: Writer,
    *,
    anew: Collection[str],
    progress: Callable[[int, int], None],
) -> Embedded:
    """Returns the vectors of these articles, all by way of the cache.

    Args:
        articles: cut into passages.
        opened: opens the embedder, which embeds what the cache lacks; called where there are passages.
        dimension: of its vectors.
        centring: takes out what a language has in common.
        writer: has the cache, and room for temporary files.
        anew: names of the sources whose texts are embedded whatever the cache holds.
        progress: called with the characters (embedded so far, in all).

    Raises:
        DamagedCacheError: the cache is out of the way now; another call begins a new one.
    """
    passages = VectorRows.temporary(writer.work, dimension)
    is_all = sum(len(span.sentences) for planned in articles for span in planned.passages) <= SENTENCES_AT_ONCE
    sentences = VectorRows.temporary(writer.work, dimension) if is_all else None
    if not any(planned.passages for planned in articles):
        return Embedded(passages, sentences, 0)
    embedder = opened()
    with writer.cache(embedder.fingerprint, embedder.dimension) as cache:
        texts = _texts if is_all else _texts_of_passages
        wanted_anew = set(texts([a for a in articles if a.origin in anew]))
        embedded = cache.fill(texts(articles), embedder, anew=wanted_anew, progress=progress)
        for start in range(0, len(articles), _BLOCK):
            block = articles[start : start + _BLOCK]
            of_own = [a.article.language for a in block for _ in a.passages]
            passages.append(centring.apply(cache.get(_texts_of_passages(block)), of_own, "passage"))
            if sentences is not None:
                inner = [text for planned in block for text in _sentence_texts(planned)]
                of_inner = [a.article.language for a in block for span in a.passages for _ in span.sentences]
                sentences.append(centring.apply(cache.get(inner), of_inner, "sentence"))
    return Embedded(passages, sentences, len(set(embedded).intersection(_texts_of_passages(articles))))


def identity(fingerprint: str, centring: Centring, dimension: int) -> dict[str, Any]:
    """Returns what a generation's manifest says of its vectors: a search must use the same."""
    return {"embedder": fingerprint, "centring": centring.fingerprint, "dimension": dimension}


def _texts(articles: Sequence[PlannedArticle]) -> Iterator[str]:
    """Yields the texts of all passages and then of all sentences; those of a million passages would fill the memory."""
    yield from _texts_of_passages(articles)
    yield from (text for planned in articles for text in _sentence_texts(planned))


def _texts_of_passages(articles: Sequence[PlannedArticle]) -> Iterator[str]:
    for planned in articles:
        title, text = planned.article.title, planned.article.text
        yield from (passage_text(title, text[span.start : span.end]) for span in planned.passages)


def _sentence_texts(planned: PlannedArticle) -> Iterator[str]:
    title, text = planned.article.title, planned.article.text
    return (sentence_text(title, text[a:b]) for span in planned.passages for a, b in span.sentences)
