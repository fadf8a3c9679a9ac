"""Someone who writes to the bot."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from bot.telegram.demo.emulator import USERNAME, Shown
from tests.bot.telegram.server import WAIT_S, TelegramServer

BOT = {"id": 7, "is_bot": True, "first_name": "Fixture", "username": USERNAME}
PLACEHOLDER = "🔎 …"


@dataclass
class Person:
    """One person in one chat: the private one, a group, or a topic of it."""

    server: TelegramServer
    id: int
    chat_id: int = 0  # 0: the private chat
    thread_id: int | None = None
    language: str = "fr"
    name: str = "Ann"
    _before: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.chat_id = self.chat_id or self.id

    def say(self, text: str | None = None, **more: Any) -> int:
        """Sends a message; returns its id within the chat."""
        message = self.message(text, **more)
        self.server.put(message=message)
        return int(message["message_id"])

    def edit(self, message_id: int, text: str) -> None:
        """Edits a message that was sent."""
        self.server.put(edited_message={**self.message(text), "message_id": message_id, "edit_date": int(time.time())})

    def press(self, shown: Shown, words: str) -> str:
        """Presses the button that shows these words; returns the id of the press."""
        return self.press_data(shown.message_id, next(data for label, data in shown.keyboard if words in label))

    def press_data(self, message_id: int, data: str) -> str:
        query = uuid.uuid4().hex
        message = {**self._place(), "message_id": message_id, "date": int(time.time()), "from": BOT, "text": "…"}
        self.server.put(
            callback_query={"id": query, "from": self._me(), "chat_instance": "1", "data": data, "message": message}
        )
        return query

    def search(self, words: str) -> str:
        """Types an inline query; returns its id."""
        query = uuid.uuid4().hex
        self.server.put(inline_query={"id": query, "from": self._me(), "query": words, "offset": ""})
        return query

    def send_document(self, name: str, content: bytes, caption: str = "/add", size: int | None = None) -> int:
        """Sends a file."""
        file_id = self.server.put_file(content)
        document = {
            "file_id": file_id, "file_unique_id": file_id, "file_name": name,
            "file_size": len(content) if size is None else size,
        }  # fmt: skip
        if not caption:
            return self.say(document=document)
        entities = [{"type": "bot_command", "offset": 0, "length": len(caption)}]
        return self.say(document=document, caption=caption, caption_entities=entities)

    def shown(self) -> list[Shown]:
        """Returns the bot's messages in this chat, oldest first."""
        return self.server.shown(self.chat_id)

    def answers(self) -> list[Shown]:
        """Returns those that are no placeholder."""
        return [shown for shown in self.shown() if shown.text != PLACEHOLDER]

    def wait(self, words: str, count: int = 1, within_s: float = WAIT_S) -> Shown:
        """Waits until so many messages of the bot hold these words; returns the last."""

        def found() -> Shown | None:
            matching = [shown for shown in self.shown() if words in shown.text]
            return matching[-1] if len(matching) >= count else None

        return self.server.until(found, within_s)

    def ask(self, question: str, words: str = "index du") -> Shown:
        """Asks, and waits for an answer to this question that holds these words."""
        return self.wait_for_reply(self.say(question), words)

    def wait_for_reply(self, message_id: int, words: str, within_s: float = WAIT_S) -> Shown:
        """Waits until a reply to this message holds these words."""

        def found() -> Shown | None:
            return next((s for s in self.shown() if s.reply_to == message_id and words in s.text), None)

        return self.server.until(found, within_s)

    def pressed(self, query: str) -> str:
        """Waits until a press is answered; returns the words, "" where there were none."""

        def found() -> list[str]:
            calls = self.server.named("answerCallbackQuery")
            return [str(c.fields.get("text", "")) for c in calls if c.fields["callback_query_id"] == query]

        return self.server.until(found)[0]

    def message(self, text: str | None = None, **more: Any) -> dict[str, Any]:
        message = {
            **self._place(), "message_id": self.server.number(), "date": int(time.time()), "from": self._me(), **more,
        }  # fmt: skip
        if text is not None:
            message["text"] = text
            entities = list(_entities(text))
            if entities:
                message["entities"] = entities
        return message

    def _me(self) -> dict[str, Any]:
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": self.language}

    def _place(self) -> dict[str, Any]:
        if self.chat_id > 0:
            return {"chat": {"id": self.chat_id, "type": "private", "first_name": self.name}}
        chat = {"id": self.chat_id, "type": "supergroup", "title": "Group", "is_forum": self.thread_id is not None}
        thread = {"message_thread_id": self.thread_id, "is_topic_message": True} if self.thread_id else {}
        return {"chat": chat, **thread}


def _entities(text: str) -> list[dict[str, Any]]:
    found = []
    if text.startswith("/"):
        found.append({"type": "bot_command", "offset": 0, "length": len(text.split()[0])})
    handle = f"@{USERNAME}"
    if handle in text and not text.startswith("/"):
        found.append({"type": "mention", "offset": text.index(handle), "length": len(handle)})
    return found
