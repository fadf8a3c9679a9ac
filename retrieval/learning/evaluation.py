"""Labelled questions -> metrics, the same for everyone."""

from __future__ import annotations

import hashlib
import math
import re
import statistics
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from index.article import Passage, Progress
from index.updating.build import build_index
from retrieval.answering.answer import MARKER, Answer
from retrieval.asking.qa import ArticleQA
from retrieval.learning.sets import EvaluationError
from retrieval.learning.sets import Question as Question  # the training takes both from here
from retrieval.learning.sets import read_questions as read_questions
from retrieval.pipeline.generative import FAILED
from retrieval.understanding.conversation import Conversation

if TYPE_CHECKING:
    from retrieval.answering.readings import PassageReader
    from retrieval.llm.model import LLM

HIT_CHARS = 4_000
ANSWER_CHARS = 600
_ANSWER_MATCH_CHARS = 120  # a longer gold answer is no span to look for
_PASSAGE_MATCH_CHARS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question."""

    question: Question
    hit: bool
    answer: Answer
    right: bool  # found, and a gold answer in the first 600 characters
    cited: bool  # a citation overlaps a gold passage
    citations: int
    verbatim: int  # citations whose quote is verbatim in the article
    second: bool | None = None  # asked after another question it is answered the same; None: it is no such question


@dataclass(slots=True)
class Report:
    """The outcomes of one set and their metrics; shares are None where there is nothing to share."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)
    prices: tuple[float, float] = (0.0, 0.0)  # of a million tokens into and out of a language model

    def metrics(self) -> dict[str, float | int | None]:
        """Returns counts, shares (0 to 1) and seconds by name, in the order to show them.

        With a language model also the sentences dropped, the questions that it failed at, the mean tokens of a
        question, the cost of all.
        """
        held = [o for o in self.outcomes if o.question.answerable]
        other = [o for o in self.outcomes if not o.question.answerable]
        found = [o for o in held if o.answer.found]
        answered = _share([o.answer.found for o in held])
        refused = _share([not o.answer.found for o in other])
        citations = sum(o.citations for o in self.outcomes)
        seconds = sorted(o.answer.seconds for o in self.outcomes)
        lengths = [len(MARKER.sub("", o.answer.text)) for o in self.outcomes if o.answer.found]
        return {
            "questions": len(self.outcomes),
            "answerable": len(held),
            "hit@4000": _share([o.hit for o in held]),
            "answer@600": _share([o.right for o in held]),
            "cited": _share([o.cited for o in found]),
            "answered": answered,
            "refused": refused,
            "balanced": None if answered is None or refused is None else (answered + refused) / 2,
            "second": _share([o.second for o in self.outcomes if o.second is not None]),
            "valid": sum(o.verbatim for o in self.outcomes) / citations if citations else None,
            "characters": statistics.mean(lengths) if lengths else None,
            "p50": _percentile(seconds, 0.50),
            "p95": _percentile(seconds, 0.95),
        } | self._of_llm()

    def _of_llm(self) -> dict[str, float | int | None]:
        """Returns what a language model cost, and what of it was left out; nothing where none was asked."""
        usages = [o.answer.usage for o in self.outcomes if o.answer.usage]
        if not usages:
            return {}
        came_in, came_out = sum(u["input"] for u in usages), sum(u["output"] for u in usages)
        return {
            "dropped": sum(bool(sentence) for o in self.outcomes for sentence, _ in o.answer.dropped),
            "failed": sum(usage.get(FAILED, 0) for usage in usages),
            "tokens in": came_in / len(usages),
            "tokens out": came_out / len(usages),
            "cost": (came_in * self.prices[0] + came_out * self.prices[1]) / 1e6,
        }

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Returns the 95 % interval of each share that was measured, by name."""
        held = [o for o in self.outcomes if o.question.answerable]
        counts = {name: len(held) for name in ("hit@4000", "answer@600", "answered")}
        counts["second"] = sum(o.second is not None for o in self.outcomes)
        counts |= {"cited": sum(o.answer.found for o in held), "refused": len(self.outcomes) - len(held)}
        metrics = self.metrics()
        found = {name: confidence(value, n) for name, n in counts.items() if (value := metrics[name]) is not None}
        balanced = metrics["balanced"]
        if balanced is not None:  # of two independent shares
            halves = [(high - low) / 2 for low, high in (found["answered"], found["refused"])]
            half = math.hypot(*halves) / 2
            found["balanced"] = (max(balanced - half, 0.0), min(balanced + half, 1.0))
        return found


class Options(TypedDict, total=False):
    """How a set is indexed and asked; each may be left out or None."""

    model: str | None  # the embedder, as for `build_index`
    device: str | None  # the same
    llm: LLM | None  # writes the answers; None: they are the articles' own sentences
    reranker: str | None  # as for `ArticleQA.open`
    reader: PassageReader | bool  # the same
    progress: Progress | None  # called with (what is being done, done so far, in all)


def kept_reader() -> PassageReader | bool:
    """Returns the shipped reader, for evaluating that asks the same questions again; False where there is none."""
    from retrieval.answering.readings import Kept
    from retrieval.reader.reading import load_reader

    reader = load_reader()
    return Kept(reader) if reader else False


def evaluate(folder: Path, work: Path, *, limit: int | None = None, **options: Unpack[Options]) -> Report:
    """Indexes a set's articles and asks all of its questions.

    Args:
        folder: a set: articles/*.md and questions.jsonl.
        work: where its index is kept between runs.
        limit: ask the first so many questions only.
        options: see `Options`.

    Raises:
        EvaluationError: the folder is not a set.
    """
    report = Report(folder.resolve().name)
    before: Outcome | None = None
    for qa, question in each_question(folder, work, limit=limit, **options):
        outcome = ask(qa, question)
        if not question.history and qa.llm is None:  # a model's answer is never twice the same
            if before:
                outcome = replace(outcome, second=_is_answered_the_same(qa, outcome, before))
            before = outcome
        report.outcomes.append(outcome)
    return report


def each_question(
    folder: Path, work: Path, *, limit: int | None = None, **options: Unpack[Options]
) -> Iterator[tuple[ArticleQA, Question]]:
    """Yields a set's questions, each with the set's articles, which are open until the last; see `evaluate`."""
    questions, qa = open_set(folder, work, **options)
    questions = questions[:limit]
    tell = options.get("progress") or (lambda *_: None)
    with closing(qa):
        for done, question in enumerate(questions):
            tell(f"asking {folder.resolve().name}", done, len(questions))
            yield qa, question


def open_set(folder: Path, work: Path, **options: Unpack[Options]) -> tuple[list[Question], ArticleQA]:
    """Returns a set's questions and its articles, indexed under `work`."""
    questions, target = read_questions(folder), set_folder(folder, work)
    model, device = options.get("model"), options.get("device")
    build_index([folder / "articles"], target, model=model, device=device, progress=options.get("progress"))
    return questions, ArticleQA.open(
        target, options.get("llm"), reranker=options.get("reranker"), reader=options.get("reader", True)
    )


def set_folder(folder: Path, work: Path) -> Path:
    """Returns where a set's index is kept under `work`."""
    place = folder.resolve()
    return work / f"{place.name}-{hashlib.sha256(str(place).encode()).hexdigest()[:8]}"


def ask(qa: ArticleQA, question: Question) -> Outcome:
    """Asks one labelled question and judges search and answer."""
    conversation = question.conversation() if question.history else None
    passages = qa.search(question.text, k=100, conversation=conversation, today=question.today)
    answer = qa.ask(question.text, conversation=conversation, today=question.today)
    gold = _gold_spans(qa, question)
    verbatim = sum(_verbatim(qa, c.article_id, c.start, c.end, c.quote) for c in answer.citations)
    cited = any(
        c.article_id == article_id and c.start < end and start < c.end
        for c in answer.citations
        for article_id, start, end in gold
    )
    right = answer.found and is_right(question, answer.text)
    return Outcome(question, is_hit(question, passages), answer, right, cited, len(answer.citations), verbatim)


def _is_answered_the_same(qa: ArticleQA, alone: Outcome, before: Outcome) -> bool:
    """Whether a question that has no history is answered, or refused, as it is alone, when another was asked before."""
    conversation = Conversation()
    conversation.add(before.question.text, before.answer.text)
    second = qa.ask(alone.question.text, conversation=conversation, today=alone.question.today)
    return (second.found, second.text) == (alone.answer.found, alone.answer.text)


def is_right(question: Question, text: str) -> bool:
    """Whether a gold answer stands in the first 600 characters of an answer, its markers aside."""
    beginning = normalise(MARKER.sub("", text)[:ANSWER_CHARS])
    return any(holds_answer(beginning, answer) for answer in question.answers)


def is_hit(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether the passages, up to the one that crosses 4,000 characters, hold the answer or a gold passage."""
    files = {file for file, _ in question.gold}
    heads = [normalise(passage)[:_PASSAGE_MATCH_CHARS] for _, passage in question.gold]
    answers = [a for a in question.answers if 0 < len(normalise(a)) < _ANSWER_MATCH_CHARS]
    read = 0
    for passage in passages:
        if _file(passage.article_id) in files:
            text = normalise(passage.text)
            if any(holds_answer(text, a) for a in answers) or any(head and head in text for head in heads):
                return True
        read += len(passage.text)
        if read >= HIT_CHARS:
            break
    return False


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Returns NFKD without accents, lower case, every run of non-word characters one space."""
    return re.sub(r"\W+", " ", without_accents(text).lower()).strip()


def without_accents(text: str) -> str:
    """Returns NFKD without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def holds_answer(normalised: str, answer: str) -> bool:
    """Whether the answer stands in an already normalised text, at borders of a-z and 0-9."""
    wanted = normalise(answer)
    return bool(wanted) and re.search(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])", normalised) is not None


def confidence(share: float, count: int) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a share of `count` (E. B. Wilson, JASA 22, 1927)."""
    if not count:
        return 0.0, 1.0
    z = 1.959964
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _gold_spans(qa: ArticleQA, question: Question) -> list[tuple[str, int, int]]:
    """Returns where the gold passages stand: (article id, start, end)."""
    spans = []
    for file, passage in question.gold:
        article = qa.article(f"articles/{file}")
        start = article.text.find(passage) if article else -1
        if article and start >= 0:
            spans.append((article.id, start, start + len(passage)))
    return spans


def _verbatim(qa: ArticleQA, article_id: str, start: int, end: int, quote: str) -> bool:
    article = qa.article(article_id)
    return article is not None and article.text[start:end] == quote


def _file(article_id: str) -> str:
    return article_id.split("/", 1)[-1]


def _share(outcomes: Sequence[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None


def read_floors(floors: Sequence[str]) -> dict[str, float]:
    """Reads "hit@4000=0.9" into metric -> least value."""
    read = {}
    known = Report("").metrics()
    for floor in floors:
        name, _, value = floor.partition("=")
        try:
            read[name] = float(value)
        except ValueError:
            raise EvaluationError(f"floor {floor!r}: wanted METRIC=NUMBER, for instance hit@4000=0.9") from None
        if name not in known:
            raise EvaluationError(f"floor {floor!r}: no metric {name!r}; there are {', '.join(known)}")
    return read


def below_floors(reports: Sequence[Report], floors: dict[str, float]) -> list[str]:
    """Returns a line for each metric of a set that is below its floor, or cannot be told."""
    missed = []
    for report in reports:
        metrics = report.metrics()
        for name, least in floors.items():
            value = metrics[name]
            if value is None or value < least:
                missed.append(
                    f"{report.name}: {name} {'not measured' if value is None else f'{value:.3f}'}, floor {least}"
                )
    return missed
