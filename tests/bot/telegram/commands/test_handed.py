"""Questions about what was handed over: a reply to a document, a post or the bot's word asks that article alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.telegram.state.shelf import article_code
from tests.bot.telegram.checks import html_of
from tests.bot.telegram.conftest import GROUP
from tests.bot.telegram.person import BOT, Person

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.server import TelegramServer

BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
LIGHTHOUSE = "En quelle année le phare a-t-il été automatisé ?"
KERBRAT = "---\ntitle: Un phare\ndate: 2024-12-01\nlanguage: fr\n---\nLe phare de Kerbrat a été automatisé en 1987.\n"
TREVIGNON = KERBRAT.replace("Kerbrat", "Trévignon").replace("1987", "1991")
POST = "Le phare s’éteint\n\nLe phare de Kerbrat a été automatisé en 1987. Ses gardiens sont partis."
FORWARD = {
    "type": "channel", "chat": {"id": -1005, "type": "channel", "title": "Le Phare", "username": "lephare"},
    "message_id": 42, "date": 1733040000,
}  # fmt: skip


def document(telegram: TelegramServer, content: str, name: str = "phare.md") -> dict[str, Any]:
    return {"document": {"file_id": telegram.put_file(content.encode()), "file_unique_id": "u", "file_name": name}}


def reply(person: Person, question: str, message_id: int, **earlier: object) -> int:
    """Asks in reply to a message of somebody's, of the bot's where it is not told what that held."""
    message = {**person.message("…"), "message_id": message_id, **(earlier or {"from": BOT})}
    return person.say(question, reply_to_message=message)


def test_a_reply_to_a_document_or_to_the_word_that_it_was_added_asks_it_alone(
    start: StartBot, admin: Person, copy: Path, telegram: TelegramServer
) -> None:
    start(index=copy)
    added = []
    for number, (name, content) in enumerate([("a.md", KERBRAT), ("b.md", TREVIGNON)], start=1):
        sent = document(telegram, content, name)
        message_id = admin.say(caption="/add", **sent)
        added.append((message_id, sent, admin.wait("1 article ajouté", number)))
    for (message_id, sent, word), year in zip(added, ("1987", "1991"), strict=True):
        assert year in admin.wait_for_reply(reply(admin, LIGHTHOUSE, message_id, **sent), "index du").text
        assert year in admin.wait_for_reply(reply(admin, LIGHTHOUSE, word.message_id), "index du").text
    missing = admin.wait_for_reply(reply(admin, BRIDGE, added[0][0], **sent), "Les articles ne le disent pas")
    assert "Articles consultés : 1" in missing.text
    assert "14 mois" in admin.ask(BRIDGE).text


def test_a_reply_to_such_an_answer_stays_with_the_article(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    for number, (name, content) in enumerate([("a.md", KERBRAT), ("b.md", TREVIGNON)], start=1):
        admin.send_document(name, content.encode())
        word = admin.wait("1 article ajouté", number)
    answer = admin.wait_for_reply(reply(admin, LIGHTHOUSE, word.message_id), "1991")
    asked = reply(admin, "Combien de mois ont duré les travaux ?", answer.message_id)
    assert "14 mois" not in admin.wait_for_reply(asked, "Les articles ne le disent pas").text


def test_a_question_about_what_is_not_there_offers_to_add_it_and_is_answered_then(
    start: StartBot, admin: Person, copy: Path, telegram: TelegramServer
) -> None:
    start(index=copy)
    sent = document(telegram, KERBRAT)
    reply(admin, LIGHTHOUSE, admin.message()["message_id"], **sent)
    offered = admin.wait("Ajouter aux articles ?\nphare.md")
    admin.press(offered, "Ajouter")
    added = admin.wait("1 article ajouté")
    assert [words for words, _ in added.keyboard] == [f"❓ {LIGHTHOUSE}"]
    admin.press(added, "❓")
    admin.wait("Le phare de Kerbrat a été automatisé en 1987. [1]")


def test_a_document_may_come_with_the_question(
    start: StartBot, admin: Person, ann: Person, copy: Path, telegram: TelegramServer
) -> None:
    start(index=copy)
    admin.say(caption=BRIDGE, **document(telegram, KERBRAT))
    admin.press(admin.wait("Ajouter aux articles ?\nphare.md"), "Ajouter")
    admin.press(admin.wait("1 article ajouté"), "❓")
    assert "Articles consultés : 1" in admin.wait("Les articles ne le disent pas").text  # the bridge is in another
    ann.say(caption=LIGHTHOUSE, **document(telegram, TREVIGNON))
    ann.wait("Seuls les administrateurs ajoutent des articles")


def test_a_document_that_is_there_already_is_asked_too(
    start: StartBot, admin: Person, copy: Path, telegram: TelegramServer
) -> None:
    start(index=copy)
    admin.send_document("phare.md", KERBRAT.encode())
    admin.wait("1 article ajouté")
    admin.say(caption=LIGHTHOUSE, **document(telegram, KERBRAT, "autre.md"))
    admin.press(admin.wait("Ajouter aux articles ?\nautre.md"), "Ajouter")
    known = admin.wait("Je l’ai déjà")
    admin.press(known, "❓")
    admin.wait("automatisé en 1987. [1]")
    assert "1987" in admin.wait_for_reply(reply(admin, LIGHTHOUSE, known.message_id), "index du").text


def test_whoever_forwards_a_post_that_is_there_asks_it_by_a_reply(
    start: StartBot, admin: Person, ann: Person, copy: Path
) -> None:
    start(index=copy)
    admin.send_document("b.md", TREVIGNON.encode())
    admin.wait("1 article ajouté")
    admin.say(POST, forward_origin=FORWARD)
    admin.press(admin.wait("Ajouter aux articles ?"), "Ajouter")
    admin.wait("1 article ajouté", 2)
    forwarded = {"text": POST, "forward_origin": FORWARD}
    answer = ann.wait_for_reply(reply(ann, LIGHTHOUSE, ann.message()["message_id"], **forwarded), "index du")
    assert '<a href="https://t.me/lephare/42">' in html_of(answer)
    assert "1987" in answer.text


def test_the_word_about_a_removed_article_says_so(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    admin.send_document("phare.md", KERBRAT.encode())
    added = admin.wait("1 article ajouté")
    admin.say(f"/remove {article_code('added/phare.md')}")
    admin.wait("est retiré.")
    reply(admin, LIGHTHOUSE, added.message_id)
    admin.wait("Cet article n’est plus dans l’index.")


def test_members_of_a_group_ask_the_article_that_an_admin_added_there(
    start: StartBot, telegram: TelegramServer, copy: Path
) -> None:
    start(index=copy)
    admin, member = (Person(telegram, number, GROUP) for number in (11, 501))
    admin.send_document("phare.md", TREVIGNON.encode())
    added = admin.wait("1 article ajouté")
    assert "1991" in member.wait_for_reply(reply(member, LIGHTHOUSE, added.message_id), "index du").text


def test_a_reply_that_speaks_of_an_answer_asks_its_articles_first(start: StartBot, admin: Person, copy: Path) -> None:
    start(index=copy)
    church = "L'église de Brunoy a rouvert le 7 mai. Pour le chantier, 846 000 euros ont été promis par des donateurs."
    hall = "La halle de Morlac a été inaugurée. Le tout a coûté environ dix millions d'euros."
    for number, (title, text) in enumerate([("L'église rouvre", church), ("Une halle neuve", hall)], start=1):
        admin.send_document(f"{number}.md", f"# {title}\n\n{text}\n".encode())
        admin.wait("1 article ajouté", number)
    answer = admin.ask("Quand l'église de Brunoy a-t-elle rouvert ?", "7 mai")
    said = admin.wait_for_reply(reply(admin, "Combien cela a-t-il coûté ?", answer.message_id), "index du")
    assert "846 000 euros" in said.text
    elsewhere = reply(admin, "Combien a coûté la halle de Morlac ?", answer.message_id)
    assert "dix millions" in admin.wait_for_reply(elsewhere, "index du").text
