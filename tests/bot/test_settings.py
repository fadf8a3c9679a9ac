from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from tests.bot.conftest import Run


def test_defaults_hold_without_variables_and_env_file() -> None:
    assert load_settings().model_dump() == {
        "index": Path(".articlebot/index"),
        "model": None,
        "device": None,
        "reranker": None,
        "reader": True,
        "llm": None,
        "llm_base_url": None,
        "llm_deadline_s": 60,
        "llm_context_tokens": None,
        "llm_tokens_per_day": 0,
        "llm_price_in": 0,
        "llm_price_out": 0,
        "max_file_bytes": 10_000_000,
        "feed_articles": 50,
        "feed_interval_s": 900,
        "allow_private_addresses": False,
        "generations": 2,
        "telegram_token": None,
        "telegram_token_file": None,
        "telegram_api": "https://api.telegram.org",
        "telegram_timeout": 20.0,
        "admins": None,
        "allowed_users": None,
        "allowed_groups": None,
        "quota_minute": 20,
        "quota_day": 300,
        "retention_days": 30,
        "quiet_hours": "22-7",
        "state": Path(".articlebot/bot.sqlite"),
        "health_port": 0,
        "log_level": "INFO",
    }


def test_ids_are_separated_by_commas_or_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLEBOT_ADMINS", "1, 22,333 4444")
    monkeypatch.setenv("ARTICLEBOT_ALLOWED_GROUPS", "-100123")
    assert (load_settings().admins, load_settings().allowed_groups) == ((1, 22, 333, 4444), (-100123,))


def test_wrong_id_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLEBOT_ADMINS", "1,@ann")
    assert "ARTICLEBOT_ADMINS" in run("status").err
    assert run("status").err.count("\n") == 1


def test_token_is_not_in_the_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLEBOT_TELEGRAM_TOKEN", "123456:secret")
    assert "secret" not in repr(load_settings()) + str(load_settings())


def test_variables_win_over_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("ARTICLEBOT_INDEX=from-file\nARTICLEBOT_MODEL=é\nOTHER=x\n", encoding="utf-8")
    assert (load_settings().index, load_settings().model) == (Path("from-file"), "é")
    monkeypatch.setenv("ARTICLEBOT_INDEX", "from-variable")
    assert (load_settings().index, load_settings().model) == (Path("from-variable"), "é")


def test_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"ARTICLEBOT_{name.upper()}", "")
    assert load_settings() == Settings.model_construct()


@pytest.mark.parametrize("value", ["ten", "0", "-5", "1.5", "10 MB"])
def test_wrong_size_is_one_line_with_variable_and_value(run: Run, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ARTICLEBOT_MAX_FILE_BYTES", value)
    done = run("index", "somewhere")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"articlebot: ARTICLEBOT_MAX_FILE_BYTES={value!r}: input should be ")
    assert done.err.endswith("; change it or unset it\n")
    assert done.err.count("\n") == 1


def test_env_file_that_is_not_utf8_is_one_line(run: Run) -> None:
    Path(".env").write_bytes(b"ARTICLEBOT_MODEL=mod\xe8le\n")
    with pytest.raises(SettingsError, match=r"\.env: cannot be read as UTF-8"):
        load_settings()
    done = run("status")
    assert (done.code, done.err.count("\n")) == (1, 1)


def test_option_wins_over_the_variable(run: Run, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLEBOT_INDEX", str(index))
    assert run("status").code == 0
    assert "elsewhere: no index there" in run("status", "--index", "elsewhere").err
