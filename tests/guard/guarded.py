"""Processes that are watched: what they look up or connect to beyond this machine, and files that are not ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from index.embedding.bundled.prepare import bundled_folder

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@dataclass(frozen=True)
class Guard:
    """A person's machine of its own for processes: an empty home with the prepared model, an empty temporary folder."""

    folder: Path
    sees_native: bool  # not without Linux and a C compiler: then only the calls that Python itself makes are seen

    @classmethod
    def make(cls, folder: Path) -> Guard:
        """Returns a guard that keeps its things in a new folder."""
        (folder / "home/.cache").mkdir(parents=True)
        (folder / "tmp").mkdir()
        (folder / "home/.cache/articlebot").symlink_to(bundled_folder().parent)
        return cls(folder, _compile(HERE / "native.c", folder / "native.so"))

    def environment(self, **variables: str) -> dict[str, str]:
        """Returns the environment of a guarded process: not that of the tests, where all is switched off."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        if self.sees_native:
            kept["LD_PRELOAD"] = str(self.folder / "native.so")
        return {
            **kept,
            "HOME": str(self.folder / "home"),
            "XDG_CACHE_HOME": str(self.folder / "home/.cache"),
            "TMPDIR": str(self.folder / "tmp"),
            "GUARD_LOG": str(self.folder / "log"),
            "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT)]),
            **variables,
        }

    def run(self, code: str, *arguments: str | Path, typed: str = "") -> str:
        """Returns what Python code prints, run to its end as a guarded process."""
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)], env=self.environment(), input=typed, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def told(self) -> list[str]:
        """Returns what the processes reached for, and what they left in home and temporary folder."""
        log = self.folder / "log"
        reached = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        places = [self.folder / "home", self.folder / "tmp"]
        left = sorted(path for place in places for path in place.rglob("*") if not path.is_dir())
        return [*reached, *(f"file: {path.relative_to(self.folder)}" for path in left)]


def _compile(source: Path, library: Path) -> bool:
    """Makes the library to preload; returns whether it could be made."""
    cc = (shutil.which("cc") or shutil.which("gcc")) if sys.platform == "linux" else None
    command = [str(cc), "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    return bool(cc) and subprocess.run(command, capture_output=True, check=False).returncode == 0
