"""Many chats at once, with Telegram's limits enforced."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.bot.telegram.load import Load, long_run, measure


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


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_long_run_holds_no_more_files_and_threads(tmp_path: Path) -> None:
    first, second, third = long_run(tmp_path, chats=2, questions=24, every=8)
    assert [held.answers for held in (first, second, third)] == [8, 16, 24]
    # a thread that is first used, with its connection, is no leak: one for each answer is
    assert 0 < third.files < second.files + 8
    assert 0 < third.threads < second.threads + 8
    assert third.memory_mb > 0
