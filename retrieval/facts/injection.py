"""Sentences of articles that speak to a language model instead of telling something."""

from __future__ import annotations

import re
from pathlib import Path

from index.text.by_language import read_tables

# Such sentences are not shown to a model, and quoted in no answer.
_TABLES = read_tables(Path(__file__).with_suffix(".toml"))
_SPEAKS = re.compile("|".join(_TABLES["plain"].values()))
_PERHAPS_SPEAKS = re.compile("|".join(_TABLES["perhaps"].values()))
_TOLD_OF = re.compile(_TABLES[""]["told_of"])


def speaks_to_machines(folded: str) -> bool:
    """Whether a folded sentence gives orders to a language model instead of telling something."""
    if _SPEAKS.search(folded):
        return True
    return _PERHAPS_SPEAKS.search(folded) is not None and _TOLD_OF.search(folded) is None
