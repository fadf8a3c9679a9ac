"""What is new since a moment: the articles that came, and what of them answers a standing question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import numpy as np

from index.store.anywhere.filters import Filter
from retrieval.answering.answer import Answer, Draft
from retrieval.answering.candidates import READ_PASSAGES
from retrieval.answering.words import say
from retrieval.asking.checks import QuestionError, QuestionTypeError, check_input
from retrieval.asking.novelty import Statement, statements_in, statements_of
from retrieval.asking.views import Views
from retrieval.catalogue.answering import Told, titled
from retrieval.catalogue.summaries import is_informative
from retrieval.pipeline.answerers import Extractive
from retrieval.pipeline.pipeline import PASSAGES, Pipeline, search
from retrieval.pipeline.slots import Slots
from retrieval.pipeline.steps import Retrieved, Understood, View
from retrieval.search.duplicates import say_the_same

MOST_NEWS = 10  # of what is new, an article each
# Probability that its sentence answers, from which on an answer is told unasked. On replays of PIAF, XQuAD, CLAPNQ and
# M2QA 183 of 251 alerts above it were right and 29 of 76 below it; the starter articles lose none that is right.
UNASKED = 0.4
NEW_PASSAGES = 3  # of those that are read, new ones at most; the others are earlier
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIMILAR = 5  # passages in which the same news is looked for
_LOOKED_THROUGH = 200  # articles that came, of which those are chosen that are told of


def moment_of(arrival: int) -> datetime:
    """Returns the moment of an arrival as the index keeps it, in UTC."""
    return _EPOCH + timedelta(microseconds=arrival)


def arrival_at(name: str, moment: datetime | date | str) -> int:
    """Returns the microseconds since 1970 of a moment; one without a zone is of this machine's, a day its beginning.

    Raises:
        QuestionError: it is no moment.
    """
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment.strip())
        except ValueError:
            raise QuestionError(
                f"{name}: found {moment!r}, a moment such as 2024-01-31 or 2024-01-31T08:00 wanted; write it so"
            ) from None
    if not isinstance(moment, date):
        raise QuestionTypeError(f"{name}: found {type(moment).__name__}, a datetime wanted; or a day, or text in ISO")
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    try:
        return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
    except (OverflowError, OSError, ValueError):  # of the first or the last day that there is
        return 0 if moment.year < _EPOCH.year else np.iinfo(np.int64).max


@dataclass(frozen=True)
class News:
    """What came into the index after `since` and up to `until`, in microseconds since 1970."""

    views: Views
    view: View  # the whole, to the end, whatever is published meanwhile
    since: int
    until: int

    @cached_property
    def new(self) -> View:
        """The articles that hold a new sentence."""
        return self.views.of(Filter(newer=self.since), self.view)

    @cached_property
    def before(self) -> View:
        """Those that hold an earlier one."""
        return self.views.of(Filter(older=self.since), self.view)

    def of(self, question: str) -> Iterator[Answer]:
        """Yields an answer for each question of a message to which there is something new.

        What is new stands beside what was there before, as if all of it had been asked: it is told where it would be
        in that answer, and no earlier sentence of it holds the same.
        """
        understood = Pipeline(lambda _: self.view, None, Slots(1)).understand(check_input(question))
        for asked in understood.parts or (understood,):
            if not (found := self._retrieved(asked)):
                continue
            extracted = found.extracted().extract
            if extracted.sentence_probability < UNASKED:
                continue
            stated = list(statements_of(extracted.drafts, found.results.hits, self.view.generation))
            if drafts := self._news(asked, stated):
                short = extracted.short if drafts[0] is extracted.drafts[0] else ""
                passages = {draft.passage.id: draft.passage for draft in drafts}
                whole = Extractive(found, tuple(passages.values()))
                answer = whole.of_extract(replace(extracted, drafts=drafts, disagree=False, short=short))
                yield replace(answer, question=question)

    def _retrieved(self, understood: Understood) -> Retrieved | None:
        """Returns the best new passages and the best earlier ones; None: none is new, or no passage would answer."""
        if understood.small or understood.about or not self.new.generation.counts["passages"]:
            return None
        new, before = (
            search(replace(understood, view=view), most).results
            for view, most in ((self.new, NEW_PASSAGES), (self.before, READ_PASSAGES - NEW_PASSAGES))
        )
        rows = {hit.row for hit in new.hits}
        hits = sorted([*new.hits, *(hit for hit in before.hits if hit.row not in rows)], key=lambda h: -h.passage.score)
        results = replace(
            new, hits=hits, size=self.view.generation.counts["passages"],
            best_cosine=max(new.best_cosine, before.best_cosine),
            best_sentence=max(new.best_sentence, before.best_sentence),
        )  # fmt: skip
        return Retrieved(replace(understood, view=self.view), results)

    def _news(self, asked: Understood, stated: Sequence[Statement]) -> list[Draft]:
        """Returns those sentences of an answer that are new and tell something new, one an article."""
        came = [each for each in stated if self.since < each.came <= self.until]
        told = [*(each for each in stated if each.came <= self.since), *(self._told(asked) if came else ())]
        news: dict[str, Draft] = {}
        for each in came:
            article = each.draft.passage.article_id
            if article not in news and not any(map(each.answers_as, told)) and not self._was_said(each):
                told.append(each)
                news[article] = each.draft
        return list(news.values())

    def _told(self, asked: Understood) -> list[Statement]:
        """Returns the sentences that answered a question before."""
        if not self.before.generation.counts["passages"]:
            return []
        found = search(replace(asked, view=self.before), PASSAGES)
        told = statements_of(found.extracted().extract.drafts, found.results.hits, self.before.generation)
        return [each for each in told if each.came <= self.since]

    def _was_said(self, new: Statement) -> bool:
        """Whether any earlier sentence says the same."""
        if not self.before.generation.counts["passages"]:
            return False
        hits = self.before.engine.search(new.draft.text, _SIMILAR, language=new.language).hits
        earlier = (each for each in statements_in(hits, self.before.generation) if each.came <= self.since)
        return any(new.says_as(each) for each in earlier)

    def articles(self, language: str | None) -> Answer | None:
        """Returns the articles that came, newest first, by source, a line each; None: there are none."""
        new = self.new.generation
        _, latest = new.arrivals.by_article
        numbers = [row for row in new.listed_rows()[:_LOOKED_THROUGH].tolist() if latest[row] <= self.until]
        leads = self._without_same(numbers)
        if not leads:
            return None
        spoken = language or next(iter(new.languages))
        told = Told(new)
        told.say(say("newest", spoken))
        by_source: dict[str, list[Draft]] = {}
        for draft in leads:
            by_source.setdefault(draft.passage.source, []).append(draft)
        shown = _in_turns(list(by_source.values()), MOST_NEWS)
        for source, drafts in by_source.items():
            lines = [draft for draft in drafts if draft in shown]
            if len(by_source) > 1 and source and lines:
                told.say(f"{source} :" if spoken == "fr" else f"{source}:")
            for draft in lines:
                told.quote([draft], "- ")
        if len(leads) > len(shown):
            told.say(say("articles_more", spoken, count=len(leads) - len(shown)))
        return Answer(
            question="", standalone_question="", text=told.text, citations=told.written.citations,
            passages=tuple(told.passages), found=True, probability=1.0, language=spoken, dropped=told.written.dropped,
        )  # fmt: skip

    def _without_same(self, numbers: Sequence[int]) -> list[Draft]:
        """Returns the leads of articles without those whose text is there already but for small changes."""
        new, left = self.new.generation, list[Draft]()
        for number in numbers:
            first, last = (int(np.searchsorted(new.article_rows, number, side)) for side in ("left", "right"))
            (vector,) = new.vectors.rows(np.array([first]))
            alike, _ = new.vectors.search(vector, _SIMILAR, among=self.before.generation.searched)
            earlier = self.before.generation.passages(alike.tolist())
            lead = self._lead(range(first, last))
            if lead and not any(say_the_same(lead.passage, each) for each in (*earlier, *(d.passage for d in left))):
                left.append(lead)
        return left

    def _lead(self, rows: range) -> Draft | None:
        """Returns the first new sentence of an article that tells something; else its title, else None."""
        generation, passages = self.new.generation, self.new.generation.passages(rows)
        for row, passage in zip(rows, passages, strict=True):
            for (start, end), came in zip(generation.spans(row), generation.arrivals.of(row), strict=True):
                text = passage.text[start - passage.start : end - passage.start]
                if self.since < came <= self.until and is_informative(text, passage.language):
                    return Draft(text, passage, start, end, text)
        return titled(passages[0], passages[0].title) if passages[0].title else None


def _in_turns(groups: Sequence[Sequence[Draft]], most: int) -> list[Draft]:
    """Returns the first of each group, then the second of each, and so on."""
    longest = max(map(len, groups))
    turns = (group[at] for at in range(longest) for group in groups if at < len(group))
    return [draft for draft, _ in zip(turns, range(most), strict=False)]
