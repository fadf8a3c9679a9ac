"""The real `articlebot bot` as a process of its own: start, stop, kill, restart, log, health, demo."""

from __future__ import annotations

import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.telegram.receiving.queues import DEPTH
from bot.telegram.run import EXIT_BROKEN, EXIT_DEAF
from bot.telegram.state.inbox import MOST_ATTEMPTS
from tests.bot.telegram.conftest import ADMIN, ANN, BOB, GROUP
from tests.bot.telegram.operating.conftest import FORUM, MAIN, ROOT, StartProcess
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TOKEN, WAIT_S, Fault, TelegramServer, result_of
from tests.index.conftest import give_away, run_python
from tests.retrieval.llm.openai_server import Turn, answer_of, claim, number_of, serving

if TYPE_CHECKING:
    from tests.bot.conftest import Run

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
FOLLOW_UP = "Et quand ?"
LIGHTHOUSE = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"
ARTICLE = "---\ntitle: Un phare\ndate: 2024-12-01\nlanguage: fr\n---\nLe phare de Kerbrat a été automatisé en 1987.\n"
APOLOGY = "Désolé, je n’ai pas pu répondre"
UNLIMITED = {"quota_minute": "100000", "quota_day": "100000"}


def test_whole_talk_over_a_restart(process: StartProcess, telegram: TelegramServer, tmp_path: Path) -> None:
    ann, admin = Person(telegram, ANN), Person(telegram, ADMIN)
    member, stranger = Person(telegram, 501, GROUP), Person(telegram, 99)
    first = process()
    ann.say("/start")
    ann.wait("Posez-moi une question")
    answer = ann.ask(QUESTION)
    assert answer.text.startswith("14 mois\nLes travaux ont duré 14 mois. [1]\n")
    assert "4 mars 2025" in ann.ask(FOLLOW_UP, "Question comprise").text
    ann.press(answer, "📄 1")
    ann.wait("a coupé le ruban")
    asked = member.wait_for_reply(member.say(f"/ask@FixtureBot {QUESTION}"), "14 mois")
    chat = {"id": GROUP, "type": "supergroup"}
    reply = {
        "message_id": asked.message_id,
        "date": 1,
        "chat": chat,
        "from": {"id": 7, "is_bot": True, "first_name": "F"},
    }
    member.wait_for_reply(member.say(FOLLOW_UP, reply_to_message=reply), "4 mars 2025")
    admin.send_document("phare.md", ARTICLE.encode())
    admin.wait("1 article ajouté")
    ann.wait_for_reply(ann.say(LIGHTHOUSE), "1987")
    stranger.say(QUESTION)
    stranger.wait("personnes autorisées")
    first.send_signal(signal.SIGTERM)
    assert first.wait(WAIT_S) == 0
    process()
    ann.press(answer, "📄 1")
    ann.wait("a coupé le ruban", 2)
    assert "Question comprise" in ann.wait_for_reply(ann.say("Et quand ?"), ".").text
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "ERROR" not in log
    assert "Traceback" not in log


def test_no_token_and_no_word_is_in_the_log_with_everything_at_debug(
    process: StartProcess, telegram: TelegramServer, tmp_path: Path
) -> None:
    for method, kind in [("getUpdates", "garbage"), ("sendMessage", "502 page"), ("editMessageText", "400 gone")]:
        telegram.fault(method, kind)
    broken = {"update_id": 1, "message": {"text": "motsecretpoison", "chat": 5}}
    telegram.fault("getUpdates", "inject", skip=1, body=result_of([broken]))
    telegram.fault("sendChatAction", "inject", body='{"ok": false, "motsecretpayload": "')
    ann, stranger = Person(telegram, ANN, name="Nomsecret"), Person(telegram, 99)
    bot = process(log_level="DEBUG")
    answer = ann.ask("motsecretquestion : " + QUESTION)
    ann.press(answer, "📄 1")
    ann.wait("a coupé le ruban")
    ann.say("/feedback motsecretavis")
    ann.wait("Merci")
    ann.search("motsecretrecherche")
    stranger.say("motsecretinconnu")
    stranger.wait("personnes autorisées")
    Person(telegram, ADMIN).send_document("motsecretfichier.md", b"")
    Person(telegram, ADMIN).wait("✗")
    bot.send_signal(signal.SIGTERM)
    assert bot.wait(WAIT_S) == 0
    log = (tmp_path / "log.txt").read_text(encoding="utf-8")
    assert "DEBUG httpcore" in log
    assert "/bot[token]/sendMessage" in log
    for secret in (TOKEN, TOKEN[7:], "motsecret", "Nomsecret", "14 mois", "travaux du pont"):
        assert secret not in log


