"""A text of any length is read in time that grows with its length, whatever it says."""

from __future__ import annotations

import subprocess
import sys

import pytest

from index.text.by_language import ByLanguage
from tests.languages.long_texts import FEW, SAID


def read(language: str, *said: str) -> str:
    """Returns the last line of a process that reads long texts; the system ends it where one takes too much CPU."""
    command = [sys.executable, "-m", "tests.languages.long_texts", language, *said]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().rpartition("\n")[2] if done.stdout else done.stderr


@pytest.mark.parametrize("language", ["fr", "zh"])
def test_long_texts_are_read_in_time(language: str) -> None:
    assert read(language, *FEW) == "read"


@pytest.mark.full
@pytest.mark.parametrize("language", list(ByLanguage("facts")))
def test_long_texts_of_every_kind_are_read_in_time(language: str) -> None:
    assert read(language, *SAID) == "read"
