from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar

import pytest

from retrieval.llm.deadline import in_time
from tests.retrieval.llm.clock import Clock

LONGEST_S = 120.0  # only a failing test waits so long


def far() -> float:
    return time.monotonic() + LONGEST_S


def test_all_pieces_come_in_order() -> None:
    assert list(in_time(lambda: iter(range(100)), far())) == list(range(100))


def test_none_is_a_piece_like_any_other() -> None:
    assert list(in_time(lambda: iter([None, 0, None]), far())) == [None, 0, None]


def test_an_error_comes_after_the_pieces_before_it() -> None:
    def breaks() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError("broken")

    pieces = in_time(breaks, far())
    assert next(pieces) == 1
    with pytest.raises(ZeroDivisionError, match="broken"):
        next(pieces)


def test_an_error_at_the_start_is_raised() -> None:
    def refuses() -> Iterator[int]:
        raise PermissionError("no")

    with pytest.raises(PermissionError):
        next(in_time(refuses, far()))


def test_a_reader_that_hangs_is_given_up() -> None:
    free = threading.Event()

    def hangs() -> Iterator[int]:
        yield 1
        free.wait(LONGEST_S)

    clock = Clock()
    pieces = in_time(hangs, 60, clock)
    assert next(pieces) == 1
    clock.sleep(60)
    with pytest.raises(TimeoutError):
        next(pieces)
    free.set()


def test_an_endless_reader_is_given_up_and_stops() -> None:
    stopped = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
                time.sleep(0.001)
        finally:
            stopped.set()

    with pytest.raises(TimeoutError):
        list(in_time(endless, time.monotonic() + 0.2))
    assert stopped.wait(LONGEST_S)


def test_what_came_in_time_is_given_to_a_slow_listener() -> None:
    read = threading.Event()

    def quick() -> Iterator[int]:
        yield from range(3)
        read.set()

    clock = Clock()
    pieces = in_time(quick, 60, clock)
    assert next(pieces) == 0
    assert read.wait(LONGEST_S)
    clock.sleep(61)
    assert list(pieces) == [1, 2]


def test_silence_is_counted_anew_with_each_piece() -> None:
    heard = [threading.Event() for _ in range(3)]

    def slow() -> Iterator[int]:
        for number, event in enumerate(heard):
            yield number
            event.wait(LONGEST_S)

    clock = Clock()
    pieces = in_time(slow, 60, clock, silence_s=60)
    for number, event in enumerate(heard):
        assert next(pieces) == number
        clock.sleep(50)  # 150 in all
        event.set()
    assert list(pieces) == []


def test_a_silence_that_is_too_long_is_given_up() -> None:
    free = threading.Event()

    def hangs() -> Iterator[int]:
        yield 1
        free.wait(LONGEST_S)

    pieces = in_time(hangs, time.monotonic() + 0.1, silence_s=0.1)
    assert next(pieces) == 1
    with pytest.raises(TimeoutError):
        next(pieces)
    free.set()


def test_a_reader_that_nobody_listens_to_stops() -> None:
    stopped = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
                time.sleep(0.001)
        finally:
            stopped.set()

    pieces = in_time(endless, far())
    next(pieces)
    del pieces
    assert stopped.wait(LONGEST_S)


def test_the_reader_sees_the_context_of_who_asks() -> None:
    name = ContextVar("name", default="nobody")
    name.set("somebody")
    assert list(in_time(lambda: iter([name.get()]), far())) == ["somebody"]
