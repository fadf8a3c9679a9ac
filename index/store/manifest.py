"""What a generation says of itself: format, model, settings, counts, recall, a checksum of every file and its own."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.disk import sha256_of, sync, write_synced
from index.errors import ArticlebotError

FORMAT = 4
MANIFEST = "manifest.json"
WRITTEN = ("format", "created", "counts", "files", "sha256")  # what every writing says anew


class IndexFormatError(ArticlebotError, ValueError):
    """The folder holds no index, one of another format, or a damaged one."""


class DamagedIndexError(IndexFormatError):
    """A file of the index is missing or not as it was written; writing all anew mends it."""

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}; run `articlebot index --full`")


class OldFormatError(IndexFormatError):
    """The index was written by an earlier version; the next run takes it over, or makes it anew from its sources."""


def write_manifest(generation: Path, about: dict[str, Any], known: Mapping[str, dict[str, Any]]) -> None:
    """Syncs every new file to disk, then writes what all are, `about`, and a time (the only thing that is not content).

    Args:
        generation: the folder.
        about: what else the manifest says.
        known: files that another generation has too, as its manifest has them: neither synced nor read again.
    """
    files = {}
    for path in sorted(generation.rglob("*")):
        name = str(path.relative_to(generation))
        if name in known:
            files[name] = known[name]
            continue
        sync(path)
        if path.is_file():
            files[name] = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    created = datetime.now(UTC).isoformat(timespec="seconds")
    write_synced(generation / MANIFEST, manifest_bytes({"format": FORMAT, "created": created, **about, "files": files}))
    sync(generation)


def manifest_bytes(manifest: dict[str, Any]) -> bytes:
    """Returns the file of a manifest, its own checksum in the last line."""
    manifest = {key: value for key, value in manifest.items() if key != "sha256"}
    digest = hashlib.sha256(_json(manifest)).hexdigest()
    return _json({**manifest, "sha256": digest})


def read_manifest(data: bytes, generation: Path) -> dict[str, Any]:
    """Returns the manifest of a generation, `data` being the content of its file.

    Raises:
        IndexFormatError: another format, damaged, or edited.
    """
    path = generation / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(data)
        version = manifest["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedIndexError(f"{path}: not a manifest ({error})") from error
    if isinstance(version, int) and version < FORMAT:
        raise OldFormatError(
            f"{generation}: index format {version}, this version reads {FORMAT}; run `articlebot index` to renew it"
        )
    if version != FORMAT:
        raise IndexFormatError(
            f"{generation}: index format {version}, this version reads {FORMAT}; "
            "run `articlebot index --full` or install the version that wrote it"
        )
    if manifest_bytes(manifest) != data:
        raise DamagedIndexError(f"{path}: its checksum is not that of its text")
    return manifest


def wrong_files(generation: Path, files: dict[str, dict[str, Any]], largest: float = math.inf) -> Iterator[str]:
    """Yields a line for every file that is not as it was written.

    Args:
        generation: the folder of the files.
        files: what the manifest says of them, or of some of them.
        largest: bytes; a larger file is only looked at for its size.
    """
    for name, wanted in files.items():
        path = generation / name
        if not path.is_file():
            yield f"{path}: missing"
        elif (size := path.stat().st_size) != wanted["bytes"]:
            yield f"{path}: {size:,} bytes, wanted {wanted['bytes']:,}"
        elif size <= largest and sha256_of(path) != wanted["sha256"]:
            yield f"{path}: its checksum is not that of the manifest"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode()
