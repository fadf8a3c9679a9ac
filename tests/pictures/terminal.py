"""A picture of a terminal: the question of the README, and what the command prints."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[2]
SHOWN = "Quelles bases militaires russes sont citées ?"
COLUMNS = 100


def on_a_terminal(index: Path, question: str, columns: int, **environment: str) -> str:
    """Returns what `articlebot ask` prints on a terminal so wide, its colours and styles included."""
    about = {name: value for name, value in os.environ.items() if not name.startswith("ARTICLEBOT_")}
    about |= {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(columns), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "bot.cli", "ask", "--index", str(index), "--", question]
    done = subprocess.run(command, env=about | environment, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def terminal(index: Path) -> str:
    """Returns a picture of `make ask` and what it prints."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.assemble(("$ ", "dim"), (f'make ask Q="{SHOWN}"', "bold")))
    console.print(Text.from_ansi(on_a_terminal(index, SHOWN, COLUMNS)))
    svg = console.export_svg(title="articlebot", unique_id="terminal")
    return re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL) + "\n"  # fonts of other people's servers
