from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest

from index.reading.exports.telegram import preview_address
from index.sources.folder import SourceError
from index.sources.web.fetching import Fetcher
from index.sources.web.seen import SeenPage
from index.sources.web.source import WebReading, read_web_source

if TYPE_CHECKING:
    from tests.index.sources.web.conftest import Answers, Web

PATH = "/s/lorbec"
CHANNEL = f"http://news.example{PATH}"
PAGE = 20  # posts
Read = Callable[..., WebReading]


def post(number: int, text: str = "", *, more: str = "", before: str = "") -> str:
    """Returns a post as the public preview shows it."""
    words = text or f"La rivière a débordé, dit la mairie pour la fois numéro {number}."
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message '
        f'js-widget_message" data-post="lorbec/{number}"><div class="tgme_widget_message_bubble">'
        '<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" '
        f'href="https://t.me/lorbec"><span dir="auto">Lorbec info</span></a></div>{before}'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>'
        '<div class="tgme_widget_message_footer"><div class="tgme_widget_message_info"><span class='
        f'"tgme_widget_message_views">1K</span><span class="tgme_widget_message_meta">{more}<a class='
        f'"tgme_widget_message_date" href="https://t.me/lorbec/{number}"><time datetime="2025-03-12T08:00:00+00:00" '
        'class="time">08:00</time></a></span></div></div></div></div></div>'
    )


def page(*posts: str, before: int = 0) -> str:
    earlier = (
        f'<div class="tgme_widget_message_centered js-messages_more_wrap"><a href="{PATH}?before={before}" '
        f'class="tme_messages_more js-messages_more" data-before="{before}"></a></div>'
    )
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Lorbec info – Telegram</title></head>'
        '<body class="widget_frame_base tgme_webpreview"><header class="tgme_header"><div class="tgme_channel_info">'
        '<div class="tgme_channel_info_header_title"><span dir="auto">Lorbec info</span></div></div></header>'
        f'<main class="tgme_main">{earlier if before else ""}<section class="tgme_channel_history">{"".join(posts)}'
        "</section></main></body></html>"
    )


def serve(web: Web, last: int, texts: dict[int, str] | None = None) -> None:
    """Serves a channel of so many posts, the last of which were written just now."""
    for end in range(last, 0, -PAGE):
        first = max(end - PAGE + 1, 1)
        posts = (post(number, (texts or {}).get(number, "")) for number in range(first, end + 1))
        asked = PATH if end == last else f"{PATH}?before={end + 1}"
        web.serve(asked, page(*posts, before=first if first > 1 else 0))


def numbers(reading: WebReading) -> list[int]:
    return sorted(int(article.id.rpartition("/")[2]) for article in reading.articles)


@pytest.fixture
def read(new_fetcher: Callable[..., Fetcher]) -> Read:
    def run(known: dict[str, SeenPage] | None = None, *, limit: int = 50, after_s: float = 0.0) -> WebReading:
        return read_web_source(CHANNEL, known or {}, new_fetcher(), limit=limit, now=lambda: 1_000_000.0 + after_s)

    return run


def test_a_post_is_an_article_with_its_day_author_and_link(web: Web, read: Read) -> None:
    forwarded = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from <a class='
        '"tgme_widget_message_forwarded_from_name" href="https://t.me/mairie"><span dir="auto">Mairie</span></a></div>'
    )
    reply = (
        '<a class="tgme_widget_message_reply" href="https://t.me/lorbec/1"><div class="tgme_widget_message_text '
        'js-message_reply_text">Un autre.</div></a>'
    )
    signed = '<span class="tgme_widget_message_from_author" dir="auto">Ana</span>'
    photo = post(4).replace("tgme_widget_message_text", "tgme_widget_message_photo")
    posts = [
        post(2, "Crue à Lorbec<br/><br/>La rivière a <b>débordé</b>.", more=signed, before=reply),
        post(3, "Le pont est fermé.", before=forwarded),
    ]
    web.serve(PATH, page(*posts, photo))
    second, third = read().articles
    assert (second.id, second.url, second.title, second.text, second.published, second.source, second.author) == (
        "https://t.me/lorbec/2",
        "https://t.me/lorbec/2",
        "Crue à Lorbec",
        "La rivière a débordé.",
        date(2025, 3, 12),
        "Lorbec info",
        "Ana",
    )
    assert (third.text, third.author) == ("Le pont est fermé.", "Mairie")
    assert web.paths() == [PATH]  # neither a post nor what it links to is asked for


