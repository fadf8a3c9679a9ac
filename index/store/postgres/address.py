"""Where an index is: a folder, or a database of PostgreSQL whose password is never shown."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlencode

from index.errors import ArticlebotError

PREFIXES = ("postgresql://", "postgres://")
SCHEMA = "articlebot"  # where the address names none
_TO_WRITE = "target_session_attrs=read-write"  # as libpq has it
_LEAST = 4  # letters of a piece of a password that is not shown
_SHOWN = ("dbname", "host", "port", "schema", "service", "sslmode", "user")  # of its parameters


class DatabaseAddressError(ArticlebotError, ValueError):
    """This cannot be the address of a database."""


class Address:
    """postgresql://USER@HOST/DATABASE, as libpq takes it; with ?schema=NAME several indexes share a database."""

    def __init__(self, url: str, schema: str = SCHEMA) -> None:
        self._url = url
        scheme, _, rest = url.partition("://")
        # the last @: a password that was not written with %40 must not pass for a host, which is shown
        user_info, at, place = rest.rpartition("@")
        place, _, query = place.partition("?")
        parameters = parse_qsl(query, keep_blank_values=True)
        self.schema = dict(parameters).get("schema", schema)
        user, _, self._password = user_info.partition(":")
        shown = urlencode([each for each in parameters if each[0] in _SHOWN], safe="/,")
        self._shown = f"{scheme}://{user}{at}{place}{'?' if shown else ''}{shown}"
        kept = urlencode([each for each in parameters if each[0] != "schema"], safe="/,")
        self.conninfo = f"{scheme}://{user_info}{at}{place}{'?' if kept else ''}{kept}"
        hosts = [place.partition("/")[0], *(value for name, value in parameters if name == "host")]
        self._has_several_hosts = any("," in each for each in hosts)
        self._secrets = {self._password, unquote(self._password)}
        self._secrets |= {value for name, value in parameters if "password" in name}
        # of one with characters that should be %-encoded, libpq may take a piece for something else, and tell it
        self._secrets |= {piece for piece in re.split(r"[@/?#:%]", self._password) if len(piece) >= _LEAST}

    @property
    def to_write(self) -> Address:
        """The same, of several hosts that one alone which takes writes: the others may be replicas of it."""
        if not self._has_several_hosts or _TO_WRITE in self._url:
            return self
        url = re.sub(r"(?<=[?&])target_session_attrs=[^&]*&?", "", self._url).rstrip("?&")
        return Address(f"{url}{'&' if '?' in url else '?'}{_TO_WRITE}", self.schema)

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"Address({self._shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and (self._url, self.schema) == (other._url, other.schema)

    def __hash__(self) -> int:
        return hash((self._url, self.schema))

    def without_secrets(self, text: object) -> str:
        """Returns a message in one line, whatever of the password stands in it replaced."""
        told = " ".join(str(text).split())
        for secret in sorted(self._secrets - {""}, key=len, reverse=True):
            told = told.replace(secret, "***")
        return told


IndexPlace: TypeAlias = Path | Address


def as_place(where: Any, schema: str = SCHEMA) -> IndexPlace:  # noqa: ANN401  what people hand over
    """Returns where an index is: an address of a database, in this schema where it names none, or else a path."""
    if isinstance(where, Address):
        return where
    if isinstance(where, str) and where.strip().lower().startswith(PREFIXES):
        return Address(where.strip(), schema)
    return Path(where)
