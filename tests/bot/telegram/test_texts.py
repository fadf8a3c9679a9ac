from __future__ import annotations

import string

import pytest

from bot.telegram.commands.registry import listed
from bot.telegram.texts import TEXTS, spoken, text

PARSE = string.Formatter().parse


def test_every_language_has_the_same_keys_with_the_same_gaps() -> None:
    gaps = {
        language: {key: sorted(name for _, name, _, _ in PARSE(words) if name) for key, words in of.items()}
        for language, of in TEXTS.items()
    }
    assert set(TEXTS) == {"fr", "en"}
    assert gaps["fr"] == gaps["en"]
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


@pytest.mark.parametrize("language", list(TEXTS))
def test_every_command_is_explained_within_telegrams_limit(language: str) -> None:
    for name, meaning in [*listed(language), *listed(language, for_admins=True)]:
        assert name.isalpha()
        assert 3 <= len(meaning) <= 256
