"""A talk with the bot over real HTTP: questions, follow-ups, buttons, commands, groups, topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.person import Person

FIRST = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
FOLLOW_UP = "Et combien ont-ils coûté ?"


def test_question_gets_one_message_with_numbered_quotes(start: StartBot, ann: Person) -> None:
    start()
    answer = ann.ask(FIRST)
    assert "14 mois" in answer.text
