"""What the next generation shall hold of each article: its passages and their search terms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from typing import Any

from index.article import Article, PassageSpan, PlannedArticle
from index.embedding.centring import Centring
from index.embedding.embedder import Embedder
from index.store.articles import text_digest
from index.store.generation import Generation
from index.text.folding import terms
from index.text.passages import cut_passages, passage_text
from index.updating.embedding import Opened


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written."""

    ids: frozenset[str]
    articles: Iterator[PlannedArticle]  # by id, each cut when it is asked for


def plan_articles(
    articles: Mapping[str, tuple[Article, str]], opened: Opened, before: Generation | None, gone: Collection[str]
) -> Plan:
    """Returns these articles with their passages; equal texts have theirs under the smallest id only.

    Among them are articles of `before` that must be written again, for they have the passages now or no longer.

    Args:
        articles: that come or change, with the name of their source, by id; each is asked for twice.
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
    again = before.held(anew) if before else iter(())
    every = merge((articles[i] for i in sorted(articles)), again, key=lambda each: each[0].id)
    planned = (_planned(article, origin, first_of[article.id], opened) for article, origin in every)
    return Plan(frozenset(articles).union(anew), planned)


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


def identity(fingerprint: str, centring: Centring, dimension: int) -> dict[str, Any]:
    """Returns what a generation's manifest says of its vectors: a search must use the same."""
    return {"embedder": fingerprint, "centring": centring.fingerprint, "dimension": dimension}
