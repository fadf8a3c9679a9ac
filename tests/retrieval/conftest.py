"""Real indexes by the bundled model: one of the starter articles, and small ones made on the spot."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeAlias

import pytest

from index import build_index
from retrieval import ArticleQA
from tests.retrieval.bridge import BRIDGE, MARKET

SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "articles"

Small: TypeAlias = Callable[..., ArticleQA]


@pytest.fixture(scope="session")
def seed_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the starter articles, not to be changed; workers beside each other share one."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (shared / "seeds.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        build_index([SEEDS], shared / "seeds-index")  # for the second worker there is nothing left to do
    return shared / "seeds-index"


@pytest.fixture(scope="session")
def qa(seed_index: Path) -> Iterator[ArticleQA]:
    """Questions and answers over the starter articles."""
    with closing(ArticleQA.open(seed_index)) as opened:
        yield opened


@pytest.fixture(scope="session")
def bridge_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of two small articles, not to be changed."""
    folder = tmp_path_factory.mktemp("bridge")
    (folder / "articles").mkdir()
    (folder / "articles" / "pont.md").write_text(BRIDGE, encoding="utf-8")
    (folder / "articles" / "marche.md").write_text(MARKET, encoding="utf-8")
    build_index([folder / "articles"], folder / "index")
    return folder / "index"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    """Makes an index of a few articles, `small(name="text", …)`, and opens it."""
    with ExitStack() as opened:

        def make(**texts: str) -> ArticleQA:
            source = tmp_path / "small"
            source.mkdir()
            for name, text in texts.items():
                (source / f"{name}.md").write_text(text, encoding="utf-8")
            return opened.enter_context(closing(ArticleQA.from_articles(source, tmp_path / "small-index")))

        yield make
