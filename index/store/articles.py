"""The articles of a generation, wherever they are: their texts, what is known of each, where they came from."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from index.article import Article, KnownFile, Passage
from index.sources.names import Where, stored_text, stored_where

SOURCES = "sources.json"  # what a generation remembers beside its articles
# What is left of the segments: rows of a table, numbered over all segments; the articles in the order of their ids.
LISTS = {"articles": "articles.i32", "files": "files.i32"}


class Articles(ABC):
    """Reads the articles of a generation; from several threads.

    Articles are numbered in the order of their ids: nothing of the history is in their numbers.
    """

    @abstractmethod
    def select(self, columns: str, column: str = "", values: Collection[str] = ()) -> Iterator[tuple[Any, ...]]:
        """Yields number and these columns of each article whose `column` has one of these values; of all, where "".

        Columns are id, origin, title, published (ISO or None), language, source, url, author, digest (of the text),
        same_as (id of the article that has the passages, or None); several with commas between. In no order.
        """

    @abstractmethod
    def about(self, columns: str, numbers: Sequence[int]) -> dict[int, tuple[Any, ...]]:
        """Returns these columns of articles by number."""

    @abstractmethod
    def counted(self, *columns: str) -> Counter[tuple[str, ...]]:
        """Returns how many articles have each value of these columns."""

    @abstractmethod
    def dates(self) -> tuple[date, date] | None:
        """Returns the earliest and latest `published`; None where no article has a date."""

    @abstractmethod
    def sources(self) -> dict[str, Where]:
        """Returns the remembered sources: name -> folder, file or address."""

    @abstractmethod
    def files(self, origin: str) -> dict[str, KnownFile]:
        """Returns the files of a source that were read whole, by id."""

    @abstractmethod
    def failed_by_source(self) -> dict[str, tuple[str, str]]:
        """Returns article id -> (source name, reason)."""

    @abstractmethod
    def ids(self, origin: str | None = None) -> list[str]:
        """Returns the ids of all articles, or of those of one source, in order."""

    @abstractmethod
    def held(self, article_ids: Iterable[str]) -> Iterator[tuple[Article, str]]:
        """Yields those of these articles that are there, with the name of their source, in the order of the ids."""

    @cached_property
    def languages(self) -> dict[str, int]:
        """Number of articles by language, most first."""
        counted = self.counted("language")
        return {language: n for (language,), n in sorted(counted.items(), key=lambda each: (-each[1], each[0]))}

    def failed(self, origin: str | None = None) -> dict[str, str]:
        """Returns article id -> reason, of all sources or of one."""
        failed = sorted(self.failed_by_source().items())
        return {i: reason for i, (source, reason) in failed if origin in (None, source)}

    def articles(self, origin: str | None = None) -> Iterator[Article]:
        """Yields the articles by id, of all sources or of one."""
        yield from (article for article, _ in self.held(self.ids(origin)))

    def article(self, article_id: str) -> Article | None:
        """Returns one article, None where the index has none of this id."""
        return next((article for article, _ in self.held([article_id])), None)

    def digests(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Returns what tells texts apart, by id, of those of these articles that are there."""
        return {article_id: digest for _, article_id, digest in self.select("id, digest", "id", list(article_ids))}

    def of_texts(self, digests: Iterable[str]) -> list[tuple[str, str, str | None]]:
        """Returns digest, id, and the id of the article that has the passages, of the articles of these texts."""
        found = self.select("digest, id, same_as", "digest", list(digests))
        return [(digest, article_id, same_as) for _, digest, article_id, same_as in found]

    def same(self, text: str, url: str, besides: str = "") -> tuple[str, str] | None:
        """Returns id and title of an article of this text or address, besides the one of an id; None: there is none."""
        found = [*self.select("id, title", "digest", [text_digest(text)])]
        found += self.select("id, title", "url", [url]) if url else ()
        return next(((str(i), str(title)) for _, i, title in sorted(found) if i != besides), None)

    def origin(self, article_id: str) -> tuple[str, int]:
        """Returns the name of the source of an article, and how many articles that has; ("", 0) for an unknown one."""
        for _, origin in self.held([article_id]):
            return origin, self.counted("origin")[origin,]
        return "", 0

    def ids_of(self, origin: str) -> list[str]:
        """Returns the ids of the articles of a source, by its name."""
        return [str(i) for _, i in self.select("id", "origin", [origin])]

    def holders(self, article_ids: Iterable[str]) -> dict[str, int]:
        """Returns the number of the article that has the passages of each of these: itself, or one of the same text."""
        found = list(self.select("id, same_as", "id", list(article_ids)))
        others = self.holders([same_as for _, _, same_as in found if same_as]) if any(s for *_, s in found) else {}
        return {article_id: others[same_as] if same_as else row for row, article_id, same_as in found}


def text_digest(text: str) -> str:
    """Returns what equal texts have in common, and no others."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def remembered(sources: Mapping[str, Where], failed: Mapping[str, tuple[str, str]], index: Path) -> bytes:
    """Returns the file of what a generation remembers: its sources, and article id -> (source name, reason)."""
    paths = {name: stored_text(where, index) for name, where in sorted(sources.items())}
    return json.dumps({"sources": paths, "failed": dict(sorted(failed.items()))}, indent=1).encode()


def stored_sources(remembered: Mapping[str, Any], index: Path) -> dict[str, Where]:
    """Returns the sources of what a generation remembers, of an index that has perhaps moved since."""
    names: dict[Where, str] = {}  # in a moved index, the folder of what was added may have got a second name
    for name, path in sorted(remembered["sources"].items()):
        names.setdefault(stored_where(path, index), name)
    return {name: where for where, name in names.items()}


def article_of_record(record: Sequence[Any]) -> Article:
    """Returns the article of a record of id, title, text, published (ISO), language, source, url, author."""
    article_id, title, text, published, language, source, url, author = record
    when = date.fromisoformat(published) if published else None
    return Article(article_id, title, text, when, language, source, url, author)


def passage_of_record(record: Sequence[Any], also_in: Mapping[str, tuple[str, ...]]) -> Passage:
    """Returns the passage of a record of id, title, source, url, published, language, author, start, end, text."""
    article_id, title, source, url, published, language, author, start, end, text = record
    return Passage(
        id=f"{article_id}#{start}", article_id=article_id, title=title, source=source, url=url,
        published=date.fromisoformat(published) if published else None, language=language,
        start=start, end=end, text=text, also_in=also_in.get(article_id, ()), author=author,
    )  # fmt: skip
