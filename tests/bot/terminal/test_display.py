from dataclasses import replace
from datetime import date

import pytest

from bot.terminal import display
from index import Passage
from retrieval import Answer, Citation

BEFORE = "Un accord conclu le 18 janvier 2017 en a précisé les conditions."
QUOTE = "Onze bâtiments de guerre peuvent s’y trouver en même temps, [sic] :smile: y compris à propulsion nucléaire."
AFTER = "Hmeimim est au sud-est."
TEXT = f"{BEFORE} {QUOTE} {AFTER}"
START = TEXT.index(QUOTE)

PASSAGE = Passage(
    id="a/b.md#0", article_id="a/b.md", title="Tartous et Hmeimim", source="Le Courrier", url="https://example.org/b",
    published=date(2025, 2, 14), language="fr", start=0, end=len(TEXT), text=TEXT,
)  # fmt: skip
ANSWER = Answer(
    question="Et combien ?", standalone_question="Quelles bases ? Et combien ?", text=f"{QUOTE} [1]",
    citations=(
        Citation(
            number=1, article_id="a/b.md", title="Tartous et Hmeimim", source="Le Courrier",
            url="https://example.org/b", published=date(2025, 2, 14), start=START, end=START + len(QUOTE),
            quote=QUOTE, highlights=((0, 4),), also_in=("a/c.md",),
        ),
    ),
    passages=(PASSAGE,), found=True, language="fr", note="Une note de notre main.",
)  # fmt: skip


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 60 columns without colours."""
    console = display._Console(
        highlight=False, markup=False, emoji=False, force_terminal=True, color_system=None, width=60
    )
    monkeypatch.setattr(display, "out", console)


@pytest.mark.usefixtures("terminal")
def test_answer_on_a_terminal_is_wrapped_with_hanging_indents(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_answer(replace(ANSWER, short="Onze"))
    assert (
        capsys.readouterr().out
        == """\
Question comprise : Quelles bases ? Et combien ?
Onze
Onze bâtiments de guerre peuvent s’y trouver en même temps,
[sic] :smile: y compris à propulsion nucléaire. [1]
Une note de notre main.

