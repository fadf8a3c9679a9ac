"""The wrong answers of a set, each beside the passage that holds the right one; nothing of an article is markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from html import escape

from index.article import Span
from index.text.visible import visible
from retrieval.answering.answer import Citation
from retrieval.learning.overlap import is_right_quote, shown_sentences
from retrieval.learning.report import Outcome
from retrieval.learning.sets import Question

_AROUND = 320  # characters shown before and after what is marked
_ORDINALS = ("second", "third", "fourth", "fifth")


class Fault(StrEnum):
    """What went wrong with a question."""

    REFUSED = "Refused though it is there"
    ANOTHER = "Another sentence first"
    ANSWERED = "Answered though the articles do not say"


def fault_of(outcome: Outcome) -> Fault | None:
    """Returns what went wrong; None: the first sentence tells the answer, or a question without one was refused."""
    if not outcome.question.answerable:
        return Fault.ANSWERED if outcome.answer.found else None
    if not outcome.answer.found:
        return Fault.REFUSED
    return None if outcome.is_first_right else Fault.ANOTHER


def failure_card(outcome: Outcome) -> str:
    """Returns the question, what was shown, and the passage that holds the right answer."""
    question = outcome.question
    before = "".join(f'<p class="soft" dir="auto">{plain(asked)}</p>' for asked, _ in question.history)
    return (
        f'<article>{before}<h4 dir="auto">{plain(question.text)}</h4><div class="beside">'
        f"<div>{_shown(outcome)}</div><div>{_wanted(question)}</div></div></article>"
    )


def plain(text: str) -> str:
    """Returns a text as HTML that shows it and does nothing else."""
    return escape(visible(text))


def _shown(outcome: Outcome) -> str:
    """Returns the sentences of the answer, the right ones told apart, or the refusal with what comes closest."""
    answer = outcome.answer
    parts = [f'<p class="soft">{_remarks(outcome)}</p>']
    if not answer.found:
        parts.append(f'<p dir="auto">{plain(answer.text)}</p>')
    parts += [
        _sentence(near.quote, [near], is_right=is_right_quote(outcome.question, near.quote, [near]))
        for near in answer.nearest
    ]
    for (text, cited), is_right in zip(shown_sentences(answer), outcome.sentences, strict=True):
        parts.append(_sentence(text, cited, is_right=is_right))
    return "".join(parts)


def _sentence(text: str, cited: Sequence[Citation], *, is_right: bool) -> str:
    """Returns a sentence that is shown, with the title of what it rests on."""
    title = f' <span class="soft"><bdi>{plain(cited[0].title)}</bdi></span>' if cited else ""
    return f'<p class="{"right" if is_right else "wrong"}" dir="auto">{plain(text)}{title}</p>'


def _remarks(outcome: Outcome) -> str:
    """Returns how likely an answer was, and where it was lost."""
    answer = outcome.answer
    parts = [f"Shown; probability {answer.probability:.2f}"]
    if answer.sentence_probability:
        parts.append(f"of the sentence {answer.sentence_probability:.2f}")
    if outcome.question.answerable and not outcome.hit:
        parts.append("its passage was not found")
    if True in outcome.sentences:
        place = outcome.sentences.index(True)
        parts.append(f"the right sentence is {_ORDINALS[min(place, len(_ORDINALS)) - 1]}")
    if answer.short:
        parts.append(f"in short: <bdi>{plain(answer.short)}</bdi>")
    return ", ".join(parts)


def _wanted(question: Question) -> str:
    """Returns the gold answers and the passage, with them marked, that holds one."""
    if not question.answerable:
        return '<p class="soft">Wanted</p><p>The articles do not say.</p>'
    answers = " · ".join(f"<bdi>{plain(answer)}</bdi>" for answer in dict.fromkeys(question.answers))
    wanted = (*question.evidence, *question.answers)
    passages = [(file, passage, _places(passage, wanted)) for file, passage in question.gold]
    told = next((each for each in passages if each[2]), passages[0] if passages else None)
    if told is None:
        return f'<p class="soft">Wanted</p><p dir="auto">{answers}</p>'
    file, passage, spans = told
    short = "" if question.evidence else f": {answers}"
    return (
        f'<p class="soft">Wanted{short}</p>'
        f'<p dir="auto">{_marked(passage, spans)} <span class="soft">{plain(file)}</span></p>'
    )


def _places(passage: str, wanted: Sequence[str]) -> list[Span]:
    """Returns where these texts stand in a passage, whatever the case and punctuation; joined where they overlap."""
    found: list[Span] = []
    for text in wanted:
        words = r"\W+".join(map(re.escape, re.findall(r"\w+", text)))
        if words:
            pattern = rf"(?<![a-z0-9]){words}(?![a-z0-9])"
            found += [match.span() for match in re.finditer(pattern, passage, re.IGNORECASE)]
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _marked(passage: str, spans: Sequence[Span]) -> str:
    """Returns a passage with spans marked, and what is far from them left out."""
    first, last = (spans[0][0], spans[-1][1]) if spans else (0, _AROUND)
    start, end = max(first - _AROUND, 0), min(last + _AROUND, len(passage))
    parts, done = ["… " if start else ""], start
    for begin, until in spans:
        parts += [plain(passage[done:begin]), f"<mark>{plain(passage[begin:until])}</mark>"]
        done = until
    return "".join([*parts, plain(passage[done:end]), " …" if end < len(passage) else ""])
