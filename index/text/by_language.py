"""Words and patterns that are data: TOML files of strings in tables, and folders of such files, one a language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

_REFERENCE = re.compile(r"<(?<!\?P<)(\w+)>")  # "(?P<key>" names a group of a pattern


@cache
def read_tables(path: Path) -> Mapping[str, Mapping[str, str]]:
    """Returns the tables of a file by their names, under "" what stands before the first of them.

    A list of strings is one string, cut where it is long; `<key>` in a value stands for the value of that key, of the
    same table or before the first.
    """
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = {"": {key: value for key, value in written.items() if not isinstance(value, dict)}}
    tables |= {name: table for name, table in written.items() if isinstance(table, dict)}
    read: dict[str, Mapping[str, str]] = {}
    for name, table in tables.items():
        values = {key: "".join(value) for key, value in table.items()}  # of a string, too, itself
        known = {**read.get("", {}), **values}
        read[name] = {key: _expanded(value, known) for key, value in values.items()}
    return read


def _expanded(text: str, known: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda found: _expanded(known[found[1]], known) if found[1] in known else found[0], text)


class ByLanguage(Mapping[str, Mapping[str, str]]):
    """The files of a folder by the language that names them ("fr.toml"), each read at its first use."""

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}

    def __getitem__(self, language: str) -> Mapping[str, str]:
        return read_tables(self._paths[language])[""]

    def table(self, language: str, name: str) -> Mapping[str, str]:
        """Returns a table of a language; it is empty where the language has none."""
        return read_tables(self._paths[language]).get(name, {}) if language in self._paths else {}

    def all_words(self, key: str) -> frozenset[str]:
        """Returns the words that stand under a key in any language."""
        return frozenset(word for values in self.values() for word in values.get(key, "").split())

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