def test_earlier_pages_are_asked_for_up_to_the_limit(web: Web, read: Read) -> None:
    serve(web, 100)
    reading = read(limit=50)
    assert numbers(reading) == list(range(51, 101))
    assert web.paths() == [PATH, f"{PATH}?before=81", f"{PATH}?before=61"]


def test_a_whole_channel_is_read_where_the_limit_allows(web: Web, read: Read) -> None:
    serve(web, 45)
    assert numbers(read(limit=500)) == list(range(1, 46))


def test_only_what_is_new_is_asked_for_and_an_edited_post_changes(web: Web, read: Read) -> None:
    serve(web, 60)
    first = read(limit=30)
    web.asked.clear()
    serve(web, 63, {50: "Le texte a été corrigé."})
    second = read(first.pages, limit=30, after_s=5.0)
    assert web.paths() == [PATH]
    assert numbers(second) == [50, 61, 62, 63]
    kept = {f"https://t.me/lorbec/{number}" for number in range(31, 61)} - {"https://t.me/lorbec/50"}
    assert set(second.kept) == kept
    assert second.listed == kept | {article.id for article in second.articles}


def test_a_post_that_was_deleted_is_no_longer_listed(web: Web, read: Read) -> None:
    serve(web, 20)
    first = read()
    web.serve(PATH, page(*(post(number) for number in range(5, 21) if number != 9)))
    second = read(first.pages)
    assert {f"https://t.me/lorbec/{number}" for number in (1, 2, 3, 4, 8, 10)} <= second.listed
    assert "https://t.me/lorbec/9" not in second.listed


def test_a_page_that_fails_costs_the_posts_before_it(web: Web, answers: Answers, read: Read) -> None:
    serve(web, 60)
    web.serve(f"{PATH}?before=41", answers.reply("", 404))
    reading = read(limit=60)
    assert numbers(reading) == list(range(41, 61))
    (failure,) = reading.failed
    assert failure.id == f"{CHANNEL}?before=41"


def test_pages_that_lead_in_a_circle_end(web: Web, read: Read) -> None:
    web.serve(PATH, page(post(1), before=1))
    web.serve(f"{PATH}?before=1", page(post(1), before=1))
    assert numbers(read()) == [1]


def test_a_channel_without_a_preview_is_refused_on_one_line(web: Web, read: Read) -> None:
    web.serve(PATH, '<html><body><div class="tgme_page_wrap"><div class="tgme_page">Lorbec</div></div></body></html>')
    with pytest.raises(SourceError, match="a page of Telegram without posts, a public channel with a preview wanted; "):
        read()


@pytest.mark.parametrize(
    ("written", "preview"),
    [
        ("https://t.me/lorbec", "https://t.me/s/lorbec"),
        ("http://telegram.me/Lorbec_info/", "https://t.me/s/Lorbec_info"),
        ("https://t.me/s/lorbec", "https://t.me/s/lorbec"),
        ("https://t.me/lorbec/12", "https://t.me/lorbec/12"),
        ("https://t.me/+abcdef", "https://t.me/+abcdef"),
        ("https://news.example/lorbec", "https://news.example/lorbec"),
    ],
)
def test_a_channel_is_named_by_its_address_too(written: str, preview: str) -> None:
    assert preview_address(written) == preview
