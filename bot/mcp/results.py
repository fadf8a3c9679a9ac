"""What the tools give back: values with their schema, and the same as text that is read without them."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from index.article import ABOUT, Passage
from index.text.visible import one_line, visible
from retrieval.answering.answer import unwrapped
from retrieval.answering.words import quoted


class _Result(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class Cited(_Result):
    """A quote and the article that holds it, from `start` to `end`, character for character."""

    number: int = Field(description="from 1; the text points to it as [1]")
    title: str
    source: str = Field(description='the outlet; "" where not known')
    published: date | None = Field(description="day of publication; null where not known")
    url: str = Field(description='address of the article; "" where it has none')
    quote: str = Field(description="verbatim; never to be changed")
    language: str = Field(description="of the article, ISO 639-1")
    author: str = Field(description='"" where not known')
    article_id: str
    start: int = Field(description="characters of the article's text, or of its title where in_title")
    end: int
    in_title: bool = False

    @classmethod
    def passage(cls, number: int, found: Passage) -> Self:
        """Returns a passage as the quote that it is."""
        about = {name: getattr(found, name) for name in ABOUT}
        return cls(
            number=number, quote=found.text, article_id=found.article_id, start=found.start, end=found.end, **about
        )


class ListedArticle(_Result):
    """An article without its text."""

    id: str
    title: str
    source: str = Field(description='the outlet; "" where not known')
    published: date | None
    url: str
    language: str
    author: str


class AskResult(_Result):
    """An answer, each sentence of which points to a quote; where the articles do not hold it, `found` is false."""

    question: str
    found: bool = Field(description="whether the articles hold the answer; if not, say so")
    text: str = Field(description="the answer; [1] after a sentence points to the citation of that number")
    short: str = Field(description='the words that answer, where they are sure; else ""')
    note: str = Field(description="said about the answer, such as the days that were meant; not of the articles")
    probability: float = Field(description="0 to 1, that the articles hold the answer")
    citations: tuple[Cited, ...]
    nearest: tuple[Cited, ...] = Field(description="not found: what comes closest, which may answer something else")


class NewsResult(_Result):
    """What is new, as answers whose sentences point to quotes; none: nothing is."""

    answers: tuple[AskResult, ...]


class SearchResult(_Result):
    """Passages, best first; whether they answer is not judged."""

    passages: tuple[Cited, ...]

    def __str__(self) -> str:
        """What is read without the values."""
        lines = [f"{len(self.passages)} passages, best first" if self.passages else "No passage."]
        for each in self.passages:
            told = quoted(unwrapped(each.quote), each.language)
            lines += ["", f"[{each.number}] {_line(each.title, each.source, each.published, each.url)}", told]
        return visible("\n".join(lines))


class ArticlesResult(_Result):
    """What articles there are, newest first, undated ones last."""

    total: int = Field(description="articles that fit; a part of them is listed")
    articles: tuple[ListedArticle, ...]

    def __str__(self) -> str:
        """What is read without the values."""
        lines = [f"{self.total} articles, newest first"]
        lines += [f"- {_line(each.title, each.source, each.published, each.url)}" for each in self.articles]
        return visible("\n".join(lines))


def _line(title: str, source: str, published: date | None, url: str) -> str:
    where = ", ".join(part for part in (source, published.isoformat() if published else "") if part)
    return one_line(" — ".join(part for part in (title, where, url) if part))
