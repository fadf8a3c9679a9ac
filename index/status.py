"""What an index holds, told without loading its embedder."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from index.generation import Generation
from index.publish import generations_of
from index.sources import is_there


def index_status(folder: Path) -> dict[str, Any]:
    """Returns plain values for people and JSON: counts, recall, dates, languages, sources, model, failed, bytes."""
    with closing(Generation.open(folder)) as generation:
        dates = generation.dates()
        per_source = dict(generation.db.execute("SELECT origin, count(*) FROM articles GROUP BY 1"))
        return {
            "index": str(folder),
            "generation": generation.name,
            "created": generation.manifest["created"],
            "model": generation.manifest["model"] or "multilingual-e5-small (bundled)",
            "fingerprint": "+".join(generation.fingerprint),
            **generation.counts,
            "vectors": generation.manifest["vectors"],
            "first_date": dates[0].isoformat() if dates else None,
            "last_date": dates[1].isoformat() if dates else None,
            "languages": generation.languages,
            "sources": [
                {
                    "name": name,
                    "path": str(path),
                    "articles": per_source.get(name, 0),
                    "there": isinstance(path, str) or is_there(path),
                }
                for name, path in generation.sources().items()
            ],
            "failures": generation.failed(),
            "generations": generations_of(folder),
            "bytes": _bytes(folder),
        }


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # a writer may be removing it
            total += path.stat().st_size if path.is_file() else 0
    return total
