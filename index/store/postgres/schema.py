"""The tables of an index in a database: made where there are none, brought up to date where they are older."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.store.manifest import IndexFormatError, OldFormatError
from index.store.postgres.address import Address
from index.store.postgres.database import Database, DatabaseRefusalError

if TYPE_CHECKING:
    from psycopg import Connection

_PGVECTOR = (0, 8)  # the first that goes on with a search until enough is found that counts

# Texts that are names are in byte order, which is Python's. `born` and `died` are generations: a row is part of those
# from `born` on and before `died`.
_FIRST: str = """
CREATE TABLE generations (
    number bigint PRIMARY KEY,
    manifest jsonb NOT NULL,
    remembered jsonb NOT NULL,  -- sources, and what could not be read
    lengths bigint NOT NULL,  -- terms of all passages
    run text NOT NULL  -- of the writer that published it: whether a commit arrived whose answer was lost
);
CREATE SEQUENCE article_keys;
CREATE SEQUENCE passage_keys;
CREATE TABLE articles (  -- as it was read once; never changed
    key bigint PRIMARY KEY, id text COLLATE "C" NOT NULL, origin text COLLATE "C" NOT NULL, title text NOT NULL,
    text text NOT NULL, published text COLLATE "C", language text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL, url text COLLATE "C" NOT NULL, author text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,  -- of the text
    same_as text COLLATE "C",  -- id of the article of the smallest id with the same text, which has the passages
    day integer NOT NULL,  -- of `published`, as date.toordinal; 0: none
    first_passage bigint NOT NULL, passages integer NOT NULL, sentences integer NOT NULL,
    came_first bigint NOT NULL, came_last bigint NOT NULL  -- of its sentences, in microseconds since 1970
);
CREATE INDEX articles_id ON articles (id);
CREATE INDEX articles_digest ON articles (digest);
CREATE INDEX articles_url ON articles USING hash (url);
CREATE INDEX articles_origin ON articles (origin);
CREATE INDEX articles_source ON articles (source);
CREATE INDEX articles_author ON articles (author) WHERE author <> '';
CREATE INDEX articles_same_as ON articles (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE stays (article bigint NOT NULL, born bigint NOT NULL, died bigint);
CREATE INDEX stays_article ON stays (article);
CREATE INDEX stays_born ON stays (born);
CREATE INDEX stays_died ON stays (died) WHERE died IS NOT NULL;
CREATE TABLE files (
    id text COLLATE "C" NOT NULL, origin text COLLATE "C" NOT NULL, digest text NOT NULL, look text NOT NULL,
    born bigint NOT NULL, died bigint
);
CREATE INDEX files_id ON files (id);
CREATE INDEX files_origin ON files (origin);
CREATE TABLE passages (
    key bigint PRIMARY KEY, article bigint NOT NULL, start integer NOT NULL, stop integer NOT NULL,
    spans integer[] NOT NULL,  -- start and end of each sentence
    arrivals bigint[] NOT NULL,  -- when each came
    vector halfvec NOT NULL
);
CREATE TABLE sentence_vectors (passage bigint PRIMARY KEY, vectors bytea NOT NULL);
ALTER TABLE sentence_vectors ALTER vectors SET STORAGE EXTERNAL;
CREATE TABLE words (
    passage bigint PRIMARY KEY, length integer NOT NULL,  -- in terms
    terms text[] COLLATE "C" NOT NULL,  -- each once
    counted bytea NOT NULL  -- of each term: four bytes of its hash, one of how often it stands there
);
CREATE TABLE frequencies (  -- passages that hold a term: how many more since that generation
    term text COLLATE "C" NOT NULL, generation bigint NOT NULL, passages integer NOT NULL,
    PRIMARY KEY (term, generation)
);
CREATE INDEX frequencies_generation ON frequencies (generation);
CREATE TABLE embeddings (
    fingerprint text COLLATE "C" NOT NULL, hash bytea NOT NULL, vector bytea NOT NULL, PRIMARY KEY (fingerprint, hash)
);
ALTER TABLE embeddings ALTER vector SET STORAGE EXTERNAL;
CREATE TABLE copying (  -- an index that is being copied here, and of which nothing is seen before all of it is there
    source text NOT NULL, articles bigint NOT NULL
);
CREATE TABLE pages (
    source text COLLATE "C" NOT NULL, address text COLLATE "C" NOT NULL, article text NOT NULL, page text NOT NULL,
    PRIMARY KEY (source, address)
);
"""
MIGRATIONS: tuple[str, ...] = (_FIRST,)  # each brings the tables one version on
VERSION = len(MIGRATIONS)


def version_of(connection: Connection[Any], schema: str) -> int:
    """Returns the version of the tables that are there; 0 where there are none."""
    named = connection.execute("SELECT to_regclass(%s)", (f"{schema}.versions",)).fetchone()
    if named is None or named[0] is None:
        return 0
    found = connection.execute("SELECT coalesce(max(version), 0) FROM versions").fetchone()
    return int(found[0]) if found else 0


def check_version(database: Database, version: int) -> None:
    """Raises where the tables are of another version than this program reads."""
    if version > VERSION:
        raise IndexFormatError(
            f"{database.address}: tables of version {version}, this version reads {VERSION}; "
            "install the version that made them"
        )
    if 0 < version < VERSION:
        raise OldFormatError(
            f"{database.address}: tables of version {version}, this version reads {VERSION}; "
            "run `articlebot index` to bring them up to date"
        )


def bring_up_to_date(address: Address) -> None:
    """Brings the tables of an index up to date, where there are any of an earlier version."""
    database = Database.of(address.to_write)
    if 0 < database.run(lambda connection: version_of(connection, database.schema)) < VERSION:
        prepare(database)


def prepare(database: Database) -> None:
    """Makes what is lacking of extension, schema and tables, or brings it up to date; nothing half.

    Raises:
        ArticlebotError: pgvector is not there or too old, this user may not make it, or the tables are newer.
    """
    with database.telling(), database.connect() as connection:
        if (version := version_of(connection, database.schema)) == VERSION:
            return
        check_version(database, version if version > VERSION else 0)
        ((encoding,),) = connection.execute("SHOW server_encoding").fetchall()
        if encoding != "UTF8":
            raise DatabaseRefusalError(
                f"{database.address}: a database in {encoding}, UTF8 wanted; make one: "
                "createdb -E UTF8 -T template0 NAME"
            )
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (database.key("schema"),))
            _extend(connection, database)
        database.set_up(connection, statement_timeout=0)
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (database.key("schema"),))
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {database.schema}")
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {database.schema}.versions "
                "(version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())"
            )
            for number in range(version_of(connection, database.schema), VERSION):
                connection.execute(MIGRATIONS[number])
                connection.execute("INSERT INTO versions (version) VALUES (%s)", (number + 1,))


def _extend(connection: Connection[Any], database: Database) -> None:
    """Makes pgvector part of the database."""
    from psycopg import errors

    version = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
    if not (found := connection.execute(version).fetchone()):
        try:
            connection.execute("CREATE EXTENSION vector SCHEMA public")
        except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
            raise DatabaseRefusalError(
                f"{database.address}: the server has no pgvector; install it there, 0.8 or later "
                "(Debian: postgresql-NN-pgvector from apt.postgresql.org)"
            ) from error
        except errors.InsufficientPrivilege as error:
            raise DatabaseRefusalError(
                f"{database.address}: this user may not make the extension vector; have its owner run "
                "CREATE EXTENSION vector in this database, then try again"
            ) from error
        found = connection.execute(version).fetchone()
    numbers = tuple(int(part) for part in str(found[0] if found else 0).split(".")[:2])
    if numbers < _PGVECTOR:
        raise DatabaseRefusalError(
            f"{database.address}: pgvector {found[0] if found else '?'}, 0.8 or later wanted; install it on the "
            "server, then ALTER EXTENSION vector UPDATE"
        )
