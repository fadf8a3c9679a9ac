"""A model that lies, and what of its lies gets out: `python -m tests.benchmarks.models.liar`.

It speaks the OpenAI chat API over real HTTP. Of the passages that it is shown it tells true sentences, word for word
or translated by hand, and one false one among them, in a way that its case names. Everything is the same on every run.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path
from random import Random
from typing import TypeAlias

from index import build_index
from index.text.folding import fold
from index.text.languages import detect_language
from retrieval import Answer, ArticleQA
from retrieval.llm import connect
from tests.benchmarks.models.falsehoods import (
    another_figure,
    another_name,
    names_of,
    swapped_figures,
    with_denial,
    without_denial,
)
from tests.benchmarks.models.words import (
    ADDRESSES,
    ANOTHER_LANGUAGE,
    INVENTED_NUMBERS,
    KNOWLEDGE,
    OBEYED,
    PROSE,
    QUESTIONS,
    TRANSLATIONS,
)
from tests.retrieval.llm.openai_server import Block, Turn, claim, passages_in, serving

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "articles"
TODAY = date(2025, 2, 20)
SEED = 5
MODEL = "openai:liar"
CASES = 300
TRUE_SENTENCES = 3  # told beside each lie
_SHORTEST, _LONGEST = 30, 400  # characters of a sentence that is told
_MARKED = re.compile(r"(.+?) \[(\d+)\](?:\s|$)", re.DOTALL)
_COUNTED = re.compile(r"^\d\. ")  # of one answer among several
_WORD = re.compile(r"\w{4,}")

Messages: TypeAlias = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What may be told: a true sentence, and the number of the one that it rests on."""

    text: str
    number: int
    is_translated: bool = False


@dataclass(frozen=True, slots=True)
class Lie:
    """What is told instead of the truth, as a part of the answer, and the sentences of it that are false."""

    part: str
    false: tuple[str, ...]
    source: str = ""  # the true sentence that it is made of
    alone: bool = False  # nothing true is told beside it


@dataclass(slots=True)
class Told:
    """One case: what was asked, what was told and what came of it."""

    kind: str
    question: str
    language: str
    false: tuple[str, ...] = ()
    true: tuple[str, ...] = ()
    translated: tuple[str, ...] = ()  # of the true ones, those of articles in other languages
    answer: Answer = field(default_factory=lambda: Answer("", "", ""))

    @property
    def shown(self) -> list[tuple[str, int]]:
        """The sentences of the answer with the numbers of their citations."""
        told = _MARKED.findall(self.answer.text)
        return [(_COUNTED.sub("", text.strip().rpartition("\n")[2]), int(number)) for text, number in told]

    @property
    def in_own_words(self) -> list[str]:
        """The sentences of the answer, folded, that are not word for word the article's own: none of these lies."""
        quotes = {citation.number: fold(" ".join(citation.quote.split())) for citation in self.answer.citations}
        told = ((fold(" ".join(text.split())), number) for text, number in self.shown)
        return [text for text, number in told if text != quotes.get(number)]

    @property
    def escaped(self) -> list[str]:
        """False sentences that were shown."""
        told = self.in_own_words
        return [false for false in self.false if any(fold(false) in text or text in fold(false) for text in told)]

    @property
    def accounted(self) -> bool:
        """Whether the answer's data tell of every lie: dropped with a reason, unreadable, or a note on the whole."""
        dropped = " ".join(fold(sentence) for sentence, reason in self.answer.dropped if reason)
        unreadable = any(reason == "unreadable line" for _, reason in self.answer.dropped)
        whole = MODEL in self.answer.note  # names the model where all that it said was left
        return whole or all(fold(false) in dropped for false in self.false) or (unreadable and self.kind == "prose")

    @property
    def beside(self) -> tuple[str, ...]:
        """True sentences that were left out as they do not bear on the question."""
        left = {fold(sentence) for sentence, reason in self.answer.dropped if reason == "beside the question"}
        return tuple(true for true in self.true if fold(true) in left)

    @property
    def released(self) -> int:
        """True sentences that were shown."""
        shown = {fold(" ".join(text.split())) for text, _ in self.shown}
        return sum(fold(true) in shown for true in self.true)


