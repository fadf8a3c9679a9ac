"""Words and patterns that are data: a folder with one TOML file a language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path


class ByLanguage(Mapping[str, Mapping[str, str]]):
    """The files of a folder by the language that names them ("fr.toml"), each read at its first use.

    A list of strings is one string, cut where it is long; `<key>` in a value stands for the value of that key.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.toml"))}
        self._read: dict[str, Mapping[str, str]] = {}

    def __getitem__(self, language: str) -> Mapping[str, str]:
        if language not in self._read:
            written = tomllib.loads(self._paths[language].read_text(encoding="utf-8"))
            values = {key: "".join(value) for key, value in written.items()}  # of a string, too, itself
            for key in values:
                values = {name: value.replace(f"<{key}>", values[key]) for name, value in values.items()}
            self._read[language] = values
        return self._read[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)
