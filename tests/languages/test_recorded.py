"""What is read in texts stays as it was recorded, unless a change means to improve it."""

from __future__ import annotations

import json

from retrieval.facts.facts import Facts
from retrieval.facts.kinds import Kind
from retrieval.facts.names import names_in
from tests.languages.recorded import RECORD, read


def test_texts_of_every_language_are_read_as_recorded() -> None:
    """Where a difference is an improvement, a test names it and `python -m tests.languages.recorded` records it."""
    different = []
    for line in RECORD.read_text(encoding="utf-8").splitlines():
        (of, given), (_, recorded) = json.loads(line).items()
        now = json.loads(json.dumps(read(of, given)))
        different += [
            (given, key, recorded.get(key), now.get(key))
            for key in {*recorded, *now}
            if recorded.get(key) != now.get(key)
        ]
    assert different == []


def _holds(kind: Kind, text: str) -> bool:
    return Facts.of(text, "").holds(kind, Facts.of("", ""))


def test_a_span_of_time_begins_and_ends_in_one_language() -> None:
    """ "De … to" was one, of two languages."""
    assert not _holds(Kind.DURATION, "Elle sert la pâte de manioc ou le tô du village.")
    assert _holds(Kind.DURATION, "La grève va de lundi matin au mardi soir.")
    assert _holds(Kind.DURATION, "The strike lasts from Monday morning to Tuesday night.")


def test_a_word_that_opens_sentences_in_one_language_is_a_name_in_none() -> None:
    assert names_in("Eine Quasi-Wahlempfehlung der Neos.", "de") == ["wahlempfehlung", "neos"]
