from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.retrieval.llm.openai_server import Model, Turn, answer_of, claim, number_of, passages_in, serving

if TYPE_CHECKING:
    from tests.bot.conftest import Run

BRIDGE = "Combien de mois ont duré les travaux du pont de Saint-Aubin ?"


MONTHS = "Les travaux ont duré 14 mois."


def answers(messages: list[dict[str, str]]) -> Turn:
    """Answers with the sentence about the works, else the first of the best passage, and with a lie."""
    if "Last question" in messages[1]["content"]:
        return Turn(["Combien ont coûté les travaux du pont de Saint-Aubin ?"])
    sentences = passages_in(messages)[0].sentences
    number = next((number for number, text in sentences.items() if text == MONTHS), next(iter(sentences)))
    sentence = sentences[number]
    return Turn([answer_of(claim(sentence, number), claim("Il a coûté 999 euros.", number))])


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    with serving(answers) as served:
        monkeypatch.setenv("ARTICLEBOT_LLM_BASE_URL", served.base_url)
        yield served


def test_ask_shows_what_the_model_says_and_how_much_of_it_was_left_out(run: Run, index: Path, model: Model) -> None:
    done = run("ask", "--index", str(index), "--llm", "openai:test", BRIDGE)
    assert done.code == 0
    assert f"{MONTHS} [1]" in done.out
    assert "999" not in done.out
    assert "Phrases du modèle écartées, faute de preuve dans les articles : 1." in done.out
    assert "tokens: 100 + 10" in done.out
    assert "first word after " in done.out
    assert done.out.count(MONTHS) == 1
    assert len(model.asked) == 1


def test_json_tells_the_sentence_left_out_and_the_tokens(run: Run, index: Path, model: Model) -> None:
    answer = json.loads(run("ask", "--json", "--index", str(index), "--llm", "openai:test", BRIDGE).out)
    ((sentence, reason),) = answer["dropped"]
    assert (sentence, bool(reason)) == ("Il a coûté 999 euros.", True)
    usage = answer["usage"]
    assert (usage["input"], usage["output"], usage["calls"]) == (100, 10, 1)
    assert min(usage["first_ms"], usage["writing_ms"]) > 0
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


def test_limits_of_the_command_line_win(run: Run, index: Path, model: Model) -> None:
    done = run(
        "ask", "--index", str(index), "--llm", "openai:test", "--llm-context", "200", "--llm-deadline", "90", BRIDGE
    )
    assert done.code == 0
    assert len(passages_in(model.asked[0])) == 2  # of three
    assert run("ask", "--llm-context", "5", BRIDGE).code == 2


# Trying one


def of_the_trial(messages: list[dict[str, str]]) -> Turn:
    """Answers the first question in words of its own, the second by a lie, the third not at all."""
    asked = messages[1]["content"].rpartition("Question: ")[2]
    if asked.startswith("Combien"):
        number = number_of("800 kilos", messages)
        return Turn([answer_of(claim("La roue de ce moulin pèse bien 800 kilos.", number))])
    if asked.startswith("Where"):
        return Turn([answer_of(claim("They spent the night in a hotel of Oslo.", 1))])
    return Turn(['{"answer": []}'])


def test_llm_tries_a_model_on_three_questions_and_says_what_to_change(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(of_the_trial) as served:
        monkeypatch.setenv("ARTICLEBOT_LLM_BASE_URL", served.base_url)
        done = run("llm", "--llm", "openai:test")
        told = json.loads(run("llm", "--llm", "openai:test", "--json").out)
    assert done.code == 0
    assert "language model: openai:test; 1,000 tokens of passages, gives up after 60 s of silence" in done.out
    assert done.out.count("right, by the articles alone") == 2
    assert "right in the model's own words: 1 of 3" in done.out
    assert "a larger model" in done.out
    assert [one["right"] for one in told["tried"]] == [True, True, True]
    assert [one["own_words"] for one in told["tried"]] == [True, False, False]


def test_llm_without_a_model_names_the_commands_that_get_one(run: Run) -> None:
    done = run("llm")
    assert done.code == 0
    assert "articlebot llm --llm ollama:" in done.out
    assert "articlebot llm --llm llamacpp:FILE.gguf" in done.out
    assert json.loads(run("llm", "--json").out) == {"llm": None}
