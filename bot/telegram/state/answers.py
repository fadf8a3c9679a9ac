"""An answer as it is kept: its messages, and what its buttons show."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from typing import Any, Self

from telegram import MessageEntity

_KINDS = {
    "b": MessageEntity.BOLD,
    "i": MessageEntity.ITALIC,
    "a": MessageEntity.TEXT_LINK,
    "blockquote": MessageEntity.EXPANDABLE_BLOCKQUOTE,
}


@dataclass(frozen=True, slots=True)
class FormattedText:
    """One message: its text, and which parts of it look how, counted in UTF-16 as Telegram does."""

    text: str
    entities: tuple[MessageEntity, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A citation as it was shown, with the passage that its button shows; no later index changes it."""

    number: int
    title: str
    source: str
    url: str
    published: str  # ISO date, "" where not known
    quote: str
    passage: str  # the text around the quote, which it contains
    language: str = ""  # of the article
    article: str = ""  # its id in the index; "" where an earlier version of the bot kept it


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that was worked out, to be delivered or delivered already."""

    pages: tuple[FormattedText, ...]
    sources: tuple[Source, ...] = ()
    language: str = "en"
    keyboard: bool = False  # whether its last page carries buttons
    question: str = ""  # that a button follows; "": none does
    id: int = 0  # in the store, 0 before it is there

    def content(self) -> str:
        """Returns what the store keeps of it."""
        return json.dumps(asdict(self), default=MessageEntity.to_dict, ensure_ascii=False)

    @classmethod
    def read(cls, answer_id: int, content: str) -> Self:
        """Returns an answer from the store."""
        kept: dict[str, Any] = json.loads(content)
        pages = tuple(
            FormattedText(page["text"], MessageEntity.de_list(page["entities"], None)) for page in kept["pages"]
        )
        sources = tuple(Source(**source) for source in kept["sources"])
        return cls(**{**kept, "pages": pages, "sources": sources, "id": answer_id})


def units(text: str) -> int:
    """Returns the length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


class _Page(HTMLParser):
    """A message of version 2, in our HTML of then, which was well-formed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.entities: list[MessageEntity] = []
        self._open: list[tuple[str, int, str | None]] = []
        self.feed(html)
        self.close()

    def formatted(self) -> dict[str, Any]:
        return {"text": self.text, "entities": sorted(self.entities, key=lambda entity: entity.offset)}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append((_KINDS[tag], units(self.text), dict(attrs).get("href")))

    def handle_endtag(self, _tag: str) -> None:
        kind, start, url = self._open.pop()
        # what closes later is further out, and stays before what it holds
        self.entities.insert(0, MessageEntity(kind, start, units(self.text) - start, url))

    def handle_data(self, data: str) -> None:
        self.text += data


def upgraded(content: str) -> str:
    """Returns what version 2 kept of an answer, messages in HTML, as it is kept now."""
    kept = json.loads(content)
    del kept["is_answer"]
    kept["pages"] = [_Page(page["html"]).formatted() for page in kept["pages"]]
    return json.dumps(kept, default=MessageEntity.to_dict, ensure_ascii=False)
