"""Formatted text within all of Telegram's limits, for any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.telegram.sending.formatting import MOST_ENTITIES, MOST_UNITS, Block, TextRun, paginate
from bot.telegram.state.answers import FormattedText, units
from tests.bot.telegram.checks import html_of, parsed, problems_of

WORDS = st.text(st.sampled_from("aé.?! \n[1]<>&\"'«»👩🏽‍🚀\u0301字\u200d"), max_size=60)
TEXTS = st.one_of(st.text(max_size=200), WORDS, st.builds(lambda word, times: word * times, WORDS, st.integers(1, 400)))
LINKS = st.one_of(
    st.just(""),
    st.sampled_from(["https://example.org/a?b=1&c=%22", 'http://x/"onclick', "javascript:alert(1)", "tg://user?id=1"]),
    st.builds(lambda tail: f"https://example.org/{tail}", st.text(max_size=300)),
    st.just("https://example.org/" + "x" * 1900),
    st.just("https://example.org/" + "&" * 1900),
)
RUNS = st.builds(TextRun, TEXTS, st.booleans(), st.booleans(), LINKS)
BLOCKS = st.builds(lambda runs, is_quote: Block.of(*runs, is_quote=is_quote), st.lists(RUNS, max_size=8), st.booleans())
LINKED = st.just(Block.of(*(TextRun(f"[{number}]", link="https://example.org/") for number in range(250))))


def visible(text: str) -> str:
    """Returns the characters that no one may lose: all but white space."""
    return re.sub(r"\s", "", text)


def blocks_text(blocks: list[Block]) -> str:
    return "".join(run.text for block in blocks for run in block.runs)


@settings(max_examples=60)
@given(st.lists(st.one_of(BLOCKS, LINKED), max_size=6))
@example([Block.of("x" * 4097)])
@example([Block.of("👩🏽‍🚀" * 3000)])
@example([Block.of("é " * 4000, is_quote=True), Block.of("\n" * 9000), Block.of("end")])
@example([Block.of(TextRun("&" * 4096, link="https://example.org/" + "&" * 1900), "z")])
def test_any_blocks_become_messages_within_the_limits_and_lose_no_character(blocks: list[Block]) -> None:
    pages = paginate(blocks)
    assert [problem for page in pages for problem in problems_of(page.text, page.entities)] == []
    assert visible("".join(page.text for page in pages)) == visible(blocks_text(blocks))


@settings(max_examples=60)
@given(st.lists(st.one_of(BLOCKS, LINKED), max_size=6))
def test_every_character_keeps_its_look(blocks: list[Block]) -> None:
    wanted = [
        (character, run.bold, run.italic, "text_link" in run.kinds(), block.is_quote)
        for block in blocks
        for run in block.runs
        for character in run.text
    ]
    looks = [look for page in paginate(blocks) for look in looks_of(page)]
    assert [look for look in looks if not look[0].isspace()] == [look for look in wanted if not look[0].isspace()]


def looks_of(page: FormattedText) -> list[tuple[str, bool, bool, bool, bool]]:
    """Returns each character with the entities that cover it."""
    at, looks = 0, []
    for character in page.text:
        kinds = {each.type for each in page.entities if each.offset <= at < each.offset + each.length}
        shown = [kind in kinds for kind in ("bold", "italic", "text_link", "expandable_blockquote")]
        looks.append((character, shown[0], shown[1], shown[2], shown[3]))
        at += units(character)
    return looks


@settings(max_examples=60)
@given(st.lists(BLOCKS, max_size=4))
def test_kurigram_sees_the_same_text_and_entities(blocks: list[Block]) -> None:
    for page in paginate(blocks):
        if (
            "&" in page.text
            or page.text != page.text.strip()
            or re.search(r"[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]", page.text)
        ):
            continue  # kurigram unescapes twice, strips, and does not keep all line ends
        seen = parsed(html_of(page))
        assert seen["message"] == page.text
        ranges = sorted((each.offset, each.length) for each in seen["entities"] or ())
        assert ranges == sorted((each.offset, each.length) for each in page.entities)


@given(TEXTS)
def test_what_people_write_is_never_formatting(text: str) -> None:
    for page in paginate([Block.of(f"<b>{text}</b>")]):
        assert page.entities == ()
    assert "".join(page.text for page in paginate([Block.of(f"<b>{text}</b>")])).startswith("<b>")


def test_text_is_cut_after_paragraphs_then_sentences_then_words() -> None:
    sentence = "Les travaux ont duré quatorze mois. "
    by_paragraph = paginate([Block.of(sentence * 80 + "\n\n" + sentence * 80)])
    assert [page.text.strip() for page in by_paragraph] == [(sentence * 80).strip()] * 2
    by_sentence = paginate([Block.of(sentence * 200)])
    assert all(page.text.strip().endswith("mois.") for page in by_sentence)
    by_word = paginate([Block.of("mot " * 2000)])
    assert all(page.text.strip().endswith("mot") for page in by_word)


def test_marker_stays_with_its_sentence() -> None:
    blocks = [Block.of("x" * 3000 + ". Fin. ", TextRun("[1]", link="https://example.org"), " Et puis " + "y" * 3000)]
    assert paginate(blocks)[0].text.strip().endswith("Fin. [1]")


def test_quotes_stay_whole_where_they_fit() -> None:
    quote = Block.of("q" * 2500, is_quote=True)
    pages = paginate([Block.of("a" * 1000), quote, quote])
    assert [[each.type for each in page.entities] for page in pages] == [["expandable_blockquote"]] * 2


def test_family_emoji_is_not_taken_apart() -> None:
    astronaut = "👩🏽‍🚀"
    for page in paginate([Block.of("x" + astronaut * 2000)]):
        assert page.text.removeprefix("x").replace(astronaut, "") == ""


@pytest.mark.parametrize(("text", "length"), [("a", 1), ("é", 1), ("字", 1), ("👩", 2), ("👩🏽‍🚀", 7)])
def test_length_is_counted_as_telegram_does(text: str, length: int) -> None:
    assert units(text) == length


def test_hundred_links_are_shared_out() -> None:
    runs = [TextRun("[1]", link="https://example.org") for _ in range(2 * MOST_ENTITIES + 1)]
    assert [len(page.entities) for page in paginate([Block.of(*runs)])] == [100, 100, 1]


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "tg://user?id=1", "https://a b", "https://" + "a" * MOST_UNITS, "/relative"]
)
def test_address_that_is_not_one_of_the_web_is_no_link(link: str) -> None:
    assert paginate([Block.of(TextRun("title", link=link))]) == [FormattedText("title")]


@pytest.mark.parametrize("blocks", [[], [Block.of("")], [Block.of(" \n\t ")]])
def test_nothing_is_no_message(blocks: list[Block]) -> None:
    assert paginate(blocks) == []