[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (=
    a/c.md)
    https://example.org/b
"""
    )


@pytest.mark.usefixtures("terminal")
def test_passages_are_wrapped_with_hanging_indents(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_answer(replace(ANSWER, note="", standalone_question=ANSWER.question), passages=True)
    assert (
        capsys.readouterr().out
        == """\
Onze bâtiments de guerre peuvent s’y trouver en même temps,
[sic] :smile: y compris à propulsion nucléaire. [1]

[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (=
    a/c.md)
    https://example.org/b
    Un accord conclu le 18 janvier 2017 en a précisé les
    conditions. «\u202fOnze bâtiments de guerre peuvent s’y
    trouver en même temps, [sic] :smile: y compris à
    propulsion nucléaire.\u202f» Hmeimim est au sud-est.
"""
    )


def test_answer_in_a_pipe_keeps_an_article_and_a_passage_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    said = f"""\
Question comprise : Quelles bases ? Et combien ?
{QUOTE} [1]
Une note de notre main.

[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (= a/c.md) — https://example.org/b
"""
    display.show_answer(ANSWER)
    assert capsys.readouterr().out == said
    display.show_answer(ANSWER, passages=True)
    assert capsys.readouterr().out == f"{said}    {BEFORE} «\u202f{QUOTE}\u202f» {AFTER}\n"


def test_a_quote_that_differs_from_its_sentence_is_shown_with_its_language(capsys: pytest.CaptureFixture[str]) -> None:
    german = replace(ANSWER.citations[0], number=2, quote="Elf „Schiffe“\nsind erlaubt.", language="de", highlights=())
    answer = replace(ANSWER, text=f"{QUOTE} [1] Il y en a onze. [2]", citations=(*ANSWER.citations, german), note="")
    display.show_answer(replace(answer, standalone_question=answer.question))
    assert (
        capsys.readouterr().out
        == f"""\
{QUOTE} [1] Il y en a onze. [2]

[1] [2] Tartous et Hmeimim — Le Courrier, 14 février 2025 (= a/c.md) — https://example.org/b
    [2] (en allemand) «\u202fElf „Schiffe“ sind erlaubt.\u202f»
"""
    )


def test_what_comes_closest_is_shown_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    answer = replace(ANSWER, text="Les articles ne le disent pas.", citations=(), found=False, note="")
    display.show_answer(replace(answer, nearest=ANSWER.citations, standalone_question=answer.question))
    assert (
        capsys.readouterr().out
        == f"""\
Les articles ne le disent pas. Le plus proche\u00a0: {QUOTE} [1]

[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (= a/c.md) — https://example.org/b
"""
    )


def test_sources_alone_have_each_quote(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_sources(replace(ANSWER, citations=(replace(ANSWER.citations[0], url=""),)))
    assert (
        capsys.readouterr().out
        == f"""\
[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (= a/c.md) — a/b.md
    «\u202f{QUOTE}\u202f»
"""
    )


@pytest.fixture
def styled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 200 columns that knows bold."""
    console = display._Console(
        highlight=False, markup=False, emoji=False, force_terminal=True, color_system="standard", width=200
    )
    monkeypatch.setattr(display, "out", console)


@pytest.mark.usefixtures("styled")
def test_words_that_answer_are_bold_alone_in_the_answer_and_in_the_quote(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_answer(replace(ANSWER, short="Onze"), passages=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "\x1b[1mOnze\x1b[0m"
    assert lines[2].startswith("\x1b[1mOnze\x1b[0m bâtiments de guerre")
    assert "«\u202f\x1b[1mOnze\x1b[0m bâtiments de guerre" in "\n".join(lines[3:])


@pytest.mark.usefixtures("styled")
def test_only_the_quote_is_bold_where_the_answer_does_not_hold_it_verbatim(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_answer(replace(ANSWER, text="Onze bâtiments de guerre. [1]"))
    out = capsys.readouterr().out
    assert "\nOnze bâtiments de guerre." in out
    assert "«\u202f\x1b[1mOnze\x1b[0m bâtiments de guerre" in out


@pytest.mark.usefixtures("styled")
def test_bold_words_are_the_right_ones_behind_a_second_sentence_and_a_control_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = replace(ANSWER.citations[0], quote="Un [b]passage\x0c[/b].", highlights=())
    second = replace(ANSWER.citations[0], number=2, quote="Il\ry en a deux.", highlights=((10, 14),))
    display.show_answer(
        replace(ANSWER, text=f"{first.quote} [1] {second.quote} [2]", citations=(first, second)), passages=True
    )
    assert "Un [b]passage\ufffd[/b]." in (out := capsys.readouterr().out)
    assert out.count("Il\ufffdy en a \x1b[1mdeux\x1b[0m.") == 2


@pytest.mark.usefixtures("terminal")
def test_escape_sequence_in_an_article_does_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_answer(Answer("q", "q", "rouge \x1b[31m et \x9b2J", found=True))
    assert capsys.readouterr().out == "rouge \ufffd[31m et \ufffd2J\n"


@pytest.mark.usefixtures("terminal")
def test_progress_bar_of_nothing_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    with display.progress_bar() as progress:
        progress("reading", 0, 0)
        progress("embedding", 0, 0)
    assert capsys.readouterr() == ("", "")


def test_status_tells_the_segments_of_an_index(capsys: pytest.CaptureFixture[str]) -> None:
    status = {
        "index": "i", "generation": "00000001", "created": "2025-02-14", "articles": 2, "languages": {"fr": 2},
        "passages": 3, "sentences": 5, "sentences_waiting": 4, "segments": [1000, 20], "first_date": None,
        "model": "m", "bytes": 5e6, "sources": [], "generations": [], "failures": {},
    }  # fmt: skip
    display.show_status(status)
    shown = capsys.readouterr().out
    assert "segments  2, of 1000, 20 passages\n" in shown
    assert "5 sentences, 4 of them not embedded yet: the next `articlebot index` does it\n" in shown
