"""What a person sees where a command cannot go on: one line, and the exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from index.errors import ArticlebotError


@contextmanager
def plain_errors(interrupted: str = "stopped") -> Iterator[None]:
    """Turns our errors, a full disk among them, into one line and exit 1; Ctrl-C into one line and exit 130."""
    from bot.terminal.display import err
    from index.text.visible import one_line

    try:
        yield
    except ArticlebotError as error:
        err.print(one_line(f"articlebot: {error}"), style="red", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        err.print(f"articlebot: {interrupted}", soft_wrap=True)
        raise typer.Exit(130) from error
