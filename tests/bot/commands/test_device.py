"""`--device`: an index made in 32 bits is asked as any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bot.conftest import BRIDGE

if TYPE_CHECKING:
    from tests.bot.conftest import Run


def test_index_made_on_a_device_is_asked_without_it(run: Run, articles: Path) -> None:
    assert "3 embedded" in run("index", articles, "--device", "cpu").out
    assert "14 mois" in run("ask", BRIDGE).out
    assert "multilingual-e5-small@fp32" in run("status").out
    assert "0 embedded" in run("index").out


def test_the_setting_is_the_option(run: Run, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLEBOT_DEVICE", "cpu")
    run("index", articles)
    assert "multilingual-e5-small@fp32" in run("status").out


def test_a_set_is_measured_on_a_device(run: Run, labelled: Path) -> None:
    measured = run("eval", labelled, "--device", "cpu")
    assert (measured.code, measured.err) == (0, "")
    assert "multilingual-e5-small@fp32" in run("status", "--index", next(Path(".articlebot/eval").iterdir())).out


def test_a_device_that_is_not_there_is_one_line(run: Run, articles: Path) -> None:
    refused = run("index", articles, "--device", "tpu")
    assert refused.code == 1
    assert refused.err.startswith("articlebot: device 'tpu': no such name")
    assert refused.err.count("\n") == 1
