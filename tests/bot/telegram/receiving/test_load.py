"""Many chats at once, with Telegram's limits enforced."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.bot.telegram.load import Load, measure


def measured(chats: int, folder: Path) -> Load:
    """Measures in a process of its own: the memory that other tests had at most is not the bot's."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measure, chats, folder).result()


def check(load: Load) -> None:
    assert (load.right, load.in_order) == (load.asked, True)
    assert load.memory_mb < 1000


def test_twenty_chats_at_once_are_all_answered_in_order(tmp_path: Path) -> None:
    check(measured(20, tmp_path))


@pytest.mark.full
def test_two_hundred_chats_at_once_are_all_answered_in_order(tmp_path: Path) -> None:
    check(measured(200, tmp_path))