class Liar:
    """Answers the requests of one case at a time."""

    def __init__(self) -> None:
        self.told = Told("", "", "")
        self._random = Random(0)  # noqa: S311  no secret

    def begin(self, kind: str, question: str, language: str, seed: int) -> Told:
        """Returns the case that the next requests belong to."""
        self.told, self._random = Told(kind, question, language), Random(seed)  # noqa: S311
        return self.told

    def __call__(self, messages: Messages) -> Turn:
        """Answers one request."""
        told, random = self.told, self._random
        passages = passages_in(messages)
        pool = sayable(passages, told.language)
        random.shuffle(pool)
        asked = set(_WORD.findall(fold(told.question)))
        pool.sort(key=lambda s: -len(asked.intersection(_WORD.findall(fold(s.text)))))  # what may answer first
        lie = next((made for s in pool if (made := KINDS[told.kind](s, told.language, random, passages))), None)
        # a sentence that the lie is made of is not told as well: the two would be one quote
        true = [] if lie and lie.alone else [s for s in pool if not lie or s.text != lie.source]
        true = true[:TRUE_SENTENCES]
        told.false, told.true = lie.false if lie else (), tuple(s.text for s in true)
        told.translated = tuple(s.text for s in true if s.is_translated)
        parts = [claim(s.text, s.number) for s in true]
        # another language is judged by the first sentence; elsewhere a lie may stand anywhere
        parts.insert(0 if told.kind == "other language" else random.randint(0, len(parts)), lie.part if lie else "")
        whole = "\n".join(["", *parts]) if told.kind == "prose" else f'{{"answer": [{", ".join(filter(None, parts))}]}}'
        return Turn([whole[at : at + 40] for at in range(0, len(whole), 40)])


def sayable(passages: Sequence[Block], language: str) -> list[Sentence]:
    """Returns the true sentences of a language: of passages in it, and translations of others."""
    found = []
    for passage in passages:
        written = detect_language(passage.text, ("fr", "en", "de", "es"))
        for number, said in passage.sentences.items():
            if written == language and _SHORTEST <= len(said) <= _LONGEST and said[-1] in ".!»":
                found.append(Sentence(said, number))
            found += [
                Sentence(translation, number, is_translated=True)
                for into, words, translation in TRANSLATIONS
                if into == language != written and words in said
            ]
    return found


Kind: TypeAlias = Callable[[Sentence, str, Random, Sequence[Block]], "Lie | None"]


def _altered(alter: Callable[[str, str, Random], str | None], *, beside: bool = False) -> Kind:
    def lie(s: Sentence, language: str, random: Random, _passages: Sequence[Block]) -> Lie | None:
        made = alter(s.text, language, random)
        return Lie(claim(made, s.number + beside), (made,), s.text) if made else None

    return lie


def _renamed(s: Sentence, language: str, random: Random, passages: Sequence[Block]) -> Lie | None:
    made = another_name(s.text, language, random, names_of(" ".join(p.text for p in passages)))
    return Lie(claim(made, s.number), (made,), s.text) if made else None


def _invented_number(s: Sentence, _language: str, random: Random, _passages: Sequence[Block]) -> Lie:
    return Lie(claim(s.text, random.choice(INVENTED_NUMBERS)), (s.text,), s.text)


def _wrong_passage(s: Sentence, _language: str, random: Random, passages: Sequence[Block]) -> Lie | None:
    title = next(p.title for p in passages if s.number in p.sentences)
    others = [number for p in passages if p.title != title for number in p.sentences]
    return Lie(claim(s.text, random.choice(others)), (s.text,), s.text) if others else None


def _foreign(s: Sentence, language: str, random: Random, _passages: Sequence[Block]) -> Lie:
    other = {"fr": "en", "en": "fr", "de": "fr"}[language]
    said = random.choice(KNOWLEDGE[other])
    return Lie(claim(said, s.number), (said,), alone=True)


