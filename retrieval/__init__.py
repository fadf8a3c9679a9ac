"""Question to passages to a cited answer."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import index as _index  # noqa: F401  before any library: it keeps them from reporting to their makers

if TYPE_CHECKING:
    from retrieval.answer import Answer, Citation
    from retrieval.conversation import Conversation
    from retrieval.qa import ArticleQA

__all__ = ["Answer", "ArticleQA", "Citation", "Conversation"]

# Public name -> module. Loaded on first use, so that importing the package costs nothing.
_HOMES = {
    "Answer": "retrieval.answer",
    "ArticleQA": "retrieval.qa",
    "Citation": "retrieval.answer",
    "Conversation": "retrieval.conversation",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
