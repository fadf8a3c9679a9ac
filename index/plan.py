"""What the next generation shall hold: articles read now or kept as they were, and their passages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from index import ArticlebotError
from index.articles import Article, SourceError, SourceReading, read_source
from index.embedder import Embedder
from index.generation import Generation
from index.lexical import terms
from index.passages import PassageSpan, cut_passages, passage_text

Progress: TypeAlias = Callable[[str, int, int], None]  # what is being done, done so far, in all


class SourcesError(ArticlebotError, ValueError):
    """The sources given cannot be what was meant; nothing was changed."""


@dataclass(slots=True)
class Gathered:
    """All articles that the index shall hold."""

    sources: Mapping[str, Path]  # name -> folder or file
    found: dict[str, tuple[Article, str]] = field(default_factory=dict)  # id -> (article, source name)
    failed: dict[str, tuple[str, str]] = field(default_factory=dict)  # id -> (source name, reason)


@dataclass(frozen=True, slots=True)
class PlannedArticle:
    """An article and what the index holds of it."""

    article: Article
    origin: str  # name of the source it came from
    same_as: str | None  # id of the article that has the passages, where the texts are equal
    passages: tuple[PassageSpan, ...]
    terms: tuple[str, ...]  # by passage: its search terms joined by spaces


def name_sources(paths: Iterable[Path], remembered: Mapping[str, Path]) -> tuple[dict[str, Path], set[str]]:
    """Returns all sources under unique names, and the names of those to read: all, where no path is given."""
    sources = dict(remembered)
    given = set()
    for path in paths:
        name = next((known for known, where in sources.items() if where == path), None) or _unique_name(path, sources)
        sources[name] = path
        given.add(name)
    return sources, given or set(sources)


def _unique_name(path: Path, taken: Collection[str]) -> str:
    base = (path.parent.name if path.is_file() else path.name) or "articles"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


class Gatherer:
    """Reads sources, or keeps what the generation before holds of them."""

    def __init__(self, before: Generation | None, sources: Mapping[str, Path]) -> None:
        self.gathered = Gathered(sources)
        self._before = before

    def keep(self, origin: str) -> None:
        """Takes a source over as it was."""
        if self._before:
            self.gathered.found.update((a.id, (a, origin)) for a in self._before.articles(origin))
            self.gathered.failed.update((i, (origin, reason)) for i, reason in self._before.failed(origin).items())

    def read(self, origin: str, max_bytes: int, may_shrink: bool) -> None:
        """Reads a source; an article that fails now stays as it was.

        Raises:
            ArticlebotError: it cannot be read or lacks more than half of its articles, unless it `may_shrink`.
        """
        where = self.gathered.sources[origin]
        had = {a.id: a for a in self._before.articles(origin)} if self._before else {}
        try:
            reading = read_source(where, origin, max_bytes=max_bytes)
        except SourceError:
            if not may_shrink:
                raise
            reading = SourceReading()
        now = {article.id: article for article in reading.articles}
        failed = {failure.id: failure.reason for failure in reading.failed}
        now.update((i, article) for i, article in had.items() if i not in now and _is_among(i, failed))
        if not may_shrink:
            _check_loss(where, had, now)
        self.gathered.found.update((i, (article, origin)) for i, article in now.items())
        self.gathered.failed.update((i, (origin, reason)) for i, reason in failed.items())


def _is_among(article_id: str, failed: Mapping[str, str]) -> bool:
    """Whether an article failed, or is in a folder (its id ends in "/") that could not be listed."""
    return article_id in failed or any(i.endswith("/") and article_id.startswith(i) for i in failed)


def _check_loss(where: Path, had: Mapping[str, Article], now: Mapping[str, Article]) -> None:
    """Raises where more than half of the articles are gone; one whose text is still there was only renamed."""
    texts = {article.text for article in now.values()}
    lost = sum(i not in now and article.text not in texts for i, article in had.items())
    if lost * 2 > len(had):
        raise SourcesError(
            f"{where}: lacks {lost} of its {len(had)} articles; nothing was changed; "
            "if they are meant to go, run it again with --prune"
        )


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
