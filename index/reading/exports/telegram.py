"""Channels and chats of Telegram: the desktop's exports (JSON, HTML), and the public preview of a channel."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml publishes no types

from index.reading.content import Content, clean_line, clean_text, web_address
from index.reading.exports.parts import lines_of
from index.text.dates import declared_date

# The export in JSON ---------------------------------------------------------------------------------------------


def is_telegram(found: Any) -> bool:  # noqa: ANN401  any JSON value
    """Whether JSON is the desktop's export of a chat, or of all of them."""
    return any(True for _ in _chats(found))


def telegram_posts(found: Any) -> Iterator[tuple[str, Content]]:  # noqa: ANN401  as above
    """Yields the posts with words and their keys, oldest first; who wrote a post is whom it was forwarded from."""
    chats = list(_chats(found))
    for chat in chats:
        name = _string(chat, "name")
        for message in chat["messages"]:
            if isinstance(message, dict) and message.get("type") == "message" and (words := _words(message)):
                number = str(message.get("id", ""))
                key = number if len(chats) == 1 else f"{chat.get('id', name)}/{number}"
                author = _string(message, "forwarded_from") or _string(message, "author") or _string(message, "from")
                day = declared_date(_string(message, "date"))
                yield key, Content("", words, day, "", name, author=author if author != name else "")


def _chats(found: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401  as above
    if not isinstance(found, dict):
        return
    lists = [found.get(name) for name in ("chats", "left_chats")]
    for chat in [found, *(each for one in lists if isinstance(one, dict) for each in _list(one, "list"))]:
        if isinstance(chat, dict) and any(isinstance(one, dict) and "type" in one for one in _list(chat, "messages")):
            yield chat


def _words(message: dict[str, Any]) -> str:
    text = message.get("text")
    parts = text if isinstance(text, list) else [text]
    words = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return clean_text("".join(word for word in words if isinstance(word, str))).strip()


def _string(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return clean_line(value) if isinstance(value, str) else ""


def _list(values: dict[str, Any], name: str) -> list[Any]:
    value = values.get(name)
    return value if isinstance(value, list) else []


# Pages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """A page of the public preview of a channel."""

    posts: list[tuple[str, Content]]  # number -> post, oldest first; the address of a post is its content's
    before: str  # what is asked for earlier posts: "?before=120"; "" where there are none


def preview_address(address: str) -> str:
    """Returns the address of the public preview of a channel that is named by its own, any other as it is."""
    return _CHANNEL.sub(r"https://t.me/s/\1", address.strip())


# neither a post of it nor an invitation ("+…", "joinchat/…")
_CHANNEL = re.compile(r"\Ahttps?://(?:t|telegram)\.me/([A-Za-z]\w{3,31})/?\Z", re.IGNORECASE)


def read_preview(tree: Any) -> ChannelPage | None:  # noqa: ANN401  lxml has no types
    """Returns the posts of a page of a channel's preview, None where it is no such page."""
    messages = tree.xpath("//*[@data-post]")
    if not messages:
        return None
    title = _first(tree, "tgme_channel_info_header_title") or _first(tree, "tgme_widget_message_owner_name")
    posts = [(post.get("data-post").rpartition("/")[2], _preview_post(post, title)) for post in messages]
    more = tree.xpath("//*[@data-before]/@data-before")
    return ChannelPage([(number, post) for number, post in posts if post.body], f"?before={more[0]}" if more else "")


def _preview_post(post: Any, title: str) -> Content:  # noqa: ANN401  as above
    day = next(iter(post.xpath(".//a[contains(@class, 'message_date')]//time/@datetime")), "")
    address = web_address(f"https://t.me/{post.get('data-post')}")
    author = _first(post, "tgme_widget_message_forwarded_from_name") or _first(post, "tgme_widget_message_from_author")
    return Content(
        "", _text(post, "tgme_widget_message_text"), declared_date(day), "", title, address, author
    )  # fmt: skip


def read_exported_page(tree: Any) -> Iterator[tuple[str, Content]]:  # noqa: ANN401  as above
    """Yields the posts of a page of the desktop's export, "messages.html", and their keys."""
    header = tree.xpath("//*[contains(@class, 'page_header')]")
    title = _first(header[0], "text") if header else ""
    for message in tree.xpath("//*[starts-with(@id, 'message') and contains(@class, 'default')]"):
        if body := _text(message, "text"):
            days = message.xpath(".//*[contains(@class, 'date')]/@title")
            author = _first(message, "forwarded", "from_name") or _first(message, "signature")
            yield (
                message.get("id").removeprefix("message"),
                Content("", body, _exported_day(days), "", title, author=author),
            )


def _exported_day(written: Iterable[str]) -> Any:  # noqa: ANN401  date or None
    """Returns the day of "12.03.2025 08:00:00 UTC+01:00"."""
    day = next(iter(written), "").partition(" ")[0].split(".")
    return declared_date("-".join(reversed(day)))


def _text(element: Any, name: str) -> str:  # noqa: ANN401  as above
    # of a post that answers another one, that one's words come first, in a class of their own
    found = next((each for each in _of_class(element, name) if "reply" not in (each.get("class") or "")), None)
    return "" if found is None else lines_of(found)


def _first(element: Any, *names: str) -> str:  # noqa: ANN401  as above
    """Returns the words of the first element of a class, within the first of the class before, without inner times."""
    for name in names:
        element = next(_of_class(element, name), None)
        if element is None:
            return ""
    words = element.xpath(".//text()[not(ancestor::*[contains(@class, 'date')])]")
    return clean_line("".join(words))


def _of_class(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401  as above
    return (each for each in element.iter(etree.Element) if name in (each.get("class") or "").split())