def kill_while_people_talk(process: StartProcess, telegram: TelegramServer, state: Path, kills: int, seed: int) -> None:
    """Kills the bot at random moments while five chats ask; every question has one answer at the end, in order.

    An apology is one, for a question that the kills let nobody get past.
    """
    chance = random.Random(seed)  # noqa: S311  moments, not secrets
    people = [Person(telegram, number) for number in (ANN, BOB, ADMIN)]
    people += [Person(telegram, 501, GROUP), Person(telegram, 502, FORUM, thread_id=4)]
    asked: dict[int, list[int]] = {person.id: [] for person in people}
    for _ in range(kills):
        bot = process(**UNLIMITED)
        for person in people:
            if len(asked[person.id]) - len(_answered(person, asked)) < DEPTH:  # more at once is told to wait
                asked[person.id].append(person.say(f"/ask {QUESTION}" if person.chat_id < 0 else QUESTION))
        _wait_for_calls(telegram, chance.randint(1, 40), lambda: _are_all_answered(people, asked))
        time.sleep(chance.random() * 0.05)
        bot.kill()
        bot.wait()
    process(**UNLIMITED)
    for person in people:
        for number in asked[person.id]:
            # in groups a message every three seconds
            telegram.until(lambda who=person, to=number: _is_told(who, to) or None, 3 * WAIT_S)  # type: ignore[misc]
    for person in people:
        assert _answered(person, asked) == asked[person.id]
    with closing(sqlite3.connect(state)) as db:
        ((given_up,),) = db.execute("SELECT count(*) FROM inbox WHERE attempts > ?", [MOST_ATTEMPTS])
    assert sum(shown.text.startswith(APOLOGY) for person in people for shown in person.answers()) <= given_up


def _is_told(person: Person, question: int) -> bool:
    """Whether a question has an answer that is whole, or an apology."""
    replies = [shown.text for shown in person.answers() if shown.reply_to == question]
    return any("index du" in text or text.startswith(APOLOGY) for text in replies)


def _answered(person: Person, asked: dict[int, list[int]]) -> list[int]:
    """Returns the questions of a person that have an answer, in the order of the answers."""
    return [shown.reply_to for shown in person.answers() if shown.reply_to in asked[person.id]]


def _are_all_answered(people: list[Person], asked: dict[int, list[int]]) -> bool:
    return all(_answered(person, asked) == asked[person.id] for person in people)


def _wait_for_calls(telegram: TelegramServer, count: int, is_over: Callable[[], bool]) -> None:
    before = len(telegram.calls)
    telegram.until(lambda: len(telegram.calls) >= before + count or is_over() or None)


def test_kill_at_five_points_costs_no_answer_and_makes_none_twice(
    process: StartProcess, telegram: TelegramServer, tmp_path: Path
) -> None:
    kill_while_people_talk(process, telegram, tmp_path / "state.sqlite", kills=5, seed=1)


@pytest.mark.full
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_kill_at_thirty_points_costs_no_answer_and_makes_none_twice(
    process: StartProcess, telegram: TelegramServer, tmp_path: Path, seed: int
) -> None:
    kill_while_people_talk(process, telegram, tmp_path / "state.sqlite", kills=10, seed=seed)


def test_question_that_a_crash_ended_and_three_replays_too_gets_an_apology(process: StartProcess, ann: Person) -> None:
    asked = ann.say(QUESTION)
    with serving(lambda _messages: Turn(wait_s=600)) as model:
        for number in range(1, 5):
            bot = process(llm="openai:stub", llm_base_url=model.base_url, OPENAI_API_KEY="sk-none")
            ann.server.until(lambda wanted=number: len(model.asked) >= wanted or None)  # type: ignore[misc]
            bot.kill()
            bot.wait()
    process()
    ann.wait_for_reply(asked, APOLOGY)
    ann.wait_for_reply(ann.say(FOLLOW_UP), ".")
    assert len(ann.shown()) == 2


@pytest.mark.full
def test_answer_that_only_has_to_be_delivered_is_never_given_up(
    process: StartProcess, telegram: TelegramServer, ann: Person
) -> None:
    hold = telegram.fault("editMessageText", "hold", times=5)
    asked = ann.say(QUESTION)
    for number in range(1, 6):
        bot = process()
        _wait_until_met(telegram, hold, number)
        bot.kill()
        bot.wait()
    process()
    ann.wait_for_reply(asked, "14 mois")
    assert len(ann.shown()) == 1


def _wait_until_met(telegram: TelegramServer, fault: Fault, times: int) -> None:
    telegram.until(lambda: fault.met >= times or None)


