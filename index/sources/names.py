"""What articles come from: folders, files and addresses on the web, by the name that the index remembers them under."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from index.errors import ArticlebotError
from index.reading import is_read

Where: TypeAlias = Path | str  # a folder or file; a str is an address on the web

LISTING_SUFFIXES = (".opml", ".xml", ".rss", ".atom")  # of files that list articles on the web
ADDED = "added"  # the folder within an index whose files were added by chat: a source like any other
_LIST_SUFFIX = ".toml"


class SourcesError(ArticlebotError, ValueError):
    """The sources given cannot be what was meant; nothing was changed."""


class SourcesTypeError(SourcesError, TypeError):
    """They are of a wrong type."""


def is_web_address(source: str) -> bool:
    """Whether a source is meant as an address on the web, not as a path."""
    return source.lower().startswith(("http://", "https://"))


def is_on_the_web(where: Where) -> bool:
    """Whether a source is read by fetching: an address, or a file that lists addresses, which an export is not."""
    return isinstance(where, str) or (where.suffix.lower() in LISTING_SUFFIXES and not is_read(str(where)))


def as_list(sources: Iterable[str | Path] | str | Path) -> list[str | Path]:
    """Returns the sources of whoever gives one or several; raises SourcesTypeError where they are neither."""
    given = [sources] if isinstance(sources, str | Path) else sources
    listed = list(given) if isinstance(given, Iterable) and not isinstance(given, bytes) else [sources]
    for source in listed:
        if not isinstance(source, str | Path):
            raise SourcesTypeError(
                f"source: found {type(source).__name__}, wanted a folder, file or address, or a list of them; "
                'write build_index("my-articles", "my-index")'
            )
    return listed


def as_where(source: str | Path) -> Where:
    """Returns an absolute path, or an address in normal form.

    Raises:
        ArticlebotError: an address that is none.
    """
    if isinstance(source, str) and is_web_address(source):
        from index.sources.web.addresses import normal_address  # the HTTP library, 0.1 s

        return normal_address(source)
    return Path(source).expanduser().resolve()


def stored_text(where: Where, index: Path) -> str:
    """Returns a source as it is written to an index: what lies in its own folder relative to that, which may move."""
    home = index.resolve()
    if isinstance(where, Path) and where.is_relative_to(home):
        return str(where.relative_to(home))
    return str(where)


def stored_where(text: str, index: Path) -> Where:
    """Returns a source as it was written to an index, which has perhaps moved since."""
    if is_web_address(text):
        return text
    own = (index / ADDED).resolve()
    path = (index / text).resolve() if not Path(text).is_absolute() else Path(text)
    # once it was written as an absolute path: of an index that has moved, or of the one that this is a copy of
    is_former = path.name == ADDED and own.is_dir() and (not is_there(path) or is_there(path.parent / "generations"))
    return own if is_former else path


def is_there(path: Path) -> bool:
    """Whether a file or folder can be seen by this user."""
    try:
        return path.exists()
    except OSError:  # in a folder that may not be looked into
        return False


def named_sources(given: Iterable[str | Path], remembered: Mapping[str, Where]) -> tuple[dict[str, Where], set[str]]:
    """Returns all sources under unique names, and the names of those to read: all, where none is given.

    A .toml file among the given ones stands for the sources that it lists:

        [[source]]
        at = "articles"          # a folder or file, relative to the .toml file, or an address
        name = "politics"        # if the folder's own shall not be taken

    Raises:
        SourcesError: the list is not what it should be.
        ArticlebotError: an address that is none.
    """
    sources = dict(remembered)
    names = set()
    for where, wanted in _listed(given):
        name = next((known for known, there in sources.items() if there == where), None)
        name = name or _unique_name(where, sources, wanted)
        sources[name] = where
        names.add(name)
    return sources, names or set(sources)


def _listed(given: Iterable[str | Path]) -> Iterable[tuple[Where, str]]:
    """Yields each source with the name that is wanted for it, "" where none is."""
    for source in given:
        where = as_where(source)
        if isinstance(where, Path) and where.suffix.lower() == _LIST_SUFFIX:
            yield from _read_list(where)
        else:
            yield where, ""


def _read_list(path: Path) -> Iterable[tuple[Where, str]]:
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("source")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourcesError(f"{path}: {error}; a TOML file with [[source]] tables wanted") from error
    if not isinstance(entries, list) or not entries:
        raise SourcesError(f'{path}: no [[source]] in it; wanted for each source: [[source]], then at = "…"')
    for number, entry in enumerate(entries, 1):
        if not _is_entry(entry):
            raise SourcesError(
                f'{path}: source {number}: {entry!r}; wanted at = "folder, file or address", and name = "…"'
            )
        at, name = entry["at"], entry.get("name", "")
        if not isinstance(name, str) or "/" in name:
            raise SourcesError(f"{path}: source {number}: name {name!r}; a text without / wanted")
        yield (as_where(at) if is_web_address(at) else as_where(path.parent / Path(at).expanduser())), name


def _is_entry(entry: object) -> bool:
    """Whether this says where a source is, and nothing that is not understood."""
    if not isinstance(entry, dict) or not entry.keys() <= {"at", "name"}:
        return False
    return isinstance(entry.get("at"), str) and bool(entry["at"].strip())  # "" would be the folder of the list itself


def _unique_name(where: Where, taken: Collection[str], wanted: str) -> str:
    folder = where if isinstance(where, str) else (where.parent.name if where.is_file() else where.name)
    base = wanted or folder or "articles"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name
