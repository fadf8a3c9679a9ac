"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WORK = Path(".articlebot/eval")

SetsArgument = Annotated[
    list[Path], typer.Argument(metavar="SET...", help="Folders that hold articles/*.md and questions.jsonl.")
]
WorkOption = Annotated[Path, typer.Option("--work", help="Where the indexes of the sets are kept between runs.")]
