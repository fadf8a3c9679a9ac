from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.retrieval.llm.openai_server import Model, Turn, line, passages_in, serving

if TYPE_CHECKING:
    from tests.bot.conftest import Run

BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"


def first_sentences(messages: list[dict[str, str]]) -> Turn:
    """Answers with the first sentence of the best passage, and with a lie."""
    if "Last question" in messages[1]["content"]:
        return Turn(["Combien ont coûté les travaux du pont de Saint-Aubin ?"])
    best = passages_in(messages)[0]
    sentence = best["text"].split(". ")[0].rstrip(".") + "."
    return Turn([line(sentence, best["id"], sentence), line("Il a coûté 999 euros.", best["id"], sentence)])


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    with serving(first_sentences) as served:
        monkeypatch.setenv("ARTICLEBOT_LLM_BASE_URL", served.base_url)
        yield served


def test_ask_shows_what_the_model_says_and_how_much_of_it_was_left_out(run: Run, index: Path, model: Model) -> None:
    done = run("ask", "--index", str(index), "--llm", "openai:test", BRIDGE)
    assert done.code == 0
    assert done.out.startswith("Le pont de Saint-Aubin a rouvert aux voitures mardi 4 mars 2025. [1]")
    assert "999" not in done.out
    assert "Phrases du modèle écartées, faute de preuve dans les articles : 1." in done.out
    assert "tokens: 100 + 10" in done.out
    assert done.out.count("Le pont de Saint-Aubin a rouvert aux voitures mardi 4 mars 2025.") == 1
    assert len(model.asked) == 1


def test_json_tells_the_sentence_left_out_and_the_tokens(run: Run, index: Path, model: Model) -> None:
    answer = json.loads(run("ask", "--json", "--index", str(index), "--llm", "openai:test", BRIDGE).out)
    assert answer["dropped"] == [["Il a coûté 999 euros.", "the passage does not say so"]]
    assert answer["usage"] == {"input": 100, "output": 10, "calls": 1}
    assert model.asked


def test_the_setting_does_what_the_option_does(
    run: Run, index: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLEBOT_LLM", "openai:test")
    assert "tokens: 100 + 10" in run("ask", "--index", str(index), BRIDGE).out
    assert model.asked


def test_a_chat_rewrites_a_follow_up_by_the_model(run: Run, index: Path, model: Model) -> None:
    done = run("chat", "--index", str(index), "--llm", "openai:test", typed=f"{BRIDGE}\nEt combien ont-ils coûté ?\n")
    assert done.code == 0
    assert [len(messages) for messages in model.asked] == [2, 2, 2]
    assert "Last question" in model.asked[1][1]["content"]


def test_a_server_that_is_not_there_is_one_line(run: Run, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLEBOT_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    done = run("ask", "--index", str(index), "--llm", "openai:test", BRIDGE)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "no server at http://127.0.0.1:9 (connection refused); start it" in done.err


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("gpt", "wanted provider:model"), ("nobody:model", "nobody"), ("openai:model", "OPENAI_API_KEY")],
)
def test_a_model_that_cannot_be_had_is_one_line(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch, name: str, wanted: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = run("ask", "--index", str(index), "--llm", name, BRIDGE)
    assert done.code == 1
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert wanted in done.err


def test_eval_tells_tokens_cost_and_what_was_left_out(
    run: Run, labelled: Path, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTICLEBOT_LLM_PRICE_IN", "2")
    monkeypatch.setenv("ARTICLEBOT_LLM_PRICE_OUT", "10")
    done = run("eval", "--json", "--llm", "openai:test", "--work", str(tmp_path / "work"), str(labelled))
    metrics = json.loads(done.out)["labelled"]
    assert metrics["valid"] == 1
    assert metrics["failed"] == 0
    assert metrics["dropped"] >= 3
    calls = len(model.asked)
    assert metrics["tokens in"] >= 100
    assert metrics["cost"] == pytest.approx(calls * (100 * 2 + 10 * 10) / 1e6, rel=0.5)


def test_a_spent_budget_leaves_the_articles_own_sentences(
    run: Run, index: Path, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("ARTICLEBOT_LLM_TOKENS_PER_DAY", "100")
    first, second = (run("ask", "--index", str(index), "--llm", "openai:test", BRIDGE) for _ in range(2))
    assert "tokens: 100 + 10" in first.out
    assert "budget du jour épuisé" in second.out
    assert len(model.asked) == 1
