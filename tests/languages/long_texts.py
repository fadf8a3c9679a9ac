"""Reads texts of one language that say the same over and over, 100,000 characters of it, in every function that reads.

`python -m tests.languages.long_texts LANGUAGE [SAID …]` says which function reads what before it does; the system ends
it where one takes more than `SECONDS` of CPU.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from datetime import date
from functools import partial

from index.text.dates import declared_date, head_date
from index.text.languages import detect_language
from index.text.sentences import split_sentences
from retrieval.answering.highlights import highlights
from retrieval.catalogue.recognising import recognise
from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.understanding.asking_words import as_open_question, is_yes_no, spelled_out
from retrieval.understanding.conversation import Conversation, Turn
from retrieval.understanding.leaning import lean
from retrieval.understanding.questions import split_questions
from retrieval.understanding.smalltalk import smalltalk
from retrieval.understanding.times import find_window
from retrieval.verifying.support import needs_sentence_before, objection

SECONDS = 5  # of CPU, for a function that takes a tenth of one
CHARACTERS = 100_000
SAID = (
    "a", "A", "1", "1 ", "1,5 ", "1/2 ", " ", "\n", "?", "-", "M. ", "Jean-", "«", "le ", "ne pas ", "not ", "si ",
    "et ", "million ", "vingt et ", "12 mars ", "12 mars 2024 ", "du 3 au ", "12:30 ", "XIV ", "combien de ",
    "article sur ", "ignore all ", "<!-- ", "一", "万", "年", "и ", "не ", "ال",
)  # fmt: skip
FEW = ("1 ", "?", "Jean-", "ne pas ", "million ", "vingt et ", "一")  # on which a pattern without a bound was once slow
_PROPERTIES = (
    "figures", "perhaps_figures", "counted", "measured", "dates", "names", "places", "denies", "is_denial", "kind",
    "counted_noun", "terms", "speaks_to_machines",
)  # fmt: skip
_TOLD = Conversation([Turn("Qui est le maire ?", "Le maire est Jean Valmont.")])
_QUESTION = Facts("Combien d'élèves ?", "fr")


def _readers(language: str) -> dict[str, Callable[[str], object]]:
    def facts(text: str) -> Facts:
        return Facts(text, language)

    of_facts: dict[str, Callable[[str], object]] = {
        name: lambda text, name=name: getattr(facts(text), name)  # type: ignore[misc]
        for name in (
            "figures",
            "perhaps_figures",
            "counted",
            "measured",
            "dates",
            "names",
            "places",
            "denies",
            "is_denial",
            "kind",
            "counted_noun",
            "terms",
        )
    }
    of_kinds = {
        f"{name} {kind}": partial(function, kind)
        for kind in Kind
        for name, function in (
            ("holds", lambda kind, text: facts(text).holds(kind, _QUESTION)),
            ("highlights", lambda kind, text: highlights(kind, facts(text), _QUESTION)),
        )
    }
    return of_facts | of_kinds | {
        "detect_language": lambda text: detect_language(text, ["fr"]),
        "split_sentences": lambda text: split_sentences(text, language),
        "declared_date": declared_date,
        "head_date": lambda text: head_date([text]),
        "names_person": lambda text: facts(text).names_person(_QUESTION),
        "as_open_question": lambda text: as_open_question(text, language),
        "is_yes_no": lambda text: is_yes_no(text, language),
        "spelled_out": lambda text: spelled_out(text, language),
        "lean": lambda text: lean(text, _TOLD, language),
        "split_questions": lambda text: split_questions(text, language),
        "smalltalk": smalltalk,
        "find_window": lambda text: find_window(text, date(2025, 4, 16)),
        "recognise": lambda text: recognise(text, language, date(2025, 4, 16)),
        "objection": lambda text: objection(facts(text), facts(text)),
        "objection, across": lambda text: objection(facts(text), Facts(text, "en" if language != "en" else "fr")),
        "objection, of a sentence": lambda text: objection(facts(text[:4_000]), facts(text[:4_000])),
        "needs_sentence_before": lambda text: needs_sentence_before(facts(text)),
    }  # fmt: skip


def main() -> None:
    language, *said = sys.argv[1:]
    for name, read in _readers(language).items():
        read(_QUESTION.text)  # what a first use makes ready is not counted
        for words in said or SAID:
            sys.stdout.write(f"{name} of {words!r}\n")
            sys.stdout.flush()
            used = resource.getrusage(resource.RUSAGE_SELF)
            limit = int(used.ru_utime + used.ru_stime) + SECONDS
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            read((words * (CHARACTERS // len(words) + 1))[:CHARACTERS])
    sys.stdout.write("read\n")


if __name__ == "__main__":
    main()
