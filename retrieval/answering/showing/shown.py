"""What a person is shown of an answer, on a terminal, in Telegram, in a notebook: no sentence twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from index.text.tables import tells, written_out
from retrieval.answering.answer import MARKER, Answer, Citation, unwrapped
from retrieval.answering.words import in_language, quoted, say, written_date

_HARDLY_LONGER = 0.8  # share of a sentence from which on its short form is no help
_SENTENCE = re.compile(r"(.*?)(\s?)\[(\d+)\]", re.DOTALL)
_NUMBERING = re.compile(r"(?:[-•*]|\d{1,2}[.)])\s+")  # of ours, before a sentence


class Look(StrEnum):
    """How characters look."""

    PLAIN = "plain"
    ANSWERS = "answers"  # the words that answer
    OURS = "ours"  # said about a sentence: "(en allemand)"
    MARKER = "marker"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters of the text that look alike."""

    text: str
    look: Look = Look.PLAIN
    citation: Citation | None = None  # of a sentence and of its marker


@dataclass(frozen=True, slots=True)
class CitedArticle:
    """An article that sentences of an answer are from, with all of their numbers."""

    citations: tuple[Citation, ...]
    untold: tuple[Citation, ...]  # whose quote the text does not hold
    title: str  # what stands for it where the text holds the title; "" where the text lists it
    also_in: tuple[str, ...]

    @property
    def first(self) -> Citation:
        """The first of its citations, which say the same of it."""
        return self.citations[0]

    @property
    def numbers(self) -> str:
        """As they are shown: "[1] [3]"."""
        return " ".join(f"[{citation.number}]" for citation in self.citations)

    def line(self, language: str) -> str:
        """Returns "title — outlet, date (= also in …)", without what is not known."""
        day = written_date(self.first.published, language) if self.first.published else ""
        where = ", ".join(part for part in (self.first.source, day) if part)
        also = f" (= {', '.join(self.also_in)})" if self.also_in else ""
        return " — ".join(part for part in (self.title, where) if part) + also

    def before_quote(self, citation: Citation, language: str) -> str:
        """Returns what introduces one of its quotes: its number among several, its language."""
        number = f"[{citation.number}]" if len(self.citations) > 1 else ""
        told = " ".join(part for part in (number, in_language(citation.language, language)) if part)
        return f"{told} " if told else ""


def short_line(answer: Answer) -> str:
    """Returns the short answer, to be shown before the text; "" where the first sentence is hardly longer."""
    short, first = unwrapped(answer.short), next((words for _, words, _ in _sentences(answer)), answer.text)
    return short if len(short) < _HARDLY_LONGER * len(first) else ""


def stretches(answer: Answer) -> Iterator[Stretch]:
    """Yields the text as it is shown: what is in another language is introduced, what answers is told from the rest."""
    at, language = 0, answer.language
    for start, words, citation in _sentences(answer):
        yield from _filled(answer.text[at:start])
        at = start + len(words)
        is_told = _tells(words, citation)
        spoken = citation.language if is_told else answer.language
        if spoken != language:  # once for sentences that follow each other
            yield from _introduced(spoken, answer.language)
        language = spoken
        yield from _told(words, citation, citation.highlights if is_told else ())
        marker = f"[{citation.number}]"
        opens = answer.text.index(marker, at)
        yield from _filled(answer.text[at:opens])
        yield Stretch(marker, Look.MARKER, citation)
        at = opens + len(marker)
    yield from _filled(answer.text[at:])
    if not answer.citations and answer.nearest:
        yield from _closest(answer)


def shown_text(answer: Answer) -> str:
    """Returns the characters of the text as it is shown."""
    return "".join(stretch.text for stretch in stretches(answer))


def cited_articles(answer: Answer, *, alone: bool = False) -> list[CitedArticle]:
    """Returns the articles that are cited, or that come closest, in order of appearance.

    Args:
        answer: what cites them.
        alone: whether they are shown without the text, which then tells no quote.
    """
    sentences = [] if alone else list(_sentences(answer))
    listed = {citation.number for _, words, citation in sentences if _lists(words, citation)}
    told = listed | {citation.number for _, words, citation in sentences if _tells(words, citation)}
    if answer.nearest and not alone:
        told |= {citation.number for citation in answer.nearest}
    by_article: dict[str, list[Citation]] = {}
    for citation in answer.citations or answer.nearest:
        by_article.setdefault(citation.article_id, []).append(citation)
    cited = [_cited(citations, told, listed, answer.language) for citations in by_article.values()]
    return [article for article in cited if article.title or article.untold or article.first.url]


