"""Words and patterns that are data: TOML files of strings in tables; those of a language are in one file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = Path(__file__).with_name("languages")  # en.toml tells the tables and keys
_REFERENCE = re.compile(r"<(?<!\?P<)(\w+)>")  # "(?P<key>" names a group of a pattern


@cache
def read_tables(path: Path, joined: str = "") -> Mapping[str, Mapping[str, str]]:
    """Returns the tables of a file by their names, under "" what stands before the first of them.

    A list of strings is one string, cut where it is long; `<key>` in a value stands for the value of that key, of the
    same table or of one that it stands in: of [a] and of what is before the first table in [a.b].

    Args:
        path: of the file.
        joined: a table of the languages; `<key>` also stands for what they have under a key there, as alternatives.
    """
    return read_with(path, ByLanguage(joined).alternatives() if joined else {})


def read_with(path: Path, around: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Returns the tables of a file, as `read_tables` does; `<key>` also stands for what is around them."""
    return dict(_read("", _written(path), around))


@cache
def _written(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _read(name: str, written: Mapping[str, Any], around: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    strings = {key: "".join(value) for key, value in written.items() if not isinstance(value, dict)}
    # a key within its own value is the one around it, or matches nothing
    values = {key: value.replace(f"<{key}>", around.get(key, "(?!)")) for key, value in strings.items()}
    known = {**around, **values}
    yield name, {key: expanded(value, known) for key, value in values.items()}
    for key, table in written.items():
        if isinstance(table, dict):
            yield from _read(f"{name}.{key}".lstrip("."), table, known)


def expanded(text: str, known: Mapping[str, str]) -> str:
    """Returns a text with what each `<key>` in it stands for, as far as that is known."""
    return _REFERENCE.sub(lambda found: expanded(known[found[1]], known) if found[1] in known else found[0], text)


@cache
def _files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


class ByLanguage(Mapping[str, Mapping[str, str]]):
    """A table of the languages that have it, each read at its first use from the file that it names ("fr.toml")."""

    def __init__(self, table: str, folder: Path = LANGUAGES) -> None:
        self._table = table
        self._paths = _files(folder)

    def __getitem__(self, language: str) -> Mapping[str, str]:
        return read_tables(self._paths[language])[self._table]

    def within(self, language: str, name: str) -> Mapping[str, str]:
        """Returns a table within that of a language; it is empty where the language has none."""
        return read_tables(self._paths[language]).get(f"{self._table}.{name}", {}) if language in self._paths else {}

    def words(self, key: str) -> dict[str, frozenset[str]]:
        """Returns the words that stand under a key in the languages that have it."""
        return {language: frozenset(values[key].split()) for language, values in self.items() if key in values}

    def all_words(self, key: str) -> frozenset[str]:
        """Returns the words that stand under a key in any language."""
        return frozenset[str]().union(*self.words(key).values())

    def places(self, key: str, languages: Iterable[str] = ()) -> dict[str, int]:
        """Returns the words of the lines under a key, in some languages or in all, and their places from 1; not "-"."""
        lines = (line.split() for each in languages or self for line in self[each].get(key, "").split("\n"))
        return {word: place for line in lines for place, word in enumerate(line, 1) if word != "-"}

    def alternatives(self, languages: Iterable[str] = ()) -> dict[str, str]:
        """Returns what stands under each key in some languages, or in all, as alternatives of one pattern."""
        tables = [self[language] for language in languages or self]
        keys = dict.fromkeys(key for table in tables for key in table)
        return {key: "|".join(dict.fromkeys(table[key] for table in tables if key in table)) for key in keys}

    def __iter__(self) -> Iterator[str]:
        return (language for language, path in self._paths.items() if self._table in read_tables(path))

    def __len__(self) -> int:
        return sum(1 for _ in self)
