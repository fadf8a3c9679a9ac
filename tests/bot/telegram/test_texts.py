from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from bot.telegram.commands.registry import listed
from bot.telegram.texts import REASONS, TEXTS, said_reason, spoken, text

ROOT = Path(__file__).parents[3]
PARSE = string.Formatter().parse


def test_every_language_has_the_same_keys_with_the_same_gaps() -> None:
    gaps = {
        language: {key: {name for _, name, _, _ in PARSE(words) if name} for key, words in of.items()}
        for language, of in TEXTS.items()
    }
    assert set(TEXTS) == {"fr", "en", "de", "es"}
    assert all(of == gaps["en"] for of in gaps.values())
    assert all(words.strip() for of in TEXTS.values() for words in of.values())


@pytest.mark.parametrize(
    ("tag", "language"), [("fr", "fr"), ("fr-CA", "fr"), ("FR", "fr"), ("pt-BR", "en"), ("", "en")]
)
def test_language_of_a_telegram_is_one_of_ours(tag: str, language: str) -> None:
    assert spoken(tag) == language


@pytest.mark.parametrize(
    ("language", "count", "words"),
    [
        ("fr", 0, "0 message n’a"),
        ("fr", 1, "1 message n’a"),
        ("fr", 2, "2 messages n’ont"),
        ("en", 0, "0 messages were"),
    ],
)
def test_plural_follows_the_number_as_the_language_does(language: str, count: int, words: str) -> None:
    assert text("left_out", language, count=count, which="").startswith(words)


def test_language_that_we_do_not_speak_gets_english() -> None:
    assert text("new_subject", "ru") == "New subject."


def test_reasons_of_the_index_are_told_in_our_words() -> None:
    assert said_reason("a.md: an empty file, text wanted; write it", "fr") == "le fichier est vide"
    assert said_reason("something that nobody thought of", "fr") == "ce document n’a pas pu être lu"
    assert said_reason("something that nobody thought of", "en") == "something that nobody thought of"


def test_every_number_with_a_noun_has_both_its_forms() -> None:
    forms = [spec for of in TEXTS.values() for words in of.values() for _, _, spec, _ in PARSE(words) if spec]
    assert forms
    assert all(len(form.split("|")) == 2 and all(part.strip() for part in form.split("|")) for form in forms)


@pytest.mark.parametrize("part", sorted({part for reasons in REASONS.values() for part in reasons}))
def test_each_reason_that_is_translated_is_one_that_is_given(part: str) -> None:
    """So that a reason that is put otherwise one day does not lose its translation unnoticed."""
    sources = [
        path.read_text(encoding="utf-8") for package in ("index", "bot") for path in (ROOT / package).rglob("*.py")
    ]
    assert any(part in re.sub(r"\{[^}]*\}", "404", source) or part in source for source in sources)


def test_reasons_are_the_same_in_every_language_but_english() -> None:
    assert set(REASONS) == set(TEXTS) - {"en"}
    assert len({tuple(reasons) for reasons in REASONS.values()}) == 1


@pytest.mark.parametrize("language", list(TEXTS))
def test_every_command_is_explained_within_telegrams_limit(language: str) -> None:
    for name, meaning in [*listed(language), *listed(language, for_admins=True)]:
        assert name.isalpha()
        assert 3 <= len(meaning) <= 256
