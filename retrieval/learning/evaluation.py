"""Labelled questions, each asked once -> what became of it, the same for everyone."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from index.article import Passage, no_progress
from retrieval.answering.answer import Answer, Citation, verified
from retrieval.answering.extract import decide
from retrieval.answering.weights import Weights
from retrieval.asking.qa import ArticleQA
from retrieval.learning.calibration import Judged
from retrieval.learning.gold import AT_ONCE_CHARS, is_hit, is_right
from retrieval.learning.overlap import GoldSpan, cites_gold, right_sentences, word_overlap
from retrieval.learning.report import Outcome, Report
from retrieval.learning.sets import Options, Question, open_set
from retrieval.pipeline.pipeline import search
from retrieval.pipeline.steps import Extracted, Retrieved, Understood, Unsearched
from retrieval.understanding.conversation import Conversation

_SEARCHED = 100  # passages


@dataclass(frozen=True, slots=True)
class Trial:
    """A question that was asked, and what its answer rests on."""

    question: Question
    understood: Understood
    passages: list[Passage]  # the best of a search, in which a hit is looked for
    retrieved: Extracted | Unsearched  # with what the articles say, whoever wrote the answer
    answer: Answer  # its seconds are those of asking alone, as `ArticleQA.ask` takes them


def evaluate(folder: Path, work: Path, *, limit: int | None = None, **options: Unpack[Options]) -> Report:
    """Indexes a set's articles and asks all of its questions, each once, and in a second conversation if it leans.

    Args:
        folder: a set: articles/*.md and questions.jsonl.
        work: where its index is kept between runs.
        limit: ask the first so many questions only.
        options: see `Options`.

    Raises:
        DataError: the folder is not a set.
    """
    report = Report(folder.resolve().name)
    progress = options.get("progress", no_progress)
    with open_set(folder, work, **options) as (questions, qa):
        before: Trial | None = None
        for done, question in enumerate(questions[:limit]):
            progress(f"asking {report.name}", done, len(questions[:limit]))
            asked, second = ask(qa, question), None
            if not question.history and qa.llm is None:  # a model's answer is never twice the same
                second = is_answered_the_same(qa, asked, before) if before else None
                before = asked
            report.outcomes.append(outcome_of(qa, asked, second))
    return report


def ask(qa: ArticleQA, question: Question) -> Trial:
    """Asks one labelled question, and keeps what was found and said on the way."""
    started = time.perf_counter()
    understood = qa.understand(question.text, question.conversation(), question.today)
    understood = replace(understood, view=understood.view.keeping())  # it may be asked after another one, too
    retrieved = qa.retrieve(understood)
    if isinstance(retrieved, Retrieved) and qa.llm is None:
        retrieved = retrieved.extracted()
    answer = replace(qa.answer(retrieved), seconds=time.perf_counter() - started)
    passages = [each.passage for each in search(understood, _SEARCHED).results.hits]
    kept = retrieved.extracted() if isinstance(retrieved, Retrieved) else retrieved
    return Trial(question, understood, passages, kept, answer)


def is_answered_the_same(qa: ArticleQA, alone: Trial, before: Trial) -> bool:
    """Whether a question that has no history is answered, or refused, as it is alone, when another was asked before."""
    conversation = Conversation()
    conversation.add(before.question.text, before.answer.text)
    understood = qa.understand(alone.question.text, conversation, alone.question.today)
    understood = replace(understood, view=alone.understood.view)
    if understood == alone.understood:
        return True
    second = qa.answer(qa.retrieve(understood))
    return (second.found, second.text) == (alone.answer.found, alone.answer.text)


def outcome_of(qa: ArticleQA, asked: Trial, second: bool | None = None) -> Outcome:
    """Compares what was found and answered with what is labelled."""
    question, answer = asked.question, asked.answer
    gold = _gold_spans(qa, question)
    cited = any(cites_gold(question, citation, gold) for citation in answer.citations)
    verbatim = sum(_is_verbatim(qa, citation) for citation in answer.citations)
    return Outcome(
        question,
        hit=is_hit(question, asked.passages),
        answer=answer,
        right=answer.found and is_right(question, answer.text),
        cited=cited,
        citations=len(answer.citations),
        verbatim=verbatim,
        second=second,
        judged=_judged(qa, asked),
        at_once=answer.found and is_right(question, answer.text, AT_ONCE_CHARS),
        sentences=right_sentences(question, answer),
        words=word_overlap(question, answer.citations, gold, qa.article),
    )


def _judged(qa: ArticleQA, asked: Trial) -> Judged | None:
    """Returns the question as it would be answered if nothing that can be answered were refused."""
    if isinstance(asked.retrieved, Unsearched):
        return None
    told, results = asked.retrieved.extract, asked.retrieved.results
    weights = Weights.load()
    reading = replace(weights.reading, threshold=0.0, least=0.0) if weights.reading else None
    everything = replace(weights, threshold=0.0, least=0.0, reading=reading)
    drafts = told.drafts or decide(told.evidence, results, everything).drafts
    written = verified(drafts, qa.generation.article)
    right = is_right(asked.question, written.text)
    return Judged(asked.question.answerable, told.probability, bool(written.citations), right)


def _gold_spans(qa: ArticleQA, question: Question) -> list[GoldSpan]:
    """Returns where the gold passages stand: (article id, start, end)."""
    spans = []
    for file, passage in question.gold:
        article = qa.article(f"articles/{file}")
        start = article.text.find(passage) if article else -1
        if article and start >= 0:
            spans.append((article.id, start, start + len(passage)))
    return spans


def _is_verbatim(qa: ArticleQA, citation: Citation) -> bool:
    article = qa.article(citation.article_id)
    if article is None:
        return False
    source = article.title if citation.in_title else article.text
    return source[citation.start : citation.end] == citation.quote
