"""Which articles a question about them means: those on something, of someone, of a time; the one that was spoken of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.article import Passage
from index.store.anywhere.overview import Overview, articles_of, opening_rows
from index.store.generation import Generation
from retrieval.answering.answer import MARKER, Draft, unwrapped
from retrieval.catalogue.days import told_of
from retrieval.catalogue.names import authors_named, outlets_named
from retrieval.catalogue.recognising import AboutArticles, Wanted, recognise, recognise_again
from retrieval.catalogue.topics import article_on, article_titled, articles_on
from retrieval.search.retriever import Retriever
from retrieval.understanding.conversation import Conversation, Turn

MOST = 10  # articles that are told of at once
_SPOKEN = 400  # characters of an answer that tell which article it was about
_TURNS = 4  # that a question may go on from
_NEAR = 5  # passages among which that is looked for


@dataclass(frozen=True, slots=True)
class Chosen:
    """The articles that are meant."""

    count: int
    passages: Sequence[Passage]  # one of each, newest first, MOST at most of those that are on nothing in particular


def asked_about(
    message: str,
    language: str,
    today: date,
    conversation: Conversation | None,
    generation: Generation,
    engine: Retriever,
) -> AboutArticles | None:
    """Returns what a message asks about the articles; None where it asks for what they tell.

    Args:
        message: what was typed.
        language: of it.
        today: what "hier" is counted from.
        conversation: the turns before.
        generation: whose articles are asked about.
        engine: that finds them.
    """
    turns = conversation.turns if conversation else []
    about = _said(message, turns, language, today)
    if about is None or (about.name and not _is_known(about, generation)):
        return None
    if about.refers:
        article_id = _spoken_of(turns[-1], language, today, generation, engine) if turns else _only(generation)
        return replace(about, article_id=article_id) if article_id else None
    if about.wanted is Wanted.HAPPENED:  # where nothing did, an article on it would be told of another time
        is_known = not about.topic or articles_on(about.topic, engine, generation, language)
        return about if about.window and is_known else None
    if about.may_be_else:
        find = article_titled if about.is_title else article_on
        return about if find(about.topic, engine, generation, language) else None
    return about


def _said(message: str, turns: Sequence[Turn], language: str, today: date) -> AboutArticles | None:
    """Returns what a message asks, as it stands or after what was asked of the articles just before."""
    if (about := recognise(message, language, today)) or not turns:
        return about
    before = None
    for turn in turns[-_TURNS:]:
        before = recognise(turn.question, language, today) or (before and recognise_again(turn.question, before))
    return before and recognise_again(message, before)


def such_articles(about: AboutArticles, generation: Generation, engine: Retriever, language: str) -> Chosen:
    """Returns the articles that are meant, whichever of them there are."""
    days = (about.window.first, about.window.last) if about.window else None
    if about.wanted is Wanted.EXTREME and not days:
        days = (date.min, date.max)  # those that have a date
    listed = _of_name(about, generation, days)
    if not about.topic:
        end = slice(-1, None) if about.oldest else slice(MOST)
        return Chosen(len(listed), listed.openings(end) if len(listed) else [])
    found = [each.passage for each in articles_on(about.topic, engine, generation, language)]
    if about.name or days:
        inside = {each.id for each in listed}
        found = [each for each in found if each.article_id in inside]
    found.sort(key=lambda each: (each.published or date.min, each.article_id), reverse=not about.oldest)
    return Chosen(len(found), found)


def what_happened(about: AboutArticles, generation: Generation, engine: Retriever, language: str) -> list[Draft]:
    """Returns what the articles on something tell of a time."""
    found = articles_on(about.topic, engine, generation, language) if about.topic else None
    among = None if found is None else {each.passage.article_id for each in found}
    return told_of(generation, about.window, language, among) if about.window else []


def the_article(about: AboutArticles, generation: Generation, engine: Retriever, language: str) -> Passage | None:
    """Returns a passage of the one article that is meant."""
    if about.article_id:
        rows = opening_rows(generation, [about.article_id])
        return next(iter(generation.passages(list(rows.values()))), None)
    if about.oldest or about.newest:
        of_all = such_articles(replace(about, wanted=Wanted.EXTREME), generation, engine, language)
        return next(iter(of_all.passages), None)
    if not about.topic:
        return next(iter(_of_name(about, generation, None).openings(slice(1))), None)
    topic = about.topic.strip('«»“”" \u00a0\u202f')
    titled = article_titled(topic, engine, generation, language) if about.is_title else None
    found = titled or article_on(topic, engine, generation, language)
    if found and about.name:
        inside = {each.id for each in _of_name(about, generation, None)}
        on_it = [each for each in articles_on(topic, engine, generation, language) if each.passage.article_id in inside]
        found = next(iter(on_it), None)
    return found.passage if found else None


def _of_name(about: AboutArticles, generation: Generation, days: tuple[date, date] | None) -> Overview:
    if not about.name:
        return articles_of(generation, days=days)
    if authors := authors_named(about.name, generation):
        return articles_of(generation, authors=authors, days=days)
    return articles_of(generation, outlets=outlets_named(about.name, generation), days=days)


def _is_known(about: AboutArticles, generation: Generation) -> bool:
    known = authors_named(about.name, generation)
    return bool(known) or (not about.is_author and bool(outlets_named(about.name, generation)))


def _only(generation: Generation) -> str:
    """Returns the id of the one article that there is; "" where there are more."""
    every = Overview(generation)
    return every[0].id if len(every) == 1 else ""


def _spoken_of(turn: Turn, language: str, today: date, generation: Generation, engine: Retriever) -> str:
    """Returns the id of the article that the last answer was about; "" where that is not told."""
    said = unwrapped(MARKER.sub("", turn.answer))
    for hit in engine.search(said[:_SPOKEN], _NEAR, language=language).hits:
        text = unwrapped(" ".join(hit.passage.text.split()))
        if hit.passage.title in said or " ".join(said.split())[: _SPOKEN // 8] in text:
            return hit.passage.article_id
    before = recognise(turn.question, language, today)
    passage = the_article(before, generation, engine, language) if before and before.topic else None
    return passage.article_id if passage else ""
