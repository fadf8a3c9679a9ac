"""What is told of the articles: our own words around their titles, and their own sentences, each cited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from index.article import Passage
from index.store.anywhere.overview import opening_rows
from index.store.generation import Generation
from index.text import function_words
from index.text.folding import fold, terms, words
from retrieval.answering.answer import Draft, VerifiedText
from retrieval.answering.extract import extract
from retrieval.answering.readings import PassageReader
from retrieval.answering.words import say, written_date, written_span
from retrieval.catalogue.choosing import MOST, Chosen, such_articles, the_article, what_happened
from retrieval.catalogue.recognising import AboutArticles, Wanted
from retrieval.catalogue.summaries import sentences_of, summarise
from retrieval.search.retriever import Retriever

COUNTED = 5  # titles under a number of all articles
SUMMARISED = 5  # articles of which each is told in short
_EACH = 2  # sentences of each of several
_ON_SOMETHING = 2  # sentences of an article on something


class Told:
    """What is told: lines of our own words and of quotes, each verified as it is put down."""

    def __init__(self, generation: Generation) -> None:
        self.written = VerifiedText(generation.article)
        self.passages: list[Passage] = []  # that were quoted, or whose titles were
        self._lines: list[str] = []

    def say(self, ours: str) -> None:
        """Puts down a line of our own."""
        self._lines.append(ours)

    def quote(self, drafts: Sequence[Draft], before: str = "") -> None:
        """Puts down a line of cited sentences."""
        pieces = [piece for piece in map(self.written.add, drafts) if piece]
        if pieces:
            self._lines.append(before + " ".join(pieces))
            self.passages += [draft.passage for draft in drafts if draft.passage not in self.passages]

    def title(self, passage: Passage, language: str) -> None:
        """Puts down a line of a title and its day."""
        day = f" ({written_date(passage.published, language)})" if passage.published else ""
        self.quote([titled(passage, f"{passage.title}{day}")], "- ")

    @property
    def text(self) -> str:
        """All of it; "" where nothing is cited."""
        return "\n".join(self._lines) if self.written.citations else ""


def titled(passage: Passage, text: str) -> Draft:
    """Returns a draft that rests on the title of an article."""
    return Draft(text, passage, 0, len(passage.title), passage.title, in_title=True)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A question about the articles, and where its answer is looked up."""

    about: AboutArticles
    generation: Generation
    engine: Retriever
    language: str  # that is answered in
    reader: PassageReader | None = None

    def told(self) -> Told:
        """Returns what is asked for; its text is empty where there is no such article."""
        told = Told(self.generation)
        wanted = self.about.wanted
        if wanted is Wanted.HAPPENED:
            for draft in what_happened(self.about, self.generation, self.engine, self.language):
                told.quote([draft])
        elif wanted in (Wanted.COUNT, Wanted.LIST, Wanted.EXTREME) or self.about.several:
            self._tell_of_several(told)
        elif passage := the_article(self.about, self.generation, self.engine, self.language):
            self._tell_of_one(passage, told)
        return told

    @property
    def none(self) -> str:
        """What is said where nothing is told."""
        if self.about.wanted is Wanted.SAYS and self._chosen.passages:
            return say("not_found", self.language)
        return say("articles_none", self.language, which=self._which)

    @property
    def _chosen(self) -> Chosen:
        return such_articles(self.about, self.generation, self.engine, self.language)

    def _tell_of_several(self, told: Told) -> None:
        about, chosen = self.about, self._chosen
        if about.wanted is Wanted.SAYS:
            for passage in chosen.passages[:SUMMARISED]:
                if drafts := self._on_something(passage):
                    told.title(passage, self.language)
                    told.quote(drafts)
        elif chosen.passages and about.wanted is Wanted.EXTREME:
            told.say(say("articles_oldest" if about.oldest else "articles_newest", self.language, which=self._which))
            told.title(chosen.passages[0], self.language)
        elif chosen.passages:
            self._list(chosen, told)

    def _list(self, chosen: Chosen, told: Told) -> None:
        """Tells how many articles there are, and the titles of the first; to be summed up, each in short."""
        shown = MOST
        if self.about.wanted is Wanted.SUMMARY:
            shown = SUMMARISED
        elif self.about.wanted is Wanted.COUNT and not self._which:
            shown = COUNTED
        told.say(self._heading(chosen.count))
        for passage in chosen.passages[:shown]:
            told.title(passage, self.language)
            if self.about.wanted is Wanted.SUMMARY:
                told.quote(summarise(self.generation, self._row(passage), _EACH))
        if (left := chosen.count - shown) > 0:
            told.say(say("articles_more", self.language, count=left))

    def _tell_of_one(self, passage: Passage, told: Told) -> None:
        match self.about.wanted:
            case Wanted.SUMMARY:
                told.quote(summarise(self.generation, self._row(passage)))
            case Wanted.SAYS:
                told.quote(self._on_something(passage))
            case _:
                told.quote([titled(passage, self._fact(passage))])

    def _fact(self, passage: Passage) -> str:
        """Returns when an article was published, by whom or where, before its title."""
        if self.about.wanted is Wanted.PUBLISHED:
            value = written_date(passage.published, self.language) if passage.published else ""
        elif self.about.wanted is Wanted.AUTHOR:
            article = self.generation.article(passage.article_id)
            value = article.author if article else ""
        else:
            value = passage.source or urlsplit(passage.url).hostname or ""
        key = f"article_{self.about.wanted}" if value else f"article_no_{self.about.wanted}"
        return say(key, self.language, value=value, title=passage.title)

    def _on_something(self, passage: Passage) -> list[Draft]:
        """Returns the sentences of an article that hold the words of what it is asked about, else those that answer."""
        aspect, language, row = self.about.aspect, self.language, self._row(passage)
        asked = [word for word in words(fold(aspect), language) if word not in function_words.ALL]
        wanted = {term for word in asked for term in terms(word, passage.language)}
        every = sentences_of(self.generation, row)
        holding = [each for each in every if wanted and wanted <= set(terms(each.text, passage.language))]
        vector = self.engine.query(aspect, language).vector
        best = sorted(holding, key=lambda each: -float(each.vector @ vector))[:_ON_SOMETHING]
        if best:
            return [each.draft() for each in sorted(best, key=lambda each: each.start)]
        rows = np.flatnonzero(self.generation.article_rows == self.generation.article_rows[row]).tolist()
        return list(extract(self.engine.within(aspect, rows, language), self.generation, reader=self.reader).drafts)

    def _row(self, passage: Passage) -> int:
        return opening_rows(self.generation, [passage.article_id])[passage.article_id]

    def _heading(self, count: int) -> str:
        which, dates = self._which, self.generation.dates()
        if not which and dates and count > 1:
            first, last = (written_date(day, self.language) for day in dates)
            which = say("dates", self.language, first=first, last=last)
        return say("articles_one" if count == 1 else "articles_many", self.language, count=count, which=which)

    @property
    def _which(self) -> str:
        """Which articles are meant: " sur le pont (Le Courrier, 1er mars 2024 – )"; "" for all."""
        about = self.about
        topic = say("articles_on", self.language, topic=about.topic) if about.topic else ""
        days = written_span(about.window.first, about.window.last, self.language) if about.window else ""
        days = f"… {days}" if days.startswith("–") else days  # an end that is open
        beside = ", ".join(part for part in (about.name, days) if part)
        return f"{topic} ({beside})" if beside else topic
