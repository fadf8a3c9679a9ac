"""Filters on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bot.conftest import Run

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"


def test_ask_searches_only_what_the_options_let_in(run: Run, index: Path) -> None:
    done = run("ask", "--index", index, "--source", "le courrier", "--since", "2025-03-04", QUESTION)
    assert "14 mois" in done.out
    done = run("ask", "--index", index, "--until", "2025-03-03", QUESTION)
    assert "14 mois" not in done.out
    assert "rouvre aux voitures" not in done.out
    found = json.loads(run("ask", "--json", "--index", index, "--language", "fr", QUESTION).out)
    assert {passage["language"] for passage in found["passages"]} == {"fr"}


def test_chat_keeps_to_its_options(run: Run, index: Path) -> None:
    typed = f"{QUESTION}\nQuoi de neuf ?\n"
    done = run("chat", "--json", "--index", index, "--until", "2025-03-03", typed=typed)
    answers = [json.loads(line) for line in done.out.splitlines()]
    shown = [each["published"] for answer in answers for each in (*answer["passages"], *answer["citations"])]
    assert len(answers) == 2
    assert shown
    assert all(day <= "2025-03-03" for day in shown)


@pytest.mark.parametrize("command", ["ask", "chat"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--source", "Nulle part"], "source 'Nulle part': no article is of it; there are: "),
        (["--language", "xx"], "language 'xx': no article is of it; there are: fr ("),
        (["--since", "04/03/2025"], "since: found '04/03/2025', a day such as 2024-01-31 wanted"),
        (["--since", "2025-03-04", "--until", "2025-03-01"], "since 2025-03-04 is after until 2025-03-01"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_one_line(
    run: Run, index: Path, command: str, options: list[str], words: str
) -> None:
    done = run(command, "--index", index, *options, *([QUESTION] if command == "ask" else []))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"articlebot: {words}")
    assert done.err.count("\n") == 1
