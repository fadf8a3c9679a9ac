"""What stands in a button comes back as it was, also from the buttons of earlier runs; anything else is no button."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.request import MOST_ID, Action, Button, button

IDS = st.integers(0, MOST_ID - 1)
BUTTONS = st.one_of(
    st.builds(lambda answer, number: Button(Action.PASSAGE, (answer, number)), IDS, IDS),
    st.builds(lambda answer, value: Button(Action.RATE, (answer, value)), IDS, st.sampled_from([1, -1])),
    st.just(Button(Action.NEW_SUBJECT)),
    st.builds(lambda first: Button(Action.ARTICLES, (first,)), IDS),
    st.builds(lambda offer: Button(Action.ASK, (offer,)), IDS),
    st.builds(lambda offer, answer: Button(Action.LET_IN, (offer, answer)), IDS, st.integers(0, 1)),
    st.builds(lambda offer, way: Button(Action.ADD, (offer, way)), IDS, st.integers(0, 2)),
)


@given(BUTTONS)
def test_button_comes_back_as_it_was(made: Button) -> None:
    data = button("words", made.action, *made.numbers).callback_data
    assert Button.parse(str(data)) == made
    assert len(made.data.encode()) <= 64


@pytest.mark.parametrize(
    ("data", "made"),
    [
        ("p:17:2", Button(Action.PASSAGE, (17, 2))),
        ("f:17:1", Button(Action.RATE, (17, 1))),
        ("f:17:-1", Button(Action.RATE, (17, -1))),
        ("n", Button(Action.NEW_SUBJECT)),
        ("a:20", Button(Action.ARTICLES, (20,))),
        ("e:123456", Button(Action.ASK, (123456,))),
        ("j:5:1", Button(Action.LET_IN, (5, 1))),
        ("d:5:2", Button(Action.ADD, (5, 2))),
    ],
)
def test_buttons_under_earlier_messages_are_understood(data: str, made: Button) -> None:
    assert (Button.parse(data), made.data) == (made, data)


@given(st.one_of(st.text(), st.from_regex(r"[pfnaejdx](:[-0-9²x]*)*")))
def test_made_up_data_is_no_button_or_a_whole_one(data: str) -> None:
    made = Button.parse(data)
    assert made is None or Button.parse(made.data) == made


@pytest.mark.parametrize(
    "data", ["", "x", "p", "p:1", "p:1:2:3", "p:²:1", "p::", "f:1:7", "n:1", "a:", f"e:{MOST_ID}", "e:" + "9" * 50]
)
def test_what_is_no_button_of_ours_is_none(data: str) -> None:
    assert Button.parse(data) is None
