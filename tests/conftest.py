"""Settings that every test shares."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import index  # noqa: F401  before any library that tests import: it keeps them from reporting to their makers

# no test is timed: machines are shared, and first calls load models
settings.register_profile("articlebot", deadline=None)
settings.load_profile("articlebot")

# Whatever proxies this machine has, tests that want one name it: others ask servers on loopback.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]

# A job in the background of a script ignores Ctrl-C, and so would the programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The forward passes, by what goes into the graph: "ids" the lower layers, "states" the upper ones."""
    import onnxruntime

    calls: list[str] = []
    run = onnxruntime.InferenceSession.run

    def noted(session: InferenceSession, *arguments: object) -> object:
        calls.append(session.get_inputs()[0].name)
        return run(session, *arguments)

    monkeypatch.setattr(onnxruntime.InferenceSession, "run", noted)
    return calls
