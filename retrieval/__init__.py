"""Question to passages to a cited answer."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrieval.answering.answer import Answer, Citation
    from retrieval.asking.checks import QuestionError
    from retrieval.asking.qa import ArticleQA
    from retrieval.understanding.conversation import Conversation

__all__ = ["Answer", "ArticleQA", "Citation", "Conversation", "QuestionError"]

# Public name -> module. Loaded on first use, so that importing the package costs nothing.
_HOMES = {
    "Answer": "retrieval.answering.answer",
    "ArticleQA": "retrieval.asking.qa",
    "Citation": "retrieval.answering.answer",
    "Conversation": "retrieval.understanding.conversation",
    "QuestionError": "retrieval.asking.checks",
}


class ShadowedError(ImportError):
    """Another module has the name of a package of ours and comes before it; no ArticlebotError, which is in there."""


def _check_own(name: str) -> None:
    """Raises ShadowedError where a package of ours is not the one that Python finds under its name."""
    ours = Path(__file__).parents[1] / name
    module = sys.modules.get(name)
    spec = module.__spec__ if module else find_spec(name)  # where it stands, without running it
    found = spec.origin if spec else None
    if found and Path(found).parent.resolve() != ours.resolve():
        raise ShadowedError(
            f"{found} has the name of articlebot's package {name} ({ours}) and comes before it; rename it, or run "
            "Python from another folder"
        )


_check_own("index")
import_module("index")  # before any library: it keeps them from reporting to their makers


def __dir__() -> list[str]:
    return sorted(__all__)  # what Tab shows: neither modules that were imported on the way nor imports of ours


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
