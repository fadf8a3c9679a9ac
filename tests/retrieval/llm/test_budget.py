from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from index import ArticlebotError
from retrieval.llm import connect
from retrieval.llm.budget import Budget, BudgetError

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2025, 3, 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "llm.sqlite"


def test_there_is_room_until_the_tokens_of_the_day_are_spent(path: Path) -> None:
    budget = Budget(100, path)
    assert budget.has_room()
    budget.spend(60)
    assert budget.has_room()
    budget.spend(40)
    assert budget.spent() == 100
    assert not budget.has_room()


def test_without_a_limit_nothing_is_written(path: Path) -> None:
    budget = Budget(path=path)
    budget.spend(1_000_000)
    assert budget.has_room()
    assert not path.parent.exists()


def test_a_new_day_begins_with_all_its_tokens(path: Path) -> None:
    Budget(100, path, today=lambda: TODAY).spend(100)
    tomorrow = Budget(100, path, today=lambda: TODAY + timedelta(days=1))
    assert tomorrow.spent() == 0
    assert tomorrow.has_room()
    assert not Budget(100, path, today=lambda: TODAY).has_room()


def test_the_day_changes_while_a_budget_is_in_use(path: Path) -> None:
    days: Iterator[date] = iter([TODAY, TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=1)])
    budget = Budget(100, path, today=lambda: next(days))
    budget.spend(100)
    assert not budget.has_room()
    assert budget.has_room()
    assert budget.spent() == 0


def test_days_of_long_ago_are_forgotten(path: Path) -> None:
    Budget(100, path, today=lambda: TODAY - timedelta(days=500)).spend(1)
    Budget(100, path, today=lambda: TODAY - timedelta(days=300)).spend(2)
    Budget(100, path, today=lambda: TODAY).spend(3)
    with closing(sqlite3.connect(path)) as db:
        assert [tokens for (tokens,) in db.execute("SELECT tokens FROM spent ORDER BY day")] == [2, 3]


def test_processes_beside_each_other_spend_one_budget(path: Path) -> None:
    code = f"""
from pathlib import Path
from retrieval.llm.budget import Budget
budget = Budget(10**9, Path({str(path)!r}))
input()
for _ in range(100):
    budget.spend(7)
"""
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT, text=True) for _ in range(2)]
    for process in started:  # both are ready to begin
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        process.communicate()
        assert process.returncode == 0
    assert Budget(10**9, path).spent() == 2 * 100 * 7


def test_threads_beside_each_other_lose_no_token(path: Path) -> None:
    budget = Budget(10**9, path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(budget.spend, [3] * 80))
    assert budget.spent() == 3 * 80


def damaged(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database " * 100)


def cut(path: Path) -> None:
    Budget(100, path).spend(1)
    path.write_bytes(path.read_bytes()[:5_000])


def of_another_form(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE spent (week TEXT)")


def a_folder(path: Path) -> None:
    path.mkdir(parents=True)


def below_a_file(path: Path) -> None:
    path.parent.write_text("", encoding="utf-8")


@pytest.mark.parametrize("harm", [damaged, cut, of_another_form, a_folder, below_a_file])
def test_a_file_that_cannot_be_used_is_one_line(path: Path, harm: object) -> None:
    assert callable(harm)
    harm(path)
    budget = Budget(100, path)
    for use in (budget.has_room, budget.spent, lambda: budget.spend(1)):
        with pytest.raises(BudgetError) as raised:
            use()
        (said,) = str(raised.value).splitlines()
        assert said.startswith(f"budget of the LLM: {path} cannot be used (")
        assert "remove it" in said
    assert isinstance(raised.value, ArticlebotError)


def test_a_damaged_file_is_told_when_the_model_is_opened(path: Path) -> None:
    damaged(path)
    with pytest.raises(BudgetError, match="cannot be used"):
        connect("openai:m", base_url="http://127.0.0.1:1/v1", budget=Budget(100, path))


def test_the_file_is_kept_in_the_users_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    Budget(100).spend(5)
    (made,) = tmp_path.rglob("llm.sqlite")
    assert made.parent.name == "articlebot"
    assert Budget(100, made).spent() == 5
