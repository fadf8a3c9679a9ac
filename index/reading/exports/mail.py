"""Saved mails, mailboxes, and pages that browsers save as a mail (MHTML)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from index.reading.content import ArticleError, Content, FileEntry, clean_line, clean_text, decode, web_address
from index.reading.exports.parts import entries_of
from index.reading.html import read_html

MAX_PARTS = 1_000  # of a mail; they may be within each other
_BEGINNING = re.compile(rb"^From .*(?:19|20)\d\d.*$\n?", re.MULTILINE)  # of each mail of a mailbox
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)  # what would pass for one within a mail
_FAULTS = (AttributeError, IndexError, LookupError, RecursionError, TypeError, ValueError)  # of the parser of mails


def read_mail(data: bytes) -> Content:
    """Returns what a mail says: its subject is the title, its sender the author, of a newsletter the outlet.

    Raises:
        ArticleError: it is no mail (neither a sender nor a day), or one without words.
    """
    mail = _parsed(data)
    if not (_header(mail, "From") or _header(mail, "Date")):
        raise ArticleError("no mail (it has neither a sender nor a day), a whole one wanted; save it again")
    name = _sender(mail)
    is_newsletter = bool(_header(mail, "List-Id") or _header(mail, "List-Unsubscribe"))
    body = _words(mail)
    if not body.strip():
        raise ArticleError("a mail without words, a text in it wanted; leave it out")
    author, source = ("", name) if is_newsletter else (name, "")
    return Content(_header(mail, "Subject"), body, _day(mail), "", source, author=author)


def read_mailbox(data: bytes) -> list[FileEntry]:
    """Returns the mails of a mailbox (mbox) under their Message-IDs, in its order.

    Raises:
        ArticleError: it is no mailbox.
    """
    begins = list(_BEGINNING.finditer(data))
    if not begins or data[: begins[0].start()].strip():
        raise ArticleError("no mailbox, one in which each mail begins with a line 'From …' wanted; export it as mbox")
    ends = [*(each.start() for each in begins[1:]), len(data)]
    mails = (data[each.end() : end] for each, end in zip(begins, ends, strict=True))
    return entries_of(_entry(_QUOTED.sub(rb"\1", mail)) for mail in mails)


def read_saved_page(data: bytes) -> Content:
    """Returns the page that a browser saved in one file.

    Raises:
        ArticleError: it is no such file, or there is no page in it.
    """
    mail = _parsed(data)
    pages = (part for part in _parts(mail) if part.get_content_type() in ("text/html", "application/xhtml+xml"))
    page = next(pages, None)
    if page is None or "MIME-Version" not in mail:
        raise ArticleError("no saved page (MHTML without HTML in it), one wanted; save the page again")
    content = read_html(decode(_payload(page), is_html=True))
    address = _header(mail, "Snapshot-Content-Location") or _header(page, "Content-Location")
    title = content.title or _header(mail, "Subject")
    return Content(
        title, content.body, content.published, content.language, content.source, content.url or web_address(address),
        content.author,
    )  # fmt: skip


def _entry(data: bytes) -> tuple[str, Content | ArticleError]:
    key = ""
    try:
        key = _header(_parsed(data), "Message-ID").strip("<>")
        return key, read_mail(data)
    except ArticleError as error:
        return key, error


def _parsed(data: bytes) -> EmailMessage:
    try:
        return message_from_bytes(data.lstrip(b"\r\n"), policy=policy.default)
    except _FAULTS as error:
        raise ArticleError("a mail that cannot be read, a whole one wanted; save it again") from error


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return clean_line(str(mail.get(name, "")))
    except _FAULTS:  # the standard library breaks on some
        return ""


def _sender(mail: EmailMessage) -> str:
    """Returns the name of the sender; "" where only an address is given."""
    return clean_line(parseaddr(_header(mail, "From"))[0])


def _day(mail: EmailMessage) -> date | None:
    try:
        return parsedate_to_datetime(_header(mail, "Date")).date()
    except _FAULTS:
        return None


def _words(mail: EmailMessage) -> str:
    """Returns the text of a mail, else that of its page."""
    texts = [part for part in _parts(mail) if part.get_content_disposition() != "attachment"]
    for part in texts:
        if part.get_content_type() == "text/plain" and (words := clean_text(decode(_payload(part)))).strip():
            return words
    for part in texts:
        if part.get_content_type() == "text/html" and (page := decode(_payload(part), is_html=True)).strip():
            return read_html(page).body
    return ""


def _parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(mail.walk()):
        if number > MAX_PARTS:
            raise ArticleError(f"a mail of more than {MAX_PARTS:,} parts, at most that wanted; leave it out")
        if not part.is_multipart():
            yield part


def _payload(part: EmailMessage) -> bytes:
    """Returns the bytes of a part, in UTF-8 where it says its encoding rightly."""
    try:
        data = part.get_payload(decode=True)
    except _FAULTS:
        return b""
    if not isinstance(data, bytes):
        return b""
    declared = str(part.get_content_charset() or "utf-8").lower()
    try:
        return data.decode(declared).encode()
    except (LookupError, ValueError):
        return data
