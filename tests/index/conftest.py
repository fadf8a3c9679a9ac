"""A small library: a folder of articles and its index, and how to look at all that an index holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import IndexReport, build_index
from index.generation import Generation
from index.publish import problems

CHAT = "# Le chat\n\nLe chat dort sur le toit. Il fait beau.\n"
CHIEN = "# Le chien\n\nLe chien mange un os. Il pleut.\n"
MOON = "---\ntitle: The moon\nlanguage: en\ndate: 2025-02-12\n---\nThe moon is full tonight.\n"


@dataclass(frozen=True)
class Library:
    """A folder of articles, `news`, and the index made of it."""

    source: Path
    index: Path

    def write(self, **texts: str) -> None:
        """Writes `news/NAME.md` for each name."""
        for name, text in texts.items():
            (self.source / f"{name}.md").write_text(text, encoding="utf-8")

    def remove(self, *names: str) -> None:
        for name in names:
            (self.source / f"{name}.md").unlink()

    def build(self, **options: Any) -> IndexReport:  # noqa: ANN401  those of build_index
        return build_index(self.source, self.index, **options)

    @property
    def generation(self) -> Path:
        """Folder of the live generation."""
        return self.index / "generations" / (self.index / "CURRENT").read_text()

    def texts(self) -> dict[str, str]:
        """Article id -> text, of a whole index."""
        assert problems(self.index) == []
        with closing(Generation.open(self.index)) as generation:
            return {article.id: article.text for article in generation.articles()}


def index_content(folder: Path) -> dict[str, Any]:
    """Returns all that the live generation holds, vectors to the bit; times and names of files are left out."""
    assert problems(folder) == []
    with closing(Generation.open(folder)) as generation:
        rows = list(range(generation.counts["passages"]))
        terms = [generation.terms(row) for row in rows]
        found = {t: generation.lexical.search([t], len(rows)) for t in sorted({t for ts in terms for t in ts})}
        tables = ("sources", "articles", "failed", "passages", "sentences")
        return {
            **{table: generation.db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables},  # noqa: S608  our own names
            "shown": generation.passages(rows),
            "terms": terms,
            "vectors": generation.vectors.rows(np.array(rows, dtype=np.int64)).tobytes(),
            "sentence vectors": b"".join(generation.sentences(row).vectors.tobytes() for row in rows),
            "words": {term: (at.tolist(), scores.tolist()) for term, (at, scores) in found.items()},
            "counts": generation.counts,
        }


def run_python(
    arguments: Sequence[str | Path], *, unprivileged: bool = False, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs Python and returns what it did; `unprivileged`: permissions count, for root too."""
    # root ignores permissions unless the capability to do so is dropped
    drop = "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"
    prefix = ["setpriv", *drop] if unprivileged and os.geteuid() == 0 else []
    command = [*prefix, sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Two French articles, not indexed yet."""
    (tmp_path / "news").mkdir()
    made = Library(tmp_path / "news", tmp_path / "index")
    made.write(a=CHAT, b=CHIEN)
    return made


@pytest.fixture
def content() -> Callable[[Path], dict[str, Any]]:
    return index_content


@pytest.fixture
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    return run_python
