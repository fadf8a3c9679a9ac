"""Many chats at once, with Telegram's limits enforced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bot.telegram.load import Load, measure


def check(load: Load) -> None:
    assert (load.right, load.in_order) == (load.asked, True)
    assert load.memory_mb < 1000


def test_twenty_chats_at_once_are_all_answered_in_order(tmp_path: Path) -> None:
    check(measure(20, tmp_path))


@pytest.mark.full
def test_two_hundred_chats_at_once_are_all_answered_in_order(tmp_path: Path) -> None:
    load = measure(200, tmp_path)
    check(load)
    assert load.slowest_s <= 3 * load.median_s  # a share of what all wait, whatever the machine
