"""The articles as a chat names them: listed newest first, each with a short code that does not change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from bot.telegram.state.library import Library

CODE_LENGTH = 8  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """What is shown of an article in a list."""

    code: str
    title: str
    source: str
    url: str
    published: date | None


@dataclass(frozen=True, slots=True)
class ArticleList:
    """Some of the articles, newest first, and what there is in all."""

    count: int
    first: date | None  # of all
    last: date | None
    articles: list[ListedArticle]


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article and where it came from."""

    id: str
    title: str
    origin: str  # the name of its source
    alone: bool  # whether the source holds nothing else


def article_code(article_id: str) -> str:
    """Returns the code of an article: the same in every generation."""
    return hashlib.sha256(article_id.encode()).hexdigest()[:CODE_LENGTH]


def list_articles(library: Library, first: int, count: int) -> ArticleList:
    """Returns `count` articles from the first-th on (from 0), newest first, those without a date last."""
    generation = library.newest().generation
    rows = generation.newest(first + count)[first:]
    first_day, last_day = generation.dates() or (None, None)
    listed = [
        ListedArticle(article_code(p.article_id), p.title, p.source, p.url, p.published)
        for p in generation.passages(rows)
    ]
    return ArticleList(generation.counts["articles"], first_day, last_day, listed)


def find_article(library: Library, code: str) -> FoundArticle | None:
    """Returns the article of a code, None where there is none."""
    rows = library.newest().generation.db.execute("SELECT id, title, origin FROM articles").fetchall()
    for article_id, title, origin in rows:
        if article_code(article_id) == code.strip().lower():
            return FoundArticle(article_id, title, origin, [row[2] for row in rows].count(origin) == 1)
    return None