def _two_languages(s: Sentence, language: str, random: Random, _passages: Sequence[Block]) -> Lie | None:
    tails = ANOTHER_LANGUAGE.get(language)
    if not tails or s.is_translated:
        return None
    said = f"{s.text.rstrip('.')} {random.choice(tails)}"
    return Lie(claim(said, s.number), (said,), s.text)


def _addressed(s: Sentence, _language: str, random: Random, _passages: Sequence[Block]) -> Lie:
    said = random.choice(ADDRESSES).format(s.text.rstrip("."))
    return Lie(claim(said, s.number), (said,), s.text)


def _chosen(listed: dict[str, list[str]]) -> Kind:
    def lie(s: Sentence, language: str, random: Random, _passages: Sequence[Block]) -> Lie:
        said = random.choice(listed[language])
        return Lie(claim(said, s.number), (said,))

    return lie


def _prose(_: Sentence, language: str, random: Random, _passages: Sequence[Block]) -> Lie:
    said = random.choice(PROSE[language])
    return Lie(said + "\n", (said,), alone=random.random() < 0.5)


KINDS: dict[str, Kind] = {
    "figure altered": _altered(another_figure),
    "figures swapped": _altered(swapped_figures),
    "denial dropped": _altered(without_denial),
    "denial added": _altered(with_denial),
    "name changed": _renamed,
    "number beside": _altered(another_figure, beside=True),
    "number invented": _invented_number,
    "wrong passage": _wrong_passage,
    "other language": _foreign,
    "two languages": _two_languages,
    "address": _addressed,
    "order obeyed": _chosen(OBEYED),
    "own knowledge": _chosen(KNOWLEDGE),
    "prose": _prose,
}


def tell(folder: Path, cases: int = CASES, seed: int = SEED) -> Iterator[Told]:
    """Yields as many cases over the index of the starter articles, kind by kind, language by language.

    A question whose passages have nothing to make such a lie of is left out.
    """
    liar = Liar()
    asked = dict.fromkeys(KINDS, 0)
    with (
        serving(liar) as server,
        closing(ArticleQA.open(folder, connect(MODEL, base_url=server.base_url))) as qa,
    ):
        for number, (turn, kind) in enumerate(product(range(1_000), KINDS)):
            if sum(asked.values()) >= cases:
                return
            language, question = QUESTIONS[(turn + number) % len(QUESTIONS)]
            told = liar.begin(kind, question, language, seed * 10_000 + number)
            told.answer = qa.ask(question, today=TODAY)
            if told.false:
                asked[kind] += 1
                yield told


def report(told: Sequence[Told]) -> str:
    """Returns the table: by kind, lies told, accounted for, shown; true sentences that bear on it, told and shown."""
    # "dropped" also counts lies that were unreadable or cost the whole answer
    rows = [["kind", "told", "dropped", "shown", "true", "released", "share"]]
    for kind in [*KINDS, "all"]:
        of = [case for case in told if kind in (case.kind, "all")]
        true = sum(len(case.true) - len(case.beside) for case in of)
        released = sum(case.released for case in of)
        counts = [len(of), sum(case.accounted for case in of), sum(len(case.escaped) for case in of), true, released]
        rows.append([kind, *map(str, counts), f"{released / true:.2f}" if true else "-"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        row[0].ljust(widths[0]) + "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks and prints; ends with 1 where a lie got out."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.models.liar", description="What of a liar's lies gets out."
    )
    parser.add_argument("--cases", type=int, default=CASES)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="articlebot-liar-") as folder:
        build_index([SEEDS], Path(folder) / "index")
        told = list(tell(Path(folder) / "index", options.cases))
    sys.stdout.write(report(told))
    if escaped := [(case.kind, false) for case in told for false in case.escaped]:
        sys.exit("\n".join(f"{kind}: {false}" for kind, false in escaped))


if __name__ == "__main__":
    main()
