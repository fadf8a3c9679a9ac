"""Everything that can go wrong with a call, in every state of an answer: exactly one right answer."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.telegram.run import EXIT_TOKEN
from retrieval import Answer, ArticleQA
from tests.bot.telegram.conftest import ANN, GROUP, Writing
from tests.bot.telegram.person import PLACEHOLDER, Person
from tests.bot.telegram.server import result_of

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.server import TelegramServer

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
NEXT = "Que fera la médiathèque le dimanche ?"
STATES: dict[str, dict[str, Any]] = {
    "receiving": {"method": "getUpdates"},
    "placeholder": {"method": "sendMessage"},
    "streaming": {"method": "editMessageText", "match": " …"},
    "final edit": {"method": "editMessageText", "match": "index du"},
}
TIMEOUT_S = 4.0  # the connection's own, by the machine's clock
SHOWN_AT = 12  # words of an answer that are worth an edit


# each fault where it does most harm; the others are run with the full counts
WORST = {
    "429": ("final edit", "streaming"),
    "500": ("placeholder",),
    "502 page": ("final edit",),
    "401": ("receiving",),
    "409": ("receiving",),
    "cut before": ("placeholder",),
    "cut after": ("receiving", "placeholder", "final edit"),
    "hang": ("placeholder",),
    "garbage": ("streaming",),
}
EVERYWHERE = [
    pytest.param(kind, state, marks=[] if state in WORST[kind] else [pytest.mark.full])
    for kind in WORST
    for state in STATES
]


@pytest.mark.parametrize(("kind", "state"), EVERYWHERE)
def test_fault_costs_no_answer_and_makes_none_twice(
    start: StartBot, ann: Person, telegram: TelegramServer, index: Path, kind: str, state: str
) -> None:
    fault = telegram.fault(kind=kind, seconds=TIMEOUT_S * 3, **STATES[state])
    edited = threading.Event()  # the answer goes on once its first part was shown, or is not to be

    def between(number: int) -> None:
        if state == "streaming" and number == SHOWN_AT and not edited.is_set():
            telegram.until(lambda: fault.met or None)
            edited.set()

    start(
        lambda: Writing(ArticleQA.open(index), between), **({"telegram_timeout": TIMEOUT_S} if kind == "hang" else {})
    )
    ann.wait_for_reply(ann.say(QUESTION), "index du")
    ann.wait_for_reply(ann.say(NEXT), "index du")
    assert fault.met == 1
    answers = [shown.text for shown in ann.answers()]
    assert len(answers) == 2
    assert answers[0].startswith("14 mois\nLes travaux ont duré 14 mois. [1]\n")
    assert "médiathèque" in answers[1]
    strays = len(ann.shown()) - len(answers)
    assert strays <= (state == "placeholder" and kind in ("cut after", "hang"))


def test_first_question_does_not_wait_for_the_list_of_commands(
    start: StartBot, ann: Person, telegram: TelegramServer
) -> None:
    listing = telegram.fault("setMyCommands", "hold")
    start()
    ann.wait_for_reply(ann.say(QUESTION), "14 mois")
    telegram.until(lambda: listing.met)
    assert telegram.named("setMyCommands") == []
    listing.is_over = True
    telegram.until(lambda: len(telegram.named("setMyCommands")) == 3)


@pytest.mark.parametrize("method", ["getUpdates", "sendMessage", "editMessageText"])
def test_token_that_is_refused_for_good_ends_the_bot_and_the_next_one_answers(
    start: StartBot, ann: Person, telegram: TelegramServer, method: str
) -> None:
    start().stop()  # which has the state made
    refusing = telegram.fault(method, "401", times=1000)
    bot = start()
    asked = ann.say(QUESTION)
    assert bot.code() == EXIT_TOKEN
    refusing.times = 0
    start()
    ann.wait_for_reply(asked, "14 mois")
    assert len(ann.answers()) == 1


def test_updates_that_cannot_be_read_stop_nothing(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    good = {"update_id": 50, "message": ann.message(QUESTION)}
    poison: list[object] = [
        {"update_id": 41, "message": "no message"},
        {"update_id": 42, "message": {**ann.message("x"), "date": "yesterday"}},
        {"update_id": 43, "message": {**ann.message("x"), "chat": {"id": "abc", "type": "private"}}},
        {"update_id": 44, "message": {**ann.message("x"), "from": [1, 2]}},
        {"update_id": 45, "callback_query": {"id": 5}},
        {"update_id": 46, "message": ann.message("\ud83d half of a pair")},
        {"update_id": 47},
        {"update_id": 10**40},
        {"update_id": 40, "message": {**ann.message("x"), "from": {"id": 10**40, "is_bot": False, "first_name": "x"}}},
        {"update_id": 48, "something_new": {}},
        {"no": "id"},
        17,
        {"update_id": 49, "message": {**ann.message("x"), "entities": [{"type": "bold", "offset": 99, "length": 9}]}},
    ]
    telegram.fault("getUpdates", "inject", body=result_of([*poison, good]))
    bot = start()
    ann.wait("14 mois")
    Person(telegram, ANN).ask(NEXT)
    assert bot.bot.metrics.total("poison") >= 5
    assert len(telegram.named("getUpdates")) < 12  # no endless polling


def test_update_that_is_delivered_again_is_not_answered_again(
    start: StartBot, ann: Person, telegram: TelegramServer
) -> None:
    again = result_of([{"update_id": 70, "message": ann.message(QUESTION)}])
    telegram.fault("getUpdates", "inject", body=again, times=3)
    start()
    ann.wait("14 mois")
    ann.ask(NEXT)
    assert len(ann.shown()) == 2


def test_deleted_placeholder_is_replaced(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    telegram.fault("editMessageText", "400 gone")
    start()
    ann.ask(QUESTION)
    assert len(ann.answers()) == 1
    assert ann.shown()[0].text == PLACEHOLDER


def test_answer_is_given_up_where_the_bot_is_blocked_and_begun_anew_when_the_person_writes(
    start: StartBot, ann: Person, telegram: TelegramServer
) -> None:
    blocked = telegram.fault("editMessageText", "403")
    start()
    ann.say(QUESTION)
    telegram.until(lambda: blocked.met)
    ann.ask(NEXT)
    assert len(ann.answers()) == 1


def test_group_that_moved_gets_its_answer_under_the_new_number(start: StartBot, telegram: TelegramServer) -> None:
    telegram.fault("sendMessage", "migrated")
    start()
    before, after = Person(telegram, 501, chat_id=GROUP), Person(telegram, 501, chat_id=GROUP - 1_000_000)
    before.say(f"/ask {QUESTION}")
    after.wait("14 mois")
    after.wait_for_reply(after.say(f"/ask {NEXT}"), "médiathèque")  # it is listed under the new number too
    assert before.shown() == []


def test_error_while_answering_gets_one_apology(start: StartBot, ann: Person, index: Path) -> None:
    class Broken(Writing):
        def stream(self, question: str, **about: Any) -> Any:
            if "pont" in question:
                raise RuntimeError(question)
            return super().stream(question, **about)

    bot = start(lambda: Broken(ArticleQA.open(index)))
    sorry = ann.wait_for_reply(ann.say(QUESTION), "Désolé")
    ann.ask(NEXT)
    assert (sorry.keyboard, len(ann.shown())) == ((), 2)
    assert bot.bot.metrics.total("apologies") == 1


class Long(Writing):
    """Answers at length."""

    llm = None

    def ask(self, question: str, **about: Any) -> Answer:
        answer = self._qa.ask(question, **about)
        return replace(answer, text=" ".join(f"{number}. {answer.text}" for number in range(400)))


@pytest.mark.parametrize("kind", ["cut after", "429", "400 gone"])
def test_long_answer_comes_in_parts_each_once(
    start: StartBot, ann: Person, telegram: TelegramServer, index: Path, kind: str
) -> None:
    method = "editMessageText" if kind == "400 gone" else "sendMessage"
    telegram.fault(method, kind, skip=1)
    start(lambda: Long(ArticleQA.open(index)))
    ann.say(QUESTION)
    ann.wait("index du")
    parts = sorted((s for s in ann.shown() if len(s.text) > 100), key=lambda shown: shown.message_id)
    whole = "".join(shown.text for shown in parts)
    numbers = [int(number) for number in re.findall(r"(\d+)\.\s+Les travaux", whole)]
    assert numbers == list(range(400))
    assert [bool(shown.keyboard) for shown in parts] == [False] * (len(parts) - 1) + [True]


def test_stop_leaves_what_waits_to_the_next_run(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    hold = telegram.fault("sendMessage", "hold")
    bot = start()
    asked = [ann.say(QUESTION), ann.say(NEXT)]
    telegram.until(lambda: hold.met and not telegram.pending())
    bot._loop.call_soon_threadsafe(bot.bot.stop)
    hold.is_over = True
    assert bot.code() == 0
    start()
    for number in asked:
        ann.wait_for_reply(number, "index du")
    assert len(ann.answers()) == 2


def test_stranger_whose_refusal_a_stop_cut_off_is_not_let_in_by_the_next_run(
    start: StartBot, stranger: Person, admin: Person, telegram: TelegramServer
) -> None:
    hold = telegram.fault("sendMessage", "hold")
    bot = start()
    stranger.say(QUESTION)
    telegram.until(lambda: hold.met)
    stranger.say("/allow 99")
    telegram.until(lambda: not telegram.pending() or None)
    bot._loop.call_soon_threadsafe(bot.bot.stop)
    hold.is_over = True
    assert bot.code() == 0
    start()
    admin.say("/allow")
    assert "le numéro 99" not in admin.wait("Autorisés, en plus").text
    assert all("personnes autorisées" in shown.text for shown in stranger.shown())


def test_what_is_sent_while_streaming_is_a_beginning_of_the_answer(
    start: StartBot, ann: Person, telegram: TelegramServer, index: Path
) -> None:

    def between(number: int) -> None:
        if number % SHOWN_AT == 0:
            telegram.until(lambda: len(telegram.named("editMessageText")) >= number // SHOWN_AT or None)

    start(lambda: Writing(ArticleQA.open(index), between))
    ann.ask(QUESTION)
    edits = [call.fields["text"] for call in telegram.named("editMessageText")]
    whole = "Les travaux ont duré 14 mois. [1]" * 3
    assert len(edits) >= 2
    assert all(whole.startswith(text.removesuffix(" …")) for text in edits[:-1])
