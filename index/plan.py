"""What the next generation shall hold of each article: its passages and their search terms."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from index.articles import Article
from index.embedder import Embedder
from index.generation import Generation
from index.lexical import terms
from index.passages import PassageSpan, cut_passages, passage_text


@dataclass(frozen=True, slots=True)
class PlannedArticle:
    """An article and what the index holds of it."""

    article: Article
    origin: str  # name of the source it came from
    same_as: str | None  # id of the article that has the passages, where the texts are equal
    passages: tuple[PassageSpan, ...]
    terms: tuple[str, ...]  # by passage: its search terms joined by spaces


def plan_articles(
    found: Mapping[str, tuple[Article, str]], embedder: Embedder, before: Generation | None, unchanged: Iterable[str]
) -> list[PlannedArticle]:
    """Returns the articles by id with their passages; equal texts have theirs under the smallest id only.

    Args:
        found: all articles of the next generation with the name of their source, by id.
        embedder: says how much text it reads whole.
        before: the generation whose passages may be taken over; None: all are cut anew.
        unchanged: ids of the articles that `before` holds as they are.
    """
    known = _plans_of(before) if before else {}
    reusable = {article_id: known[article_id] for article_id in unchanged if article_id in known}
    first_of: dict[bytes, str] = {}
    planned = []
    for article_id in sorted(found):
        article, origin = found[article_id]
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
