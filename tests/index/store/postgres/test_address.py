from __future__ import annotations

from pathlib import Path

import pytest

from index.store.anywhere.stores import store_of
from index.store.postgres.address import Address, DatabaseAddressError, as_place

SECRET = "hunter2"  # noqa: S105  a pretended one
URLS = [
    f"postgresql://me:{SECRET}@db.example:5433/news",
    f"postgres://me:{SECRET}@/news?host=/run/pg&schema=paper",
    f"postgresql://me:pa/{SECRET}@db.example/news",
    f"postgresql://me:a@{SECRET}@db.example/news",
    f"postgresql://me:a?{SECRET}@db.example/news",
    f"postgresql://me@db.example/news?password={SECRET}&sslpassword={SECRET}",
    f"postgresql://me:{SECRET}%zz@db.example/news",
]


@pytest.mark.parametrize("url", URLS)
def test_a_password_is_never_shown(url: str) -> None:
    address = as_place(url)
    assert isinstance(address, Address)
    assert SECRET not in f"{address} {address!r}"
    assert SECRET not in address.without_secrets(f"could not use {url}, host {SECRET}@db")
    assert str(address).endswith(("/news", "/news?host=/run/pg&schema=paper"))


def test_an_address_is_told_by_its_beginning_and_anything_else_is_a_folder() -> None:
    assert isinstance(as_place(" POSTGRESQL://me@db/news "), Address)
    assert as_place("postgresql-index") == Path("postgresql-index")
    assert as_place(Path("x")) == Path("x")


def test_an_index_has_a_schema_of_its_own_which_libpq_is_not_told_of() -> None:
    plain, named = Address("postgresql://me@db/news"), Address("postgresql://me@db/news?schema=paper&sslmode=require")
    assert (plain.schema, named.schema) == ("articlebot", "paper")
    assert named.conninfo == "postgresql://me@db/news?sslmode=require"


@pytest.mark.parametrize("schema", ["Paper", "a-b", "1", "x; drop schema public", "pg_catalog" * 9])
def test_a_schema_that_is_no_plain_name_is_refused(schema: str) -> None:
    with pytest.raises(DatabaseAddressError, match=r"schema .* small letters, digits and _ wanted"):
        store_of(f"postgresql://me@db/news?schema={schema}").live()


@pytest.mark.parametrize(
    ("url", "to_write"),
    [
        ("postgresql://me@db/news?schema=paper", "postgresql://me@db/news"),
        ("postgresql://me@a,b:5433/news?schema=paper", "postgresql://me@a,b:5433/news?target_session_attrs=read-write"),
        (
            "postgresql://me@/news?host=a,b&target_session_attrs=prefer-standby&sslmode=require",
            "postgresql://me@/news?host=a,b&sslmode=require&target_session_attrs=read-write",
        ),
        (
            "postgresql://me@a,b/news?target_session_attrs=prefer-standby",
            "postgresql://me@a,b/news?target_session_attrs=read-write",
        ),
    ],
)
def test_of_several_hosts_the_one_that_takes_writes_is_written_to(url: str, to_write: str) -> None:
    address = Address(url, "other")
    assert (address.to_write.conninfo, address.to_write.schema) == (to_write, address.schema)
    assert address.to_write.to_write == address.to_write
    assert str(address.to_write) == str(address)
