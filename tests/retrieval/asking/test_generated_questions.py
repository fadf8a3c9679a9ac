"""Questions by the hundred, of what the starter articles hold, and damaged: every answer keeps its promises."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest

from retrieval import Answer, ArticleQA, Citation, Conversation
from retrieval.answering.answer import MARKER

SEED = 20250212
TODAY = date(2025, 2, 14)
TURNS = 12  # of a conversation before the next one begins
LONG = 5_000  # characters
TEMPLATES = {
    "fr": (
        "Quand {name} a-t-il parlé de {word} ?", "Combien de {word} à {name} en {number} ?", "Qui est {name} ?",
        "Où se trouve {name} ?", "Pourquoi {word} {other} ?", "Combien de temps a duré {word} de {name} ?",
        "Que dit-on de {name} et de {name2} ?", "Qu'est-ce que {word} ?", "{name} {word} {number}",
        "Que s'est-il passé hier à {name} ?", "Quelle est l'année de {word} ?", "Avec qui {name} a-t-il {word} ?",
    ),
    "en": (
        "When did {name} talk about {word}?", "How many {word} were there in {number}?", "Who is {name}?",
        "Where is {name}?", "Why did {name} {word}?", "How long did the {word} of {name} last?",
        "What is new since {number}?", "How much did {word} cost {name}?", "What happened to {name} last week?",
    ),
    "de": (
        "Wann hat {name} über {word} gesprochen?", "Wie viele {word} gab es {number}?", "Wer ist {name}?",
        "Wo liegt {name}?", "Warum {word} {name}?", "Wie lange dauerte {word} in {name}?",
    ),
    "es": (
        "¿Cuándo habló {name} de {word}?", "¿Cuántos {word} hubo en {number}?", "¿Quién es {name}?",
        "¿Dónde está {name}?", "¿Por qué {word} {name}?", "¿Cuánto tiempo duró {word}?",
    ),
    "ru": (
        "Когда {name} говорил о {word}?", "Сколько {word} было в {number} году?", "Кто такой {name}?",
        "Где находится {name}?", "Почему {word} {name}?", "Как долго длился {word}?",
    ),
    "ar": ("متى تحدث {name} عن {word}؟", "كم عدد {word} في {number}؟", "من هو {name}؟", "أين {name}؟", "لماذا {word}؟"),
    "zh": ("{name}什么时候谈到{word}？", "{number}年有多少{word}？", "{name}是谁？", "为什么{word}？"),
}  # fmt: skip
FOLLOW_UPS = {
    "fr": ("Quand ?", "Et avec qui ?", "Et {name} ?", "Combien ?", "Lesquelles ?", "Où est-ce ?", "Merci !"),
    "en": ("When?", "And who?", "What about {name}?", "How many?", "Where is it?", "Thanks!", "And in {number}?"),
    "de": ("Wann?", "Und wer?", "Und {name}?", "Wie viele?"),
    "es": ("¿Cuándo?", "¿Y quién?", "¿Y {name}?"),
    "ru": ("Когда?", "А кто?", "А {name}?"),
    "ar": ("متى؟", "ومن؟", "و{name}؟"),
    "zh": ("什么时候？", "谁？", "{name}呢？"),
}  # fmt: skip
EMOJI = ("😀", "🇫🇷", "👨‍👩‍👧", "❤️", "👍🏽", "¿", "…", "«", "»", "\u202e", "\ufeff", "\u200b")
CONTROLS = ("\x00", "\x07", "\x0b", "\x1b[31m", "\x1f", "\x7f", "\x85", "\u2028", "\ud800", "\ufffe")
MARKS = "?!.,;:…«»“”()[]{}<>|\\/*+-=#@&%$€~^'\"`_"

Mangle = Callable[[random.Random, str], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A generated question."""

    text: str
    language: str  # of its template
    follows: bool  # asked on in the conversation so far


