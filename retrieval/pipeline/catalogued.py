"""Answers about the articles themselves: the newest, what they tell of a day, and what `retrieval.catalogue` knows."""

from __future__ import annotations

from dataclasses import dataclass

from index.store.anywhere.overview import Overview
from retrieval.answering import notes
from retrieval.answering.answer import Answer
from retrieval.answering.words import say
from retrieval.catalogue.answering import Catalogue, Told
from retrieval.catalogue.days import told_of
from retrieval.catalogue.recognising import AboutArticles
from retrieval.pipeline.answerers import Whole, answer_of
from retrieval.pipeline.steps import Understood
from retrieval.understanding.times import Window

NEWEST = 5  # articles told of when someone asks what is new


@dataclass(frozen=True)
class Newest(Whole):
    """Answers what is new."""

    understood: Understood

    def answer(self) -> Answer:
        """Returns the titles of the newest articles, a line each."""
        generation, language = self.understood.view.generation, self.understood.language
        told = Told(generation)
        told.say(say("newest", language))
        for passage in Overview(generation).openings(slice(NEWEST)):
            told.title(passage, language)
        return _of_told(self.understood, told, say("not_found", language))


@dataclass(frozen=True)
class Happened(Whole):
    """Answers what happened in a time."""

    understood: Understood
    window: Window

    def answer(self) -> Answer:
        """Returns sentences that name it and the first ones of articles published then, a line each."""
        generation, language = self.understood.view.generation, self.understood.language
        told = Told(generation)
        for draft in told_of(generation, self.window, language):
            told.quote([draft])
        then = notes.time(self.window, language, published=())
        return _of_told(self.understood, told, say("not_found", language), then)


@dataclass(frozen=True)
class Catalogued(Whole):
    """Answers a question about the articles."""

    understood: Understood
    about: AboutArticles

    def answer(self) -> Answer:
        """Returns what is stored of them, each cited by its title, or their own sentences."""
        view, language = self.understood.view, self.understood.language
        catalogue = Catalogue(self.about, view.generation, view.engine, language, view.reader)
        told = catalogue.told()
        return _of_told(self.understood, told, "" if told.text else catalogue.none)


def _of_told(understood: Understood, told: Told, nothing: str, note: str = "") -> Answer:
    """Returns the answer that was told; where nothing was, that there is nothing, and what was looked through."""
    generation, language = understood.view.generation, understood.language
    if not told.text:
        return answer_of(understood, nothing, note=notes.join(note, notes.searched((), generation, language)))
    return answer_of(
        understood, told.text, citations=told.written.citations, passages=tuple(told.passages), found=True,
        probability=1.0, note=note, dropped=told.written.dropped,
    )  # fmt: skip
