"""Articles to an index on disk: reading, passages, embedding, generations."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

from index.errors import ArticlebotError

if TYPE_CHECKING:
    from index.article import Article, Passage
    from index.embedding.embedder import Embedder, load_embedder
    from index.updating.build import build_index
    from index.updating.gather import Reading
    from index.updating.run import IndexReport

# Nothing leaves this machine unasked. Libraries that report to their makers are told not to, each by the variable that
# it reads when it is imported: so here, which whatever imports one of them has run before. A person's own choice stays.
_SILENCED = (
    "DO_NOT_TRACK",  # huggingface_hub, transformers and whoever else honours it
    "ORT_DISABLE_TELEMETRY",  # onnxruntime: a device id and events, kept in the cache folder and sent
    "DISABLE_SAFETENSORS_CONVERSION",  # transformers: has a hub model converted by a third party
)
for _name in _SILENCED:
    os.environ.setdefault(_name, "1")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # ray: reports on the machine and its cluster

# Public name -> module. Loaded on first use: faiss and the reader of HTML take a while to import.
_HOMES = {
    "Article": "index.article",
    "Embedder": "index.embedding.embedder",
    "IndexReport": "index.updating.run",
    "Passage": "index.article",
    "Reading": "index.updating.gather",
    "build_index": "index.updating.build",
    "load_embedder": "index.embedding.embedder",
}
__all__ = [
    "Article", "ArticlebotError", "Embedder", "IndexReport", "Passage", "Reading", "build_index", "load_embedder",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)  # what Tab shows: neither modules that were imported on the way nor imports of ours


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'index' has no attribute {name!r}")