def test_language_model_writes_the_answer(process: StartProcess, ann: Person) -> None:
    def script(messages: list[dict[str, str]]) -> Turn:
        written = answer_of(claim("Le chantier a duré 14 mois.", number_of("14 mois", messages)))
        return Turn([written[:20], written[20:]])

    with serving(script) as model:
        bot = process(llm="openai:stub", llm_base_url=model.base_url, OPENAI_API_KEY="sk-none")
        answer = ann.ask(QUESTION)
        ann.say("/privacy")
        ann.wait("sauf au modèle de langue configuré")
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(WAIT_S) == 0
    assert model.asked
    assert answer.text.startswith("14 mois\nLe chantier a duré 14 mois. [1]")
    assert "«\u202fLes travaux ont duré 14 mois.\u202f»" in answer.text


def test_bot_that_hears_nothing_leaves_with_a_code_of_its_own(
    process: StartProcess, telegram: TelegramServer, tmp_path: Path
) -> None:
    telegram.fault("getUpdates", "500", times=10_000)
    bot = process(telegram_timeout="0.5")
    assert bot.wait(WAIT_S) == EXIT_DEAF
    assert "leaving for the supervisor" in (tmp_path / "log.txt").read_text(encoding="utf-8")


def test_health_tells_alive_ready_and_numbers(process: StartProcess, ann: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process(health_port=str(port))
    ann.ask(QUESTION)
    root = f"http://127.0.0.1:{port}"
    assert _get(f"{root}/live") == (200, "alive\n")
    assert _get(f"{root}/ready") == (200, "ready\n")
    assert "articlebot_questions_total 1.0\n" in _get(f"{root}/metrics")[1]
    assert 'articlebot_index{generation="00000001"} 1.0\n' in _get(f"{root}/metrics")[1]
    assert _get(f"{root}/else")[0] == 404


def _get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=WAIT_S) as answer:  # noqa: S310  our own server
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_second_bot_on_the_same_state_is_told_in_one_line(process: StartProcess, ann: Person, tmp_path: Path) -> None:
    process()
    ann.ask(QUESTION)
    second = process()
    assert second.wait(WAIT_S) == EXIT_BROKEN
    last = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert "another bot is using it" in last


def test_a_file_in_another_users_folder_is_told_in_one_line(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("ARTICLEBOT_INDEX", str(index))
    monkeypatch.setenv("ARTICLEBOT_STATE", str(folder / "bot.sqlite"))
    give_away(folder, 0o555)
    done = run_python(["-c", MAIN, "bot"], unprivileged=True, cwd=tmp_path)
    folder.chmod(0o700)
    assert done.returncode == EXIT_BROKEN, done
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"articlebot: {folder}: cannot be written by ")
    assert last.endswith("or set ARTICLEBOT_STATE elsewhere")


def test_model_that_there_is_none_of_is_told_in_one_line(process: StartProcess, tmp_path: Path) -> None:
    assert process(llm="nonsense").wait(WAIT_S) == os.EX_CONFIG
    (line,) = (tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert line.startswith("articlebot: ")
    assert "nonsense" in line


def test_what_is_missing_is_told_in_one_line(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = run("bot", "--index", index)
    assert (done.code, done.out) == (os.EX_CONFIG, "")
    assert done.err.startswith("articlebot: no Telegram token; get one from @BotFather")
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", "not-a-token-but-secret")
    done = run("bot", "--index", index)
    assert "has 22 characters and not the form" in done.err
    assert "secret" not in done.err
    monkeypatch.delenv("ARTICLEBOT_TELEGRAM_TOKEN")
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN_FILE", str(tmp_path / "nowhere"))
    done = run("bot", "--index", index)
    assert (done.code, done.err.count("\n")) == (os.EX_CONFIG, 1)
    assert "nowhere: cannot be read (No such file or directory)" in done.err
    monkeypatch.setenv("ARTICLEBOT_ADMINS", "Ada")
    assert run("bot", "--index", index).code == os.EX_CONFIG
    monkeypatch.delenv("ARTICLEBOT_ADMINS")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN_FILE", str(tmp_path / "token"))
    done = run("bot", "--index", tmp_path / "no-index")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "no index there" in done.err


def test_demo_answers_in_a_terminal_without_a_token(index: Path) -> None:
    typed = f"{QUESTION}\n1\n/status\n"
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "bot", "--demo", "--index", str(index)], input=typed, text=True,
        timeout=2 * WAIT_S, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "Les travaux ont duré 14 mois. [1]" in done.stdout
    assert "(1) 📄 1  (2) 👍" in done.stdout
    assert "a coupé le ruban" in done.stdout
    assert "Index: 3 articles" in done.stdout
    assert "Traceback" not in done.stderr
