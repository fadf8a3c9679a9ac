"""Who may do what: every kind of update by every role, and the lists, codes and quotas behind it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.settings import Settings
from bot.telegram.commands.registry import COMMANDS
from bot.telegram.request import Place
from bot.telegram.state.access import GROUP_FACTOR, Access, Role
from bot.telegram.state.store import Store
from tests.bot.telegram.conftest import ADMIN, ANN, GROUP, STRANGER
from tests.bot.telegram.person import Person

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.server import TelegramServer

QUESTION = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
ANSWER = "14 mois"
OTHER_GROUP = -2002
ROLES = {
    "stranger": STRANGER,
    "member": ANN,
    "admin": ADMIN,
}
REFUSED_USER, REFUSED_GROUP, ADMINS_ONLY = "personnes autorisées", "Ce groupe n’est pas autorisé", "administrateurs"

# (who, where, what) -> words that come back; "" nothing is said. All else of the store stays as it is.
MATRIX: dict[tuple[str, str, str], str] = {
    ("stranger", "private", "question"): REFUSED_USER,
    ("stranger", "private", "command"): REFUSED_USER,
    ("stranger", "private", "admin command"): REFUSED_USER,
    ("stranger", "private", "document"): REFUSED_USER,
    ("stranger", "private", "edited"): REFUSED_USER,
    ("stranger", "private", "sticker"): REFUSED_USER,
    ("stranger", "private", "button"): ADMINS_ONLY,
    ("stranger", "private", "inline"): "[]",
    ("member", "private", "question"): ANSWER,
    ("member", "private", "command"): "Nouveau sujet",
    ("member", "private", "admin command"): ADMINS_ONLY,
    ("member", "private", "document"): ADMINS_ONLY,
    ("member", "private", "edited"): "",
    ("member", "private", "sticker"): "que le texte",
    ("member", "private", "button"): "plus gardée",
    ("member", "private", "inline"): "Saint-Aubin",
    ("admin", "private", "question"): ANSWER,
    ("admin", "private", "command"): "Nouveau sujet",
    ("admin", "private", "admin command"): "3 articles",
    ("admin", "private", "document"): "n’est pas lu",
    ("admin", "private", "edited"): "",
    ("admin", "private", "sticker"): "que le texte",
    ("admin", "private", "button"): "plus gardée",
    ("admin", "private", "inline"): "Saint-Aubin",
    # in a listed group whoever is in it may ask; only admins change things
    ("stranger", "group", "question"): ANSWER,
    ("stranger", "group", "command"): "Nouveau sujet",
    ("stranger", "group", "admin command"): ADMINS_ONLY,
    ("stranger", "group", "document"): ADMINS_ONLY,
    ("stranger", "group", "button"): "plus gardée",
    ("admin", "group", "admin command"): "3 articles",
    # in another group not even those who may ask in private: others would read along
    ("stranger", "other group", "question"): REFUSED_GROUP,
    ("member", "other group", "question"): REFUSED_GROUP,
    ("member", "other group", "command"): REFUSED_GROUP,
    ("member", "other group", "admin command"): REFUSED_GROUP,
    ("member", "other group", "edited"): REFUSED_GROUP,
    ("member", "other group", "button"): "",
    ("admin", "other group", "question"): ANSWER,
    ("admin", "other group", "admin command"): "3 articles",
}


def do(person: Person, what: str) -> Callable[[], str | None]:
    """Does one thing; returns what tells the words that came back."""
    text = f"/ask {QUESTION}" if person.chat_id < 0 else QUESTION
    if what == "button":
        query = person.press_data(1, "p:1:1")
        return lambda: next(iter(_acknowledged(person, query)), None)
    if what == "inline":
        person.search(QUESTION)
        calls = person.server.named
        return lambda: next((str(call.fields["results"]) for call in calls("answerInlineQuery")), None)
    if what == "edited":
        person.edit(1, text)
    elif what == "document":
        person.send_document("tableau.xls", b"x")
    else:
        sticker = {"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1, "type": "regular"}
        sticker |= {"is_animated": False, "is_video": False}
        {
            "question": lambda: person.say(text),
            "command": lambda: person.say("/new"),
            "admin command": lambda: person.say("/status"),
            "sticker": lambda: person.say(sticker=sticker),
        }[what]()
    return lambda: next((shown.text for shown in person.answers()), None)


def _acknowledged(person: Person, query: str) -> Iterator[str]:
    for call in person.server.named("answerCallbackQuery"):
        if call.fields["callback_query_id"] == query:
            yield str(call.fields.get("text", ""))


@pytest.mark.parametrize(("who", "where", "what"), MATRIX)
def test_each_role_gets_what_the_table_says(
    start: StartBot, telegram: TelegramServer, who: str, where: str, what: str
) -> None:
    start()
    chat_id = {"private": 0, "group": GROUP, "other group": OTHER_GROUP}[where]
    person = Person(telegram, ROLES[who], chat_id)
    came = do(person, what)
    wanted = MATRIX[who, where, what]
    if wanted or what == "button":
        assert wanted in telegram.until(lambda: came() if came() is not None else None) or wanted == ""
    admin = Person(telegram, ADMIN, language="en")
    admin.say("/lang")  # when this is answered, what came before it was looked at
    admin.wait("Languages")
    if not wanted and what != "button":
        assert (came() or "Langues").startswith("Lang")


@pytest.mark.parametrize("command", [name for name, command in COMMANDS.items() if command.for_admins])
def test_every_admin_command_is_refused_to_members(start: StartBot, ann: Person, command: str) -> None:
    start()
    ann.say(f"/{command} 99")
    assert ann.wait(ADMINS_ONLY).text == "Cette commande est réservée aux administrateurs."


def test_empty_lists_mean_nobody_but_admins(start: StartBot, ann: Person, admin: Person) -> None:
    start(allowed_users=(), allowed_groups=())
    ann.say(QUESTION)
    ann.wait(REFUSED_USER)
    admin.ask(QUESTION)


def test_stranger_is_let_in_by_the_code_and_shut_out_again(start: StartBot, stranger: Person, admin: Person) -> None:
    start()
    stranger.say(QUESTION)
    refusal = stranger.wait(REFUSED_USER).text
    assert str(STRANGER) in refusal
    code = _code(refusal)
    admin.say(f"/allow {code}")
    admin.wait(f"Autorisé : le numéro {STRANGER}")
    stranger.wait("un administrateur vous a ouvert l’accès")
    stranger.ask(QUESTION)
    admin.say(f"/allow {code}")
    admin.wait(f"{code} : ni un code encore valable")
    admin.say("/allow")
    assert f"le numéro {STRANGER}" in admin.wait("en plus des administrateurs : ").text
    admin.say(f"/deny {STRANGER}")
    admin.wait("Autorisation retirée")
    admin.say(f"/deny {STRANGER}")
    admin.wait("n’était pas autorisé")


def test_admins_are_asked_and_the_stranger_is_told_what_they_say(
    start: StartBot, stranger: Person, admin: Person, ann: Person
) -> None:
    start()
    stranger.say(QUESTION)
    stranger.wait("J’ai transmis votre demande")
    request = admin.wait(f"Sam (le numéro {STRANGER}) demande à me poser des questions.")
    assert [words for words, _ in request.keyboard] == ["✓ Oui", "✗ Non"]
    assert "réservée" in ann.pressed(ann.press_data(request.message_id, request.keyboard[0][1]))
    admin.press(request, "Non")
    stranger.wait("n’a pas accepté votre demande")
    assert admin.wait(f"✗ Refusé : Sam (le numéro {STRANGER})").message_id == request.message_id
    admin.press_data(request.message_id, request.keyboard[0][1])
    stranger.wait("un administrateur vous a ouvert l’accès")
    stranger.ask(QUESTION)


def test_stranger_who_asks_again_is_told_that_it_is_waited_for(
    start: StartBot, stranger: Person, admin: Person, tmp_path: Path
) -> None:
    start()
    stranger.say(QUESTION)
    code = _code(stranger.wait(REFUSED_USER).text)
    with closing(sqlite3.connect(tmp_path / "bot.sqlite")) as db:
        db.execute("UPDATE told SET at = at - 61")  # a minute later
        db.commit()
    stranger.say("allô ?")
    assert code in stranger.wait("attend encore la réponse d’un administrateur").text
    admin.wait("demande à me poser")
    assert len(admin.shown()) == 1


def test_admin_who_never_wrote_to_the_bot_stops_nothing(
    start: StartBot, telegram: TelegramServer, stranger: Person
) -> None:
    telegram.fault("sendMessage", "403", match="demande à me poser")
    start()
    stranger.say(QUESTION)
    stranger.wait(REFUSED_USER)


def test_group_is_let_in_by_an_admin_who_is_there(start: StartBot, telegram: TelegramServer) -> None:
    start()
    member, admin = Person(telegram, 501, OTHER_GROUP), Person(telegram, ADMIN, OTHER_GROUP)
    member.say(f"/ask {QUESTION}")
    member.wait(REFUSED_GROUP)
    admin.say("/allow")
    admin.wait("Autorisé : le groupe -2002")
    member.wait_for_reply(member.say(f"/ask {QUESTION}"), ANSWER)
    admin.say("/deny")
    admin.wait("Autorisation retirée : le groupe -2002")


def test_settings_are_not_changed_by_chat(start: StartBot, admin: Person) -> None:
    start()
    admin.say(f"/deny {ANN}")
    admin.wait(f"le numéro {ANN} : l’accès vient de la configuration")
    admin.say(f"/deny {ADMIN}")
    admin.wait(f"le numéro {ADMIN} : l’accès vient de la configuration")
    admin.say("/allow nonsense")
    admin.wait("nonsense : ni un code encore valable")
    admin.say("/allow 000000")
    admin.wait("000000 : ni un code encore valable")
    admin.say("/deny nonsense")
    admin.wait("« nonsense » n’est pas un numéro")


def test_questions_beyond_the_quota_are_told_once(start: StartBot, ann: Person) -> None:
    start(quota_minute=2)
    for _ in range(4):
        ann.say(QUESTION)
        ann.wait(ANSWER)
    ann.wait("limite de questions")
    ann.say("/new")
    ann.wait("Nouveau sujet")
    texts = [shown.text for shown in ann.shown()]
    assert (sum(ANSWER in text for text in texts), sum("limite" in text for text in texts)) == (2, 1)


def test_quota_is_counted_by_person_and_by_group(store: Store) -> None:
    access = Access(store, Settings(quota_minute=2, quota_day=3))
    group, private = Place(GROUP, is_group=True), Place(1)
    assert [access.count(1, private) for _ in range(3)] == [True, True, False]
    assert [access.count(person, group) for person in (2, 2, 3, 3, 4, 4, 5)] == [True] * 2 * GROUP_FACTOR + [False]
    store.write("UPDATE usage SET at = at - 61")
    assert [access.count(1, private) for _ in range(2)] == [True, False]  # three a day


def test_code_is_good_once_and_for_an_hour(store: Store) -> None:
    access = Access(store, Settings(admins=(ADMIN,)))
    code, is_new = access.pairing_code(5, Place(5), "fr")
    assert re.fullmatch(r"\d{6}", code)
    assert is_new
    assert access.pairing_code(5, Place(5)) == (code, False)
    assert access.redeem("999999" if code != "999999" else "999998") is None
    assert access.redeem(code) == ("user", 5)
    assert access.language("user", 5) == "fr"
    access.allow("user", 5, ADMIN)
    assert access.redeem(code) is None
    assert access.role(5, Place(5)) == Role.MEMBER
    late, _ = access.pairing_code(6, Place(6))
    store.write("UPDATE pairing SET expires = expires - 3601")
    assert access.redeem(late) is None
    assert access.pairing_code(6, Place(6))[1]


def _code(refusal: str) -> str:
    found = re.search(r"\b(\d{6})\b", refusal)
    assert found
    return found[1]