@dataclass(frozen=True, slots=True)
class Material:
    """What the articles hold to ask about."""

    words: list[str]
    names: list[str]
    numbers: list[str]

    @classmethod
    def of(cls, qa: ArticleQA) -> Material:
        """Collects it, always in the same order."""
        text = " ".join(f"{article.title} {article.text}" for article in qa.generation.articles())
        words = sorted(set(re.findall(r"[^\W\d_]{4,}", text)))
        names = sorted(set(re.findall(r"(?<=[\w,;] )[A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'-]{2,}(?: [A-ZÀ-ÖØ-ÞА-ЯЁ][\w’'-]{2,})?", text)))
        return cls(words, names, sorted(set(re.findall(r"\d+(?:[.,\u00a0\u202f]\d+)*", text))))

    def fill(self, draw: random.Random, template: str) -> str:
        """Returns the template with words, names and numbers of the articles; now and then unknown ones."""
        names = [*draw.sample(self.names, 2), "Zorglub", "Ixelles-sur-Mer"]
        return template.format(
            name=draw.choice(names[:1] * 8 + names[2:]), name2=names[1],
            word=draw.choice(self.words), other=draw.choice(self.words).lower(),
            number=draw.choice([*draw.sample(self.numbers, 3), "1789"]),
        )  # fmt: skip


def put_in(draw: random.Random, text: str, pieces: tuple[str, ...]) -> str:
    for _ in range(draw.randint(1, 4)):
        place = draw.randint(0, len(text))
        text = text[:place] + draw.choice(pieces) + text[place:]
    return text


def slip(draw: random.Random, text: str) -> str:
    """Swaps, drops and doubles a few letters."""
    for _ in range(min(draw.randint(1, 3), len(text) - 1)):
        place = draw.randrange(len(text) - 1)
        two = text[place : place + 2]
        text = text[:place] + draw.choice((two[::-1], two[0], two[0] * 2 + two[1])) + text[place + 2 :]
    return text


MANGLES: dict[str, Mangle] = {
    "in capitals": lambda _, text: text.upper(),
    "in small letters": lambda _, text: text.lower(),
    "with slips": slip,
    "with emoji": lambda draw, text: put_in(draw, text, EMOJI),
    "with control characters": lambda draw, text: put_in(draw, text, CONTROLS),
    "with marks of citations": lambda draw, text: put_in(draw, text, (" [1]", "[99] ", "[0]")),
    "without spaces": lambda _, text: text.replace(" ", ""),
    "in lines": lambda _, text: text.replace(" ", "\n\t"),
    "marks alone": lambda draw, _: "".join(draw.choices(MARKS, k=draw.randint(1, 30))),
    "very long": lambda draw, text: ((text + draw.choice((" ", "\n", ""))) * LONG)[:LONG],
}


def generated(material: Material, count: int) -> Iterator[Asked]:
    """Yields the questions, the same every time: a third of them damaged, a sixth asked on."""
    draw = random.Random(SEED)  # noqa: S311  a fixed draw, no secret
    mangles = [mangle for name, mangle in MANGLES.items() for _ in range(1 if name == "very long" else 3)]
    for number in range(count):
        language = draw.choice(tuple(TEMPLATES))
        follows = number % TURNS != 0 and draw.random() < 0.17
        text = material.fill(draw, draw.choice((FOLLOW_UPS if follows else TEMPLATES)[language]))
        yield Asked(draw.choice(mangles)(draw, text) if draw.random() < 0.33 else text, language, follows)


def problems(answer: Answer, qa: ArticleQA) -> list[str]:
    """Returns what an answer promises and does not keep."""
    cited = [*answer.citations, *answer.nearest]
    wrong = [f"{c!r}: {problem}" for c in cited for problem in problems_of(c, qa)]
    if [c.number for c in answer.citations] != list(range(1, len(answer.citations) + 1)):
        wrong.append("citations are not numbered from 1")
    if not 0 <= answer.probability <= 1 or not 0 <= answer.sentence_probability <= 1:
        wrong.append(f"probabilities {answer.probability}, {answer.sentence_probability}")
    if answer.short not in (answer.citations[0].quote if answer.citations else ""):
        wrong.append(f"{answer.short!r} is not of the first quote")
    if answer.nearest and answer.found:
        wrong.append("a nearest beside an answer")
    if not isinstance(answer.note, str) or not answer.text:
        wrong.append(f"note {answer.note!r}, text {answer.text!r}")
    return wrong + (unproved(answer) if answer.found else unrefused(answer))