def quote_in_line(citation: Citation) -> tuple[str, list[tuple[int, int]]]:
    """Returns a quote in one line, and where the words that answer are then."""
    begins = len(citation.quote) - len(citation.quote.lstrip())
    spans = [[len(unwrapped(f".{citation.quote[begins:at]}.")) - 2 for at in span] for span in citation.highlights]
    return unwrapped(citation.quote), [(start, end) for start, end in spans]


def quote_lines(article: CitedArticle, language: str) -> list[str]:
    """Returns the quotes of an article that the text does not hold, each introduced and in quotation marks."""
    return [
        article.before_quote(citation, language) + quoted(unwrapped(citation.quote), language)
        for citation in article.untold
    ]


def _cited(citations: list[Citation], told: set[int], listed: set[int], language: str) -> CitedArticle:
    untold = tuple(citation for citation in citations if citation.number not in told)
    is_told = any(citation.in_title and citation.number in told for citation in citations)
    title = say("headline", language) if is_told else citations[0].title
    if all(citation.number in listed for citation in citations):  # its line names it and its day
        title = ""
    also_in = sorted({other for citation in citations for other in citation.also_in})
    return CitedArticle(tuple(citations), untold, title, tuple(also_in))


def _sentences(answer: Answer) -> Iterator[tuple[int, str, Citation]]:
    """Yields where each sentence of the text begins, its words, and its citation."""
    citations = {citation.number: citation for citation in answer.citations}
    at = 0
    for found in _SENTENCE.finditer(answer.text):
        if (citation := citations.get(int(found[3]))) is None:
            continue
        before = answer.text[at : found.end(1)]
        at = found.end()
        line = before[before.rfind("\n") + 1 :].lstrip()  # a sentence is one line; above it stands what is ours
        numbering = _NUMBERING.match(line)
        if numbering and not _tells(line, citation):
            line = line[numbering.end() :]
        yield found.end(1) - len(line), line, citation


def _tells(words: str, citation: Citation) -> bool:
    return tells(words, unwrapped(MARKER.sub("", citation.quote)))


def _lists(words: str, citation: Citation) -> bool:
    """Whether a line names the article by its title, and says more: its day."""
    title = unwrapped(citation.quote)
    return citation.in_title and title in words and title != words


def _told(words: str, citation: Citation, spans: Iterable[tuple[int, int]]) -> Iterator[Stretch]:
    """Yields a sentence, with the words of its quote that answer."""
    at = 0
    for start, end in sorted(spans):
        answering = unwrapped(citation.quote[start:end])
        # in a sentence that is written out they stand elsewhere
        opens = words.find(answering, max(at, start if words.startswith(citation.quote[:start]) else 0))
        if not answering or opens < 0:
            continue
        yield from _filled(words[at:opens], citation)
        yield Stretch(answering, Look.ANSWERS, citation)
        at = opens + len(answering)
    yield from _filled(words[at:], citation)


def _filled(text: str, citation: Citation | None = None) -> Iterator[Stretch]:
    if text:
        yield Stretch(text, citation=citation)


def _introduced(code: str, language: str) -> Iterator[Stretch]:
    if told := in_language(code, language):
        yield Stretch(f"{told} ", Look.OURS)


def _closest(answer: Answer) -> Iterator[Stretch]:
    """Yields what comes closest: "Le plus proche : … [1]"."""
    before, _, after = say("closest", answer.language, sentence="\0").partition("\0")
    yield Stretch(f" {before}", Look.OURS)
    for number, citation in enumerate(answer.nearest):
        yield from _filled(" " if number else "")
        yield from _introduced(citation.language, answer.language)
        yield from _told(_written_out(answer, citation), citation, citation.highlights)
        yield Stretch(" ")
        yield Stretch(f"[{citation.number}]", Look.MARKER, citation)
    yield from _filled(after)


def _written_out(answer: Answer, citation: Citation) -> str:
    """Returns a quote as a sentence tells it, by the passage that holds it."""
    for passage in answer.passages:
        start, end = citation.start - passage.start, citation.end - passage.start
        is_its = passage.article_id == citation.article_id and not citation.in_title
        if is_its and start >= 0 and passage.text[start:end] == citation.quote:
            return MARKER.sub("", unwrapped(written_out(passage.text, start, end, passage.language)))
    return MARKER.sub("", unwrapped(citation.quote))
