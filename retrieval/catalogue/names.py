"""Whom or which outlet a question about the articles names."""

from __future__ import annotations

from collections.abc import Iterable

from index.store.anywhere.overview import names_kept
from index.store.generation import Generation
from index.text import function_words
from index.text.folding import fold, words


def authors_named(name: str, generation: Generation) -> list[str]:
    """Returns the authors of an index that a name means, as they are written there: "Rouxel" is "Ana Rouxel"."""
    return _meant(name, names_kept(generation)[0])


def outlets_named(name: str, generation: Generation) -> list[str]:
    """Returns the outlets and sources of an index that a name means, as they are written there."""
    return _meant(name, names_kept(generation)[1])


def _meant(name: str, known: Iterable[str]) -> list[str]:
    wanted = _words(name)
    return sorted(each for each in known if wanted and wanted <= _words(each))


def _words(name: str) -> set[str]:
    told = set(words(fold(name), "fr"))  # "l'Ouest" is "Ouest"
    return told - function_words.ALL or told
