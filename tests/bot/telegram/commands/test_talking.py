"""Talks with the bot over real HTTP: questions, follow-ups, buttons, commands, groups, topics."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.telegram.commands import people as commands
from bot.telegram.demo.emulator import Shown
from tests.bot.telegram.checks import html_of
from tests.bot.telegram.conftest import ANN, BOB, GROUP
from tests.bot.telegram.person import BOT, PLACEHOLDER, Person
from tests.bot.telegram.server import result_of

if TYPE_CHECKING:
    from tests.bot.telegram.conftest import StartBot
    from tests.bot.telegram.server import TelegramServer

FIRST = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"
FOLLOW_UP = "Et quand ?"  # alone it asks after nothing
UNDERSTOOD = "Question comprise : Quand ont duré les travaux du pont de Saint-Aubin ?"
FERRY = "How many passengers spent the night in the school hall of Brenholm?"
UNKNOWN = "Qui a gagné la coupe du monde de rugby en Afrique du Sud ?"


def test_question_gets_one_message_with_title_outlet_and_date(start: StartBot, ann: Person) -> None:
    start()
    answer = ann.ask(FIRST)
    *lines, footer = html_of(answer).split("\n")
    assert lines == [
        "<b>14 mois</b>",
        "Les travaux ont duré <b>14 mois</b>. [1]",
        "",
        "[1] Le pont de Saint-Aubin rouvre aux voitures — Le Courrier, 4 mars 2025",
    ]
    assert footer.startswith("<i>index du ")
    assert [words for words, _ in answer.keyboard] == ["📄 1", "👍", "👎", "🔔 Suivre", "🔁 Nouveau sujet"]
    assert len(ann.shown()) == 1


def test_placeholder_is_a_reply_and_typing_is_shown(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    start()
    asked = ann.say(FIRST)
    assert ann.wait_for_reply(asked, "14 mois").edits == 1
    assert telegram.named("sendMessage")[0].fields["text"] == PLACEHOLDER
    assert telegram.named("sendChatAction")[0].fields["action"] == "typing"


def test_markers_are_linked_where_the_article_has_an_address(start: StartBot, ann: Person) -> None:
    start()
    ann.language = "en"
    answer = ann.ask(FERRY, "index of")
    assert '<a href="https://example.org/ferry">[1]</a>' in html_of(answer)
    assert '<a href="https://example.org/ferry">Storm stops the Tarsey ferry</a>' in html_of(answer)


def test_follow_up_is_understood_until_a_new_subject(start: StartBot, ann: Person) -> None:
    start()
    ann.ask(FIRST)
    assert UNDERSTOOD in ann.ask(FOLLOW_UP, "4 mars 2025").text
    ann.say("/new")
    ann.wait("Nouveau sujet.")
    assert "Question comprise" not in ann.wait_for_reply(ann.say(FOLLOW_UP), ".").text


def test_what_is_not_in_the_articles_is_told_with_the_nearest_titles(start: StartBot, ann: Person) -> None:
    start()
    answer = ann.ask(UNKNOWN, "Les articles ne le disent pas.")
    assert "Les articles les plus proches : " in answer.text
    assert "blockquote" not in html_of(answer)


def test_button_shows_the_passage_with_its_quote(start: StartBot, ann: Person) -> None:
    start()
    answer = ann.ask(FIRST)
    ann.press(answer, "📄 1")
    passage = ann.wait("a coupé le ruban")
    assert "<b>Les travaux ont duré 14 mois.</b>" in html_of(passage)
    assert passage.reply_to == answer.message_id


def test_feedback_is_kept_once_a_person(start: StartBot, ann: Person, tmp_path: Path) -> None:
    start()
    answer = ann.ask(FIRST)
    assert ann.pressed(ann.press(answer, "👎")) == "Merci !"
    assert ann.pressed(ann.press(answer, "👍")) == "Merci !"
    ann.say("/feedback la date est fausse")
    ann.wait("Merci !")
    rows = sqlite3.connect(tmp_path / "bot.sqlite").execute("SELECT user_id, value, words FROM feedback").fetchall()
    assert rows == [(ANN, 1, "la date est fausse")]


def test_new_topic_button_forgets_the_conversation(start: StartBot, ann: Person) -> None:
    start()
    answer = ann.ask(FIRST)
    assert ann.pressed(ann.press(answer, "🔁")) == "Nouveau sujet."
    assert "Question comprise" not in ann.wait_for_reply(ann.say(FOLLOW_UP), ".").text


@pytest.mark.parametrize("data", ["p:1:1", "p:1:9", "p:999999:1", "f:1:1", "f:1:7", "e:5", "x", "p:²:1", "p::", "a:-9"])
def test_made_up_button_shows_nothing_of_another_chat(start: StartBot, telegram: TelegramServer, data: str) -> None:
    start()
    Person(telegram, ANN).ask(FIRST)
    bob = Person(telegram, BOB)
    assert bob.pressed(bob.press_data(1, data)) in ("Je ne connais pas ce bouton.", "Cette réponse n’est plus gardée.")
    assert all("14 mois" not in shown.text for shown in bob.shown())


def test_edited_question_is_answered_again_when_asked_to(start: StartBot, ann: Person) -> None:
    start()
    asked = ann.say(FIRST)
    ann.wait_for_reply(asked, "14 mois")
    ann.edit(asked, "Combien ont coûté les travaux du pont de Saint-Aubin ?")
    offer = ann.wait("Question modifiée.")
    ann.press(offer, "Répondre de nouveau")
    assert ann.wait("3,5 millions").reply_to == asked


def test_edited_message_that_was_never_a_question_is_left_alone(start: StartBot, ann: Person) -> None:
    start()
    ann.edit(12, "autre chose")
    ann.ask(FIRST)
    assert len(ann.shown()) == 1


@pytest.mark.parametrize("what", ["voice", "sticker", "photo"])
def test_voice_sticker_and_picture_get_a_polite_word(start: StartBot, ann: Person, what: str) -> None:
    start()
    about = {"file_id": "x", "file_unique_id": "y"}
    contents: dict[str, Any] = {
        "voice": {**about, "duration": 1},
        "sticker": {**about, "width": 1, "height": 1, "type": "regular", "is_animated": False, "is_video": False},
        "photo": [{**about, "width": 1, "height": 1}],
    }
    ann.say(**{what: contents[what]})
    ann.wait("Je ne lis que le texte")


def test_bots_are_ignored_and_a_forwarded_question_is_answered(
    start: StartBot, ann: Person, telegram: TelegramServer
) -> None:
    start()
    telegram.put(message={**ann.message(FIRST), "from": {"id": ANN, "is_bot": True, "first_name": "b"}})
    asked = ann.say(FIRST, forward_origin={"type": "hidden_user", "sender_user_name": "x", "date": 1})
    ann.wait_for_reply(asked, "14 mois")
    assert len(ann.shown()) == 1


def test_commands_of_everyone_answer(start: StartBot, ann: Person) -> None:
    start()
    for command, words in {
        "/start": "Posez-moi une question",
        "/help": "/privacy — ce que je garde",
        "/ask": "Que voulez-vous savoir",
        "/sources": "pas encore de réponse avec des citations",
        "/feedback": "Merci d’ajouter vos mots",
        "/feedback rien": "Il n’y a pas encore de réponse ici.",
        "/privacy": "30 jours",
        "/lang": "Langues",
        "/articles": "3 articles, du plus récent au plus ancien (17 janvier 2025 à 4 mars 2025)",
        "/nonsense": "Je ne connais pas cette commande",
    }.items():
        ann.say(command)
        ann.wait(words)
    ann.say("/ask " + FIRST)
    ann.wait("14 mois")
    ann.say("/sources")
    assert "«\u202fLes travaux ont duré 14 mois.\u202f»" in ann.wait("[1] Le pont", 2).text
    assert "/allow" not in ann.wait("/privacy — ").text


def test_start_and_help_offer_questions_about_the_newest_articles(start: StartBot, ann: Person) -> None:
    start()
    ann.say("/start")
    greeting = ann.wait("Posez-moi une question")
    assert [words for words, _ in greeting.keyboard] == [
        "Le pont de Saint-Aubin rouvre aux voitures",
        "La médiathèque ouvrira le dimanche",
        "Storm stops the Tarsey ferry",
    ]
    ann.press(greeting, "médiathèque")
    assert "ouvrira le dimanche à partir du mois de mai" in ann.wait("index du").text
    ann.say("/help")
    assert ann.wait("/privacy — ").keyboard[0][0] == "Le pont de Saint-Aubin rouvre aux voitures"


def test_examples_count_as_questions(start: StartBot, ann: Person) -> None:
    start(quota_minute=1)
    ann.ask(FIRST)
    ann.say("/start")
    assert ann.pressed(ann.press(ann.wait("Posez-moi une question"), "pont")).startswith("Vous avez atteint la limite")


def test_language_follows_the_person_and_lang_overrides(start: StartBot, ann: Person) -> None:
    start()
    ann.language = "pt-BR"
    ann.say("/new")
    ann.wait("New subject.")
    ann.say("/lang fr")
    ann.wait("Je parle français avec vous.")
    ann.say("/new")
    ann.wait("Nouveau sujet.")


def test_forget_erases_every_word_of_a_person(start: StartBot, ann: Person, tmp_path: Path) -> None:
    bot = start()
    answer = ann.ask(FIRST)
    ann.press(answer, "👍")
    ann.say("/feedback mots secrets")
    ann.wait("Merci !")
    ann.say("/forget")
    ann.wait("C’est effacé")
    assert ann.pressed(ann.press(answer, "📄 1")) == "Cette réponse n’est plus gardée."
    for _ in range(2):  # with the bot running, and after it
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("bot.sqlite*"))
        assert b"Saint-Aubin" not in kept
        assert b"mots secrets" not in kept
        bot.stop()


def test_forgetting_waits_for_a_question_of_the_same_person_in_another_chat(
    start: StartBot, telegram: TelegramServer, tmp_path: Path
) -> None:
    hold = telegram.fault("editMessageText", "hold", match="14 mois")
    start()
    member, alone = Person(telegram, ANN, chat_id=GROUP), Person(telegram, ANN)
    asked = member.say(f"/ask {FIRST}")
    telegram.until(lambda: hold.met)
    alone.say("/forget")

    def is_begun() -> bool:
        with closing(sqlite3.connect(tmp_path / "bot.sqlite")) as db:
            return bool(db.execute("SELECT count(*) FROM answers").fetchone() == (0,))

    telegram.until(is_begun)
    assert alone.shown() == []
    hold.is_over = True
    member.wait_for_reply(asked, "14 mois")
    alone.wait("C’est effacé, aussi du disque")
    assert b"Saint-Aubin" not in b"".join(path.read_bytes() for path in tmp_path.glob("bot.sqlite*"))


def test_forgetting_that_takes_too_long_is_told_as_it_is(
    start: StartBot, ann: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "FORGET_S", 0.0)
    start()
    ann.ask(FIRST)
    with closing(sqlite3.connect(tmp_path / "bot.sqlite")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM answers").fetchall()
        ann.say("/forget")
        ann.wait("C’est effacé, sauf ce qui est encore en cours : redites /forget")
    ann.say("/forget")
    ann.wait("C’est effacé, aussi du disque")


def test_group_answers_command_reply_and_mention_and_nothing_else(start: StartBot, telegram: TelegramServer) -> None:
    start()
    member = Person(telegram, 501, chat_id=GROUP)
    member.say("je me demande combien de temps a duré ce chantier")
    member.say(f"/ask@OtherBot {FIRST}")
    member.say("/nonsense")
    by_command = member.wait_for_reply(member.say(f"/ask@FixtureBot {FIRST}"), "14 mois")
    member.wait_for_reply(member.say(FOLLOW_UP, reply_to_message=reply_to(by_command, GROUP)), "4 mars 2025")
    member.wait_for_reply(member.say(f"@FixtureBot {FIRST}"), "14 mois")
    assert len(member.shown()) == 3


def reply_to(shown: Shown, chat_id: int) -> dict[str, Any]:
    """A message of the bot, as it stands in a reply to it."""
    chat = {"id": chat_id, "type": "private" if chat_id > 0 else "supergroup"}
    return {"message_id": shown.message_id, "date": 1, "chat": chat, "from": BOT}


def test_in_a_group_memory_is_a_persons_own(start: StartBot, telegram: TelegramServer) -> None:
    start()
    first, second = Person(telegram, 501, chat_id=GROUP), Person(telegram, 502, chat_id=GROUP)
    first.wait_for_reply(first.say("/ask " + FIRST), "14 mois")
    alone = second.wait_for_reply(second.say("/ask " + FOLLOW_UP), ".")
    assert "Question comprise" not in alone.text
    second.say("/new@FixtureBot")
    second.wait("Nouveau sujet.")
    assert UNDERSTOOD in first.wait_for_reply(first.say("/ask " + FOLLOW_UP), "4 mars").text
    second.say("/sources@FixtureBot")
    second.wait("pas encore de réponse avec des citations")


def test_a_reply_leans_on_the_answer_that_it_replies_to(start: StartBot, telegram: TelegramServer) -> None:
    """Also where somebody else had asked, and where another question came between; and so does what follows it."""
    start()
    first, second = Person(telegram, 501, chat_id=GROUP), Person(telegram, 502, chat_id=GROUP)
    answer = first.wait_for_reply(first.say("/ask " + FIRST), "14 mois")
    second.wait_for_reply(second.say("/ask Quand ouvrira la médiathèque ?"), "dimanche")
    replied = second.wait_for_reply(second.say(FOLLOW_UP, reply_to_message=reply_to(answer, GROUP)), "4 mars")
    assert UNDERSTOOD in replied.text
    follows = second.wait_for_reply(second.say("/ask Et combien ?"), "14 mois")
    assert "Question comprise : Combien ont duré les travaux du pont de Saint-Aubin ?" in follows.text


def test_a_reply_leans_on_a_question_as_on_its_answer(start: StartBot, ann: Person) -> None:
    start()
    asked = ann.say(FIRST)
    ann.wait_for_reply(asked, "14 mois")
    ann.ask("Quand ouvrira la médiathèque ?", "dimanche")
    replied = ann.say(FOLLOW_UP, reply_to_message={**ann.message(FIRST), "message_id": asked})
    assert UNDERSTOOD in ann.wait_for_reply(replied, "4 mars").text


def test_a_mention_alone_asks_what_is_wanted_or_answers_what_it_replies_to(
    start: StartBot, telegram: TelegramServer
) -> None:
    start()
    member = Person(telegram, 501, chat_id=GROUP)
    member.wait_for_reply(member.say("@FixtureBot"), "Que voulez-vous savoir ?")
    other = Person(telegram, 502, chat_id=GROUP).message(FIRST)
    member.wait_for_reply(member.say("@FixtureBot", reply_to_message=other), "14 mois")


def test_an_edited_question_does_not_lean_on_the_one_it_replaces(start: StartBot, ann: Person) -> None:
    start()
    asked = ann.say(FIRST)
    ann.wait_for_reply(asked, "14 mois")
    ann.edit(asked, FOLLOW_UP)
    ann.press(ann.wait("Question modifiée."), "Répondre de nouveau")
    ann.wait("Les articles ne le disent pas.")
    assert all("Question comprise" not in shown.text for shown in ann.shown())


def test_ask_in_reply_to_someone_answers_that_question(start: StartBot, telegram: TelegramServer) -> None:
    start()
    member, other = Person(telegram, 501, chat_id=GROUP), Person(telegram, 502, chat_id=GROUP)
    asked = other.message(FIRST)
    member.wait_for_reply(member.say("/ask", reply_to_message=asked), "14 mois")


def test_topics_of_a_forum_have_their_own_memory(start: StartBot, telegram: TelegramServer) -> None:
    start()
    bridge = Person(telegram, 501, chat_id=GROUP, thread_id=7)
    other = Person(telegram, 501, chat_id=GROUP, thread_id=8)
    answer = bridge.wait_for_reply(bridge.say("/ask " + FIRST), "14 mois")
    assert answer.thread_id == 7
    elsewhere = other.wait_for_reply(other.say("/ask " + FOLLOW_UP), ".")
    assert (elsewhere.thread_id, "Question comprise" in elsewhere.text) == (8, False)
    assert UNDERSTOOD in bridge.wait_for_reply(bridge.say("/ask " + FOLLOW_UP), "4 mars").text


def test_inline_query_offers_passages(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    start()
    ann.search("pont de Saint-Aubin")
    offered = telegram.until(lambda: telegram.named("answerInlineQuery"))[0].fields
    assert "Le pont de Saint-Aubin rouvre aux voitures" in offered["results"]
    assert offered["is_personal"] == "true"
    assert "(in French)" not in offered["results"]
    ann.language = "en"
    ann.search("pont de Saint-Aubin")
    offered = telegram.until(lambda: telegram.named("answerInlineQuery")[1:])[0].fields
    assert "Le Courrier, 4 March 2025 (in French)" in offered["results"]


def test_group_that_becomes_a_supergroup_keeps_memory_and_permission(start: StartBot, telegram: TelegramServer) -> None:
    start(allowed_groups=(), admins=(501,))
    member = Person(telegram, 501, chat_id=-77)
    member.say("/allow")
    member.wait("Autorisé : le groupe -77")
    other = Person(telegram, 502, chat_id=-77)
    other.wait_for_reply(other.say("/ask " + FIRST), "14 mois")
    other.say(migrate_to_chat_id=-1077)
    after = Person(telegram, 502, chat_id=-1077)
    assert UNDERSTOOD in after.wait_for_reply(after.say("/ask " + FOLLOW_UP), "4 mars").text


def test_what_found_no_room_is_named_once_there_is_some(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    hold = telegram.fault("sendMessage", "hold")
    start()
    ann.say(FIRST)
    telegram.until(lambda: hold.met)
    polled = len(telegram.named("getUpdates"))
    for number in range(1, 6):
        ann.say(f"{FIRST} ({number})")
    late = ann.press_data(1, "n")
    telegram.until(lambda: (len(telegram.named("getUpdates")) > polled and not telegram.pending()) or None)
    assert ann.pressed(late).startswith("Un instant")
    hold.is_over = True
    told = ann.wait("2 messages n’ont pas été traités").text
    assert told.splitlines()[1:] == [f"• {FIRST} (4)", f"• {FIRST} (5)"]
    ann.ask(FIRST)
    texts = [shown.text for shown in ann.shown()]
    assert sum("pas été traité" in text for text in texts) == 1
    assert sum("14 mois" in text for text in texts) == 5


def test_what_found_no_room_before_a_crash_is_answered_after_it(
    start: StartBot, ann: Person, telegram: TelegramServer
) -> None:
    hold = telegram.fault("sendMessage", "hold")
    bot = start()
    ann.say(FIRST)
    telegram.until(lambda: hold.met)
    for _ in range(5):
        ann.say(FIRST)
    telegram.until(lambda: not telegram.pending() or None)
    bot.stop()
    hold.is_over = True
    start()
    ann.wait("14 mois", 4)
    ann.wait("2 messages n’ont pas été traités")


POLL = {"id": "1", "question": "Qui ?", "options": [], "total_voter_count": 0, "is_closed": False, "type": "regular"}


@pytest.mark.parametrize(
    "content",
    [
        {"poll": {**POLL, "is_anonymous": True}},  # of a Bot API before or after the library's
        {"dice": {"emoji": "🎲", "value": 3}},
        {"location": {"latitude": 48.0, "longitude": 2.0}},
        {"thing_to_come": {"of": "a later Bot API"}},
    ],
)
def test_whatever_is_sent_in_private_gets_a_word(start: StartBot, ann: Person, content: dict[str, Any]) -> None:
    start()
    ann.say(**content)
    ann.wait("Je ne lis que le texte")


def test_question_beside_something_that_cannot_be_read_is_answered(start: StartBot, ann: Person) -> None:
    start()
    ann.wait_for_reply(ann.say(FIRST, poll=POLL), "14 mois")


def test_button_of_elsewhere_says_so(start: StartBot, ann: Person, telegram: TelegramServer) -> None:
    start()
    assert ann.pressed(ann.press_data(1, "menu/next?page=2")) == "Je ne connais pas ce bouton."
    query = {"id": "77", "from": ann.message()["from"], "chat_instance": "1", "game_short_name": "x"}
    telegram.put(callback_query=query)
    assert ann.pressed("77") == "Je ne connais pas ce bouton."


def test_update_of_another_kind_is_in_the_log(
    start: StartBot, ann: Person, telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    answer = {"poll_id": "1", "user": ann.message()["from"], "option_ids": [0], "option_persistent_ids": ["0"]}
    items = [{"update_id": 1, "poll_answer": answer}, {"update_id": 2, "thing_to_come": {}}]
    telegram.fault("getUpdates", "inject", body=result_of([*items, {"update_id": 3, "message": ann.message(FIRST)}]))
    start()
    ann.wait("14 mois")
    told = [record.getMessage() for record in caplog.records if "nothing is done" in record.message]
    assert told == [
        "update 1: poll_answer, with which nothing is done",
        "update 2: of a kind that is not known, with which nothing is done",
    ]
