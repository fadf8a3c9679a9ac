"""A state for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from telegram import MessageEntity

from bot.telegram.request import Place, Request
from bot.telegram.state.answers import FormattedText, Given, Source
from bot.telegram.state.file import StateFile
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import Memory
from bot.telegram.state.store import Store
from retrieval.understanding.conversation import Turn

PRIVATE, TOPIC = Place(5), Place(-100, 7, is_group=True)
SOURCE = Source(1, "Titre", "Le Courrier", "https://example.org", "2025-02-12", "mot à mot", "avant mot à mot après")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "bot.sqlite"


@pytest.fixture
def file(path: Path) -> Iterator[StateFile]:
    opened = StateFile.open(path)
    yield opened
    opened.close()


def request(update_id: int, place: Place = PRIVATE, user_id: int = 5) -> Request:
    return Request(update_id, "question", place, user_id, message_id=update_id + 1000, text="combien ?")


def given(words: str = "14 mois") -> Given:
    bold = MessageEntity(MessageEntity.BOLD, 0, len(words))
    return Given((FormattedText(words, (bold,)),), (SOURCE,), "fr", keyboard=True)


def talk(store: Store, number: int, person: int, word: str) -> None:
    """One person's question from its arrival to its answer, with all that a person can leave behind."""
    memory, inbox = Memory(store), Inbox(store)
    words = f"{word} " * 700  # more than a page of the file holds
    sender = {"from": {"id": person}, "message_id": number, "text": words}
    inbox.put([{"update_id": number, "message": sender}])
    inbox.begin(number)
    kept = memory.keep(request(number, PRIVATE, person), given(words), [Turn(words, words)])
    memory.rate(kept.id, person, -1, f"feedback of {word}")
    memory.put_offer(request(number + 5_000, PRIVATE, person), words)
    inbox.done(number)