def problems_of(citation: Citation, qa: ArticleQA) -> Iterator[str]:
    article = qa.article(citation.article_id)
    source = article and (article.title if citation.in_title else article.text)
    if not source or source[citation.start : citation.end] != citation.quote or not citation.quote:
        yield "not verbatim"
    borders = [place for span in citation.highlights for place in span]
    if borders != sorted(set(borders)) or any(not 0 <= place <= len(citation.quote) for place in borders):
        yield f"highlights {citation.highlights} in {len(citation.quote)} characters"
    if citation.article_id in citation.also_in:
        yield "also in itself"


def unproved(answer: Answer) -> list[str]:
    """Returns the sentences that do not end with the marker of the citation whose words they have."""
    lines = answer.text.split("\n")  # one for each of several questions
    if len(lines) > 1:
        lines = [line for line in (re.sub(r"^\d+\. ", "", line) for line in lines) if MARKER.search(line)]
    text = " ".join(lines)
    pieces = re.findall(r"(.+?) \[(\d+)\](?: |$)", text, re.DOTALL)
    if not pieces or " ".join(f"{said} [{number}]" for said, number in pieces) != text:
        return [f"a sentence without a marker in {answer.text!r}"]
    if {int(number) for _, number in pieces} != {c.number for c in answer.citations}:
        return [f"markers and citations differ in {answer.text!r}"]
    quotes = {c.number: MARKER.sub("", c.quote).split() for c in answer.citations}
    return [f"{said!r} is not what [{n}] holds" for said, n in pieces if said.split() != quotes[int(n)]]


def unrefused(answer: Answer) -> list[str]:
    told = bool(answer.citations) or MARKER.search(answer.text) is not None
    return ["cites something though nothing was found"] if told else []


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.full)])
def test_every_generated_question_is_answered_with_proof_or_refused(qa: ArticleQA, count: int) -> None:
    wrong: dict[str, list[str]] = {}
    told: Counter[tuple[str, bool]] = Counter()
    chat = Conversation()
    for number, asked in enumerate(generated(Material.of(qa), count)):
        if number % TURNS == 0:
            chat = Conversation()
        turns = len(chat)
        try:
            answer = qa.ask(asked.text, conversation=chat if asked.follows or not turns else None, today=TODAY)
        except Exception as error:
            error.add_note(f"question {number}: {asked.text[:200]!r}")
            raise
        told[asked.language, answer.found] += 1
        if found := problems(answer, qa):
            wrong[asked.text] = found
    assert not wrong
    assert set(told) == {(language, found) for language in TEMPLATES for found in (True, False)}
    assert sum(told.values()) == count


def test_generated_questions_are_the_same_every_time_and_of_every_kind(qa: ArticleQA) -> None:
    material = Material.of(qa)
    made = list(generated(material, 500))
    assert made == list(generated(material, 500))
    assert len({asked.text for asked in made}) > 450
    assert sum(asked.follows for asked in made) > 50
    assert sum(len(asked.text) == LONG for asked in made) >= 3
    assert all(asked.text.strip() for asked in made)
    for what in (EMOJI, CONTROLS, ("[99]",)):
        assert any(piece in asked.text for asked in made for piece in what)


def test_what_an_answer_does_not_keep_is_found(qa: ArticleQA) -> None:
    good = qa.ask("Combien de tuyaux compte le grand orgue de Notre-Dame ?")
    first = good.citations[0]
    assert problems(good, qa) == []
    for bad in (
        replace(good, text=good.text + " Et plus encore."),
        replace(good, text=good.text.replace("tuyaux", "flûtes", 1)),
        replace(good, citations=(replace(first, start=first.start + 1), *good.citations[1:])),
        replace(good, citations=(replace(first, number=2), *good.citations[1:])),
        replace(good, citations=(replace(first, highlights=((0, len(first.quote) + 1),)), *good.citations[1:])),
        replace(good, citations=()),
        replace(good, found=False),
        replace(good, probability=1.5),
    ):
        assert problems(bad, qa)
