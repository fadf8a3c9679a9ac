"""Standing questions and the daily news over the emulator: told once, cited, also over kills."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import bot.telegram.answering.news
from bot.settings import Settings
from bot.telegram.request import Place, Request
from bot.telegram.state.answers import FormattedText, Given
from bot.telegram.state.follows import MOST_FOLLOWS, Follow, Follows
from bot.telegram.state.inbox import Inbox
from bot.telegram.state.memory import Memory
from bot.telegram.state.store import Store
from index import build_index
from index.store.live import roll_back
from retrieval import Answer, ArticleQA
from tests.bot.conftest import BRIDGE
from tests.bot.telegram.conftest import ADMIN, ANN, BOB, GROUP, StartBot
from tests.bot.telegram.person import Person
from tests.bot.telegram.server import TelegramServer

AWAKE = {"quiet_hours": "0-0"}
WHEN = "En quelle année le phare de Kerbrat a-t-il été automatisé ?"
LIGHTHOUSE = "Le phare de Kerbrat a été automatisé en 1987."
IN_OTHER_WORDS = "C'est en 1987 que l'on a automatisé le phare de Kerbrat."
PRICE = "Combien coûte la visite du château de Lormont ?"
CASTLE = "La visite du château de Lormont coûte 7 euros."
NOON = datetime(2026, 3, 4, 12, 30).astimezone()


class Paper:
    """A source of an index to which articles come."""

    def __init__(self, index: Path, folder: Path) -> None:
        self.index, self.folder = index, folder
        self.folder.mkdir()

    def publish(self, name: str, text: str) -> None:
        content = f"---\ntitle: Nouvelle {name}\nlanguage: fr\nsource: La Gazette\n---\n{text}\n"
        (self.folder / f"{name}.md").write_text(content, encoding="utf-8")
        build_index([self.folder], self.index)


@pytest.fixture
def paper(copy: Path, tmp_path: Path) -> Paper:
    return Paper(copy, tmp_path / "paper")


@pytest.fixture(autouse=True)
def looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.telegram.answering.news, "LOOK_S", 0.05)


def follow(person: Person, question: str) -> None:
    person.say(f"/follow {question}")
    person.wait("C’est noté")


def follow_both(start: StartBot, person: Person, paper: Paper) -> None:
    """Starts the bot; somebody follows when the lighthouse and what the castle."""
    start(index=paper.index, **AWAKE)
    follow(person, WHEN)
    follow(person, PRICE)


def bells(person: Person) -> list[str]:
    """Returns what was told to a person unasked."""
    return [shown.text for shown in person.shown() if shown.text[0] in "🔔🗞" and "C’est noté" not in shown.text]


def test_who_follows_is_told_once_with_the_quote_and_not_in_other_words(
    start: StartBot, ann: Person, paper: Paper
) -> None:
    follow_both(start, ann, paper)
    paper.publish("phare", LIGHTHOUSE)
    told = ann.wait("1987")
    assert told.text.startswith(f"🔔 {WHEN}\n")
    assert "[1] Nouvelle phare — La Gazette" in told.text
    ann.press(told, "📄 1")
    ann.wait("Nouvelle phare", 2)
    assert not [words for words, _ in told.keyboard if "Suivre" in words]
    paper.publish("encore", IN_OTHER_WORDS)
    paper.publish("chateau", CASTLE)
    ann.wait("7 euros")
    assert [text.partition("\n")[0] for text in bells(ann)] == [f"🔔 {WHEN}", f"🔔 {PRICE}"]


def test_what_was_there_before_is_no_news(start: StartBot, ann: Person, paper: Paper) -> None:
    paper.publish("phare", LIGHTHOUSE)
    follow_both(start, ann, paper)
    paper.publish("chateau", CASTLE)
    ann.wait("7 euros")
    assert len(bells(ann)) == 1


def test_the_same_sentence_of_an_index_that_was_rolled_back_is_not_told_again(
    start: StartBot, ann: Person, paper: Paper
) -> None:
    follow_both(start, ann, paper)
    paper.publish("phare", LIGHTHOUSE)
    ann.wait("1987")
    roll_back(paper.index)
    paper.publish("chateau", CASTLE)
    ann.wait("7 euros")
    assert len(bells(ann)) == 2


def test_a_reply_leans_on_the_news_that_it_replies_to_and_other_questions_do_not(
    start: StartBot, ann: Person, paper: Paper
) -> None:
    follow_both(start, ann, paper)
    ann.ask(BRIDGE)
    paper.publish("phare", f"{LIGHTHOUSE} Le phare de Kerbrat mesure 32 mètres.")
    told = ann.wait("1987")
    assert "4 mars 2025" in ann.ask("Et quand ?", "Question comprise").text
    replied_to = {**ann.message(told.text), "message_id": told.message_id}
    answer = ann.wait_for_reply(ann.say("Quelle est sa hauteur ?", reply_to_message=replied_to), "Question comprise")
    assert "Le phare de Kerbrat mesure 32 mètres." in answer.text


def test_question_whose_look_failed_is_looked_at_again(
    start: StartBot, ann: Person, paper: Paper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.telegram.answering.news, "AGAIN_S", 0.05)
    failures, news = iter(range(3)), ArticleQA.news

    def failing(qa: ArticleQA, since: datetime, questions: Sequence[str], **about: Any) -> list[Answer]:
        if WHEN in questions and next(failures, None) is not None:
            raise MemoryError
        return news(qa, since, questions, **about)

    monkeypatch.setattr(ArticleQA, "news", failing)
    follow_both(start, ann, paper)
    paper.publish("phare", LIGHTHOUSE)
    ann.wait("1987")
    paper.publish("chateau", CASTLE)
    ann.wait("7 euros")
    assert [text.partition("\n")[0] for text in bells(ann)] == [f"🔔 {WHEN}", f"🔔 {PRICE}"]
    assert caplog.text.count("follow 1: failed") == 3


def test_button_under_an_answer_follows_its_question(start: StartBot, ann: Person, paper: Paper) -> None:
    start(index=paper.index, **AWAKE)
    answer = ann.wait_for_reply(ann.say(WHEN), "Les articles ne le disent pas")
    assert ann.pressed(ann.press(answer, "🔔 Suivre")).startswith("🔔 C’est noté")
    paper.publish("phare", LIGHTHOUSE)
    ann.wait(f"🔔 {WHEN}")


def test_list_and_end_by_number_and_by_button(start: StartBot, ann: Person, paper: Paper) -> None:
    start(index=paper.index, **AWAKE)
    ann.say("/follows")
    ann.wait("Rien n’est suivi ici")
    follow(ann, WHEN)
    ann.say(f"/follow {PRICE}")
    ann.say("/digest 8")
    ann.wait("Chaque jour à 8 h")
    ann.say("/follows")
    listed = ann.wait("Suivi ici")
    assert listed.text.splitlines() == [
        "Suivi ici :",
        "1. les nouveautés, chaque jour à 8 h",
        f"2. {WHEN}",
        f"3. {PRICE}",
    ]
    assert ann.pressed(ann.press(listed, "✕ 2")) == f"✓ Plus suivi : {WHEN}"
    assert ann.pressed(ann.press(listed, "✕ 2")) == "Ce n’est plus suivi."
    ann.say("/unfollow 2")
    ann.wait(f"Plus suivi : {PRICE}")
    ann.say("/unfollow 2")
    ann.wait("Donnez le numéro")
    ann.say("/digest off")
    ann.wait("Plus de nouveautés du jour")
    ann.say("/follows")
    ann.wait("Rien n’est suivi ici", 2)


def test_what_no_article_answers_is_not_followed(start: StartBot, ann: Person, paper: Paper) -> None:
    start(index=paper.index)
    ann.say("/follow")
    ann.wait("Quelle question voulez-vous suivre")
    ann.say("/follow Quoi de neuf ?")
    ann.wait("Aucun article n’y répondrait")
    ann.say(f"/follow {'Quand ouvre le pont ? ' * 20}")
    ann.wait("Aucun article n’y répondrait", 2)
    ann.say("/digest midi")
    ann.wait("Donnez une heure de 0 à 23")


def test_in_a_group_its_admins_follow(start: StartBot, telegram: TelegramServer, paper: Paper) -> None:
    start(index=paper.index, **AWAKE)
    member, admin = Person(telegram, 501, GROUP), Person(telegram, ADMIN, GROUP)
    member.say(f"/follow {WHEN}")
    member.wait("réservée aux administrateurs")
    follow(admin, WHEN)
    paper.publish("phare", LIGHTHOUSE)
    member.wait("1987")
    member.say("/unfollow 1")
    member.wait("réservée aux administrateurs", 2)


def test_who_was_shut_out_is_told_nothing(
    start: StartBot, telegram: TelegramServer, admin: Person, paper: Paper
) -> None:
    start(index=paper.index, allowed_users=(ANN,), **AWAKE)
    ann, bob = Person(telegram, ANN), Person(telegram, BOB)
    admin.say(f"/allow {BOB}")
    admin.wait("Autorisé")
    follow(bob, WHEN)
    follow(ann, WHEN)
    admin.say(f"/deny {BOB}")
    admin.wait("retirée")
    paper.publish("phare", LIGHTHOUSE)
    ann.wait("1987")
    assert bells(bob) == []


def test_forgetting_ends_what_is_followed(start: StartBot, telegram: TelegramServer, ann: Person, paper: Paper) -> None:
    running = start(index=paper.index, **AWAKE)
    bob = Person(telegram, BOB)
    follow(ann, WHEN)
    follow(bob, WHEN)
    ann.say("/forget")
    ann.wait("C’est effacé")
    paper.publish("phare", LIGHTHOUSE)
    bob.wait("1987")
    assert bells(ann) == []
    running.stop()


def test_chat_that_cannot_be_written_to_follows_no_more(
    start: StartBot, telegram: TelegramServer, ann: Person, paper: Paper, settings: Settings
) -> None:
    running = start(index=paper.index, **AWAKE)
    follow(ann, WHEN)
    telegram.fault("sendMessage", "403", match="🔔")
    paper.publish("phare", LIGHTHOUSE)
    telegram.until(lambda: [call for call in telegram.calls if call.fault] or None)
    running.stop()
    with closing(sqlite3.connect(str(settings.state))) as db:
        assert db.execute("SELECT count(*) FROM follows").fetchone() == (0,)


def test_daily_news_are_told_at_their_hour_once(start: StartBot, ann: Person, paper: Paper, settings: Settings) -> None:
    running = start(index=paper.index)
    ann.say(f"/digest {datetime.now().astimezone().hour}")
    ann.wait("Chaque jour à")
    running.stop()
    paper.publish("phare", LIGHTHOUSE)
    paper.publish("chateau", CASTLE)
    with closing(sqlite3.connect(str(settings.state))) as db, db:
        db.execute("UPDATE follows SET at = at - 86400")  # a day ago
    running = start(index=paper.index)
    told = ann.wait("🗞 Les nouveautés")
    told = ann.wait("7 euros")
    assert f"- {LIGHTHOUSE} [" in told.text
    assert "Nouvelle chateau — La Gazette" in told.text
    running.stop()
    start(index=paper.index)
    ann.say("/follows")
    ann.wait("Suivi ici")
    assert len(bells(ann)) == 1


def test_questions_wait_for_the_morning_and_daily_news_for_their_hour() -> None:
    def is_due(hour: int, *, daily: int | None = None, told: datetime = NOON, quiet: tuple[int, int] = (22, 7)) -> bool:
        followed = Follow(1, Place(5), 5, "fr", "" if daily else WHEN, daily, 10, told.timestamp())
        return followed.is_due(11, NOON.replace(hour=hour), quiet)

    assert [hour for hour in range(24) if not is_due(hour)] == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert [hour for hour in range(24) if not is_due(hour, quiet=(0, 0))] == []
    assert [hour for hour in range(24) if is_due(hour, daily=14)] == list(range(14, 24))
    assert is_due(12, daily=14, told=NOON - timedelta(days=1))
    assert not is_due(12, daily=14, told=NOON - timedelta(hours=20))


def test_what_is_put_out_and_how_far_it_was_told_are_on_the_disk_together(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(store)
    followed = Follows(store, memory)
    followed.add(Request(1, "command", Place(ANN), ANN, language="fr"), WHEN, 10)
    (one,) = followed.all()
    with monkeypatch.context() as broken:
        broken.setattr(followed, "told", lambda *_: store.write("a crash"))
        with pytest.raises((sqlite3.OperationalError, psycopg.errors.SyntaxError)):
            followed.put_out(one, Given((FormattedText("1987"),)), 20)
    assert (followed.left(), followed.all()) == ([], [one])
    first = followed.put_out(one, Given((FormattedText("1987"),)), 20)
    second = followed.put_out(one, Given((FormattedText("1988"),)), 30)
    assert [each.update_id for each in followed.left()] == [first.update_id, second.update_id] == [-1, -2]
    assert Inbox(store).unfinished() == []
    assert followed.all()[0].since == 30
    Inbox(store).done(-1)
    assert [each.update_id for each in followed.left()] == [-2]


def test_a_person_follows_so_many_questions_and_each_once(store: Store) -> None:
    followed = Follows(store, Memory(store))
    request = Request(1, "command", Place(ANN), ANN, language="fr")
    assert all(followed.add(request, f"Question {number} ?", 0) for number in range(MOST_FOLLOWS))
    assert not followed.add(request, "Encore une ?", 0)
    assert followed.add(request, "Question 3 ?", 0)
    assert followed.add(request, "", 0, hour=8)
    assert followed.add(request, "", 0, hour=9)
    assert [each.hour for each in followed.of(request)] == [9, *[None] * MOST_FOLLOWS]


def test_what_came_after_the_wish_is_news_and_what_was_ended_is_followed_anew(store: Store) -> None:
    followed = Follows(store, Memory(store))
    request = Request(1, "command", Place(ANN), ANN, language="fr")
    Inbox(store).put([{"update_id": 1}])
    (received,) = store.rows("SELECT received FROM inbox")[0]
    before, after = (int((received + seconds) * 1e6) for seconds in (-9, 9))
    assert followed.add(request, WHEN, after)
    (one,) = followed.all()
    assert before < one.since < after
    followed.end(one, 2)
    assert (followed.all(), followed.of(request), followed.is_there(one)) == ([], [], False)
    assert followed.ended(2) == one
    assert followed.ended(3) is None
    assert followed.add(request, WHEN, before)
    assert [(each.question, each.since) for each in followed.of(request)] == [(WHEN, before)]
    assert followed.ended(2) is None
