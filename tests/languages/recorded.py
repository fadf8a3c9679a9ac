"""What is read in texts of every language, recorded: `python -m tests.languages.recorded` records it anew.

With a folder and a file it records what is read in the articles and questions there, to compare by hand.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import frontmatter

from index.text.languages import detect_language
from index.text.sentences import split_sentences
from retrieval.answering.highlights import highlights
from retrieval.catalogue.recognising import recognise
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.understanding.asking_words import as_open_question, is_yes_no, spelled_out
from retrieval.understanding.conversation import Conversation, Turn
from retrieval.understanding.leaning import lean
from retrieval.understanding.questions import named_again, split_questions
from retrieval.understanding.smalltalk import smalltalk
from retrieval.understanding.times import find_window
from retrieval.verifying.support import needs_sentence_before, objection
from tests.retrieval.verifying.test_support import LIES, TRUE

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("recorded.jsonl")
SPOKEN = ("understanding", "catalogue", "facts")  # rooms whose tests hold messages of many languages
_ORDERS = "test_injection"  # asks nothing, and much
TODAY = date(2025, 4, 16)
EXPECTED = ("fr", "en")
TOLD = [Turn("Quand le pont de Morlac a-t-il rouvert ?", "Il a rouvert le 12 mai 2024, dit la mairie de Lorient.")]
SENTENCES_OF_A_SET = 300  # about; the starter articles have less


def read(of: str, given: list[str]) -> dict[str, Any]:
    """Returns what the code reads in a text, without what it does not find."""
    readers: dict[str, Callable[..., dict[str, Any]]] = {
        "article": _article, "sentence": _sentence, "question": _question, "claim": _claim,
    }  # fmt: skip
    found = readers[of](*given)
    return {key: value for key, value in found.items() if value not in (None, "", [], {}, False)}


def _article(path: str) -> dict[str, Any]:
    article = frontmatter.load(str(ROOT / path))
    borders = split_sentences(article.content, str(article["language"]))
    return {"language": detect_language(article.content), "ends": [end for _, end in borders]}


def _sentence(language: str, text: str) -> dict[str, Any]:
    told, nothing = Facts.of(text, language), Facts.of("", "")
    return {
        "language": "" if detect_language(text, [language]) == language else detect_language(text, [language]),
        "figures": sorted(told.figures),
        "generous": sorted(told.perhaps_figures - told.figures),
        "counted": {noun: sorted(numbers) for noun, numbers in told.counted.items()},
        "measured": {number: sorted(units) for number, units in told.measured.items()},
        "dates": {str(month): sorted(days) for month, days in told.dates.items()},
        "denies": told.denies,
        "leaves out": told.is_denial and not told.denies,
        "names": list(told.names),
        "holds": [kind.value for kind in Kind if kind not in _UNTOLD and told.holds(kind, nothing)],
        "names a person": told.names_person(nothing),
        "leans": needs_sentence_before(told),
        "marks": _marks(list(Kind), told, nothing),
    }


_UNTOLD = (Kind.OTHER, Kind.REASON, Kind.PLACE)  # any text holds these


def _marks(kinds: list[Kind], text: Facts, question: Facts) -> dict[str, Any]:
    marked = {kind.value: highlights(kind, text, question) for kind in kinds}
    return {kind: [text.text[start:end] for start, end in spans] for kind, spans in marked.items() if spans}


def _question(question: str, passage: str = "") -> dict[str, Any]:
    language = detect_language(question, EXPECTED)
    asked, told = Facts.of(question, language), Facts.of(passage, detect_language(passage))
    kind, about, window = asked.kind, recognise(question, language, TODAY), find_window(question, TODAY)
    leaning, parts = lean(question, Conversation(TOLD), language), split_questions(question, language)
    return {
        "language": language,
        "kind": "" if kind is Kind.OTHER else kind.value,
        "counted": asked.counted_noun,
        "window": window and [str(window.first), str(window.last), question[window.start : window.end]],
        "small talk": smalltalk(question),
        "later": smalltalk(question, first=False) if smalltalk(question, first=False) != smalltalk(question) else None,
        "leaning": "" if leaning.question == question and not leaning.before else [leaning.question, leaning.before],
        "counts": leaning.counts.value if leaning.before else "",
        "yes or no": is_yes_no(question, language),
        "parts": parts if named_again(parts, language) == parts else named_again(parts, language),
        "typed": "" if spelled_out(question, language) == question else spelled_out(question, language),
        "open": "" if as_open_question(question, language) == question else as_open_question(question, language),
        "articles": about
        and {key: str(value) for key, value in asdict(about).items() if value and key not in ("window", "article_id")},
        "answers": _marks([kind], told, asked) if passage else {},
        "answered": bool(passage) and told.holds(kind, asked),
    }


def _claim(sentence: str, language: str, quote: str, quote_language: str) -> dict[str, Any]:
    return {"objection": objection(Facts.of(sentence, language), Facts.of(quote, quote_language))}


def texts(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields what is recorded of a folder that holds sets of articles and questions: what it is, and what is read."""
    for articles in sorted({path.parent for path in folder.rglob("articles/*.md")}):
        sentences: list[list[str]] = []
        for path in sorted(articles.glob("*.md")):
            article = frontmatter.load(str(path))
            language, text = str(article["language"]), article.content
            yield "article", [str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)]
            sentences += [[language, text[start:end]] for start, end in split_sentences(text, language)]
        yield from (("sentence", given) for given in sentences[:: len(sentences) // SENTENCES_OF_A_SET + 1])
    for path in sorted(folder.rglob("questions.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            asked = json.loads(line)
            parts = re.split(r"(?<=[.!?。]) ", asked.get("passage") or "")
            held = (part for part in parts if any(answer in part for answer in asked["answers"]))
            yield "question", [asked["question"], *islice(held, 1)]


def of_the_tests() -> Iterator[tuple[str, list[str]]]:
    """Yields the messages and the claims in our own tests."""
    rooms = (ROOT / "tests" / "retrieval" / room for room in SPOKEN)
    for path in sorted(path for room in rooms for path in room.glob("test_*.py") if path.stem != _ORDERS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_message(node.value, path.stem):
                yield "question", [node.value]
    for _, language, sentence, quote_language, quote in LIES:
        yield "claim", [sentence, language, quote, quote_language]
    for language, sentence, quote_language, quote in TRUE:
        yield "claim", [sentence, language, quote, quote_language]


def _is_message(text: str, module: str) -> bool:
    says_something = text.endswith(("?", "؟", "？")) or module in ("test_dates", "test_smalltalk")
    return says_something and 1 < len(text) < 200 and "\n" not in text


def record(of: str, given: list[str]) -> str:
    """Returns a line of the record."""
    return json.dumps({of: given, "read": read(of, given)}, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    given = texts(Path(sys.argv[1])) if sys.argv[1:] else (*texts(ROOT / "seeds"), *of_the_tests())
    lines = dict.fromkeys(record(of, text) for of, text in given)
    (Path(sys.argv[2]) if sys.argv[2:] else RECORD).write_text("\n".join(lines) + "\n", encoding="utf-8")
