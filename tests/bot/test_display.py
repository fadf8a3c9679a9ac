from datetime import date

import pytest

from bot import display
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
    display.show_answer(ANSWER)
    assert (
        capsys.readouterr().out
        == """\
Question comprise : Quelles bases ? Et combien ?
Onze bâtiments de guerre peuvent s’y trouver en même temps,
[sic] :smile: y compris à propulsion nucléaire. [1]
Une note de notre main.

Sources
[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (=
    a/c.md)
    Un accord conclu le 18 janvier 2017 en a précisé les
    conditions. «Onze bâtiments de guerre peuvent s’y
    trouver en même temps, [sic] :smile: y compris à
    propulsion nucléaire.» Hmeimim est au sud-est.
    https://example.org/b
"""
    )


def test_answer_in_a_pipe_keeps_a_quote_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_answer(ANSWER)
    assert (
        capsys.readouterr().out
        == f"""\
Question comprise : Quelles bases ? Et combien ?
{QUOTE} [1]
Une note de notre main.

Sources
[1] Tartous et Hmeimim — Le Courrier, 14 février 2025 (= a/c.md)
    {BEFORE} «{QUOTE}» {AFTER}
    https://example.org/b
"""
    )


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
