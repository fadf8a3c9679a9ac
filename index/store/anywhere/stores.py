"""The store of an index, a folder or a database: which generation is live, opening it, going back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from index.disk import bytes_of
from index.store import live, verify
from index.store.folder import FolderGeneration
from index.store.generation import Generation
from index.store.postgres.address import Address, IndexPlace, as_place


class IndexStore(Protocol):
    """Where an index is, and what can be asked of it as a whole."""

    @property
    def place(self) -> IndexPlace:
        """The folder, or the address of the database, which shows no password."""

    def is_there(self) -> bool:
        """Whether an index, whole or damaged, is there."""

    def live(self) -> str:
        """Returns the name of the live generation.

        Raises:
            IndexFormatError: there is none.
            ArticlebotError: it may not be read, or cannot be reached.
        """

    def open(self, name: str | None = None) -> Generation:
        """Opens the live generation, or the one named; close it.

        Raises:
            IndexFormatError: no index there, another format, or its counts do not agree.
            ArticlebotError: it may not be read, or cannot be reached.
        """

    def generations(self) -> list[dict[str, Any]]:
        """Returns name, time of making, number of articles and whether it is live, of each generation, oldest first."""

    def roll_back(self, name: str | None, kept: int) -> str:
        """Makes an earlier generation the live one again, under a new name, which it returns; see `live.roll_back`."""

    def problems(self) -> list[str]:
        """Returns what is wrong with the live generation, one line each; an empty list where all is well."""

    def sizes(self, generation: Generation) -> dict[str, Any]:
        """Returns passages by segment of an open generation, and bytes of all."""


class FolderStore:
    """An index in a folder."""

    def __init__(self, folder: Path) -> None:
        self.place = folder

    def is_there(self) -> bool:
        """Whether an index, whole or damaged, is in the folder."""
        return live.is_index_there(self.place)

    def live(self) -> str:
        """Returns the name of the live generation; see `live_generation`."""
        return live.live_generation(self.place)

    def open(self, name: str | None = None) -> FolderGeneration:
        """Opens the live generation, or the one named."""
        return FolderGeneration.open(self.place, name)

    def generations(self) -> list[dict[str, Any]]:
        """Returns name, time of making, number of articles and whether it is live, of each generation, oldest first."""
        return live.generations_of(self.place)

    def roll_back(self, name: str | None, kept: int) -> str:
        """Makes an earlier generation the live one again."""
        return live.roll_back(self.place, name, kept)

    def problems(self) -> list[str]:
        """Returns what is wrong with the live generation."""
        return verify.problems(self.place)

    def sizes(self, generation: Generation) -> dict[str, Any]:
        """Returns passages by segment of an open generation, and bytes of all."""
        assert isinstance(generation, FolderGeneration)  # noqa: S101  for the type
        passages = [segment.sizes["passages"] for segment in generation.segments]
        return {"segments": passages, "bytes": bytes_of(self.place)}


def store_of(where: str | Path | Address) -> IndexStore:
    """Returns the store of an index: a folder, or an address of a database such as postgresql://USER@HOST/DATABASE."""
    place = as_place(where)
    if isinstance(place, Path):
        return FolderStore(place)
    from index.store.postgres.store import PostgresStore  # the driver, which a folder does without

    return PostgresStore(place)


def open_generation(where: str | Path | Address, name: str | None = None) -> Generation:
    """Opens the live generation of an index, or the one named; see `IndexStore.open`."""
    return store_of(where).open(name)
