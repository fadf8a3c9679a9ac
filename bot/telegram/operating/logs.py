"""The log: no token, and no word that people wrote, at any level."""

from __future__ import annotations

import errno
import logging
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType

from bot.telegram.operating.token import TOKEN
from index.text.visible import visible

# Below WARNING the others log what they send and receive, people's words included.
_OURS = ("bot", "index", "retrieval")
_WITHOUT_PAYLOADS = ("httpx", "httpcore")  # these log addresses and headers only
_SHORTEST_SECRET = 10  # characters of the part of a token that is secret; the part before it is the bot's id


def _is_logged(record: logging.LogRecord) -> bool:
    package = record.name.split(".")[0]
    return record.levelno >= logging.WARNING or package in (*_OURS, *_WITHOUT_PAYLOADS)


class _Formatter(logging.Formatter):
    """Writes a record without tokens, and of errors only where they happened, their type and the system's state.

    The text of an error may quote what a person wrote, and so may the name of a file.
    """

    def __init__(self, token: str) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        # Without \b: in an address the token follows "bot" directly. In the address of a file its colon is escaped.
        halves = [re.escape(half) for half in token.split(":") if len(half) >= _SHORTEST_SECRET]
        self._secret = re.compile("|".join([TOKEN.pattern, TOKEN.pattern.replace(":", "%3A"), *halves]))

    def format(self, record: logging.LogRecord) -> str:
        return visible(self._secret.sub("[token]", super().format(record)))

    def formatException(  # noqa: N802  the name is logging's
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        lines = []
        error: BaseException | None = ei[1]
        while error is not None:
            lines += ["".join(traceback.format_tb(error.__traceback__)).rstrip(), _kind(error)]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(lines)


def _kind(error: BaseException) -> str:
    """Returns the type of an error; of the system's own its number and folder, of SQLite's the state."""
    if isinstance(error, OSError) and error.errno:
        where = f" in {Path(error.filename).parent}" if isinstance(error.filename, str) else ""
        return f"{type(error).__name__} ({errno.errorcode.get(error.errno, error.errno)}{where})"
    state = getattr(error, "sqlite_errorname", "")
    return f"{type(error).__name__} ({state})" if state else type(error).__name__


def set_up_log(level: str, token: str) -> None:
    """Sends every logger's records to standard error, as far as they may be seen.

    Args:
        level: "DEBUG", "INFO", "WARNING" or "ERROR".
        token: the bot's, which is cut out wherever it stands.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_is_logged)
    handler.setFormatter(_Formatter(token))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _WITHOUT_PAYLOADS:  # a line a call is too much
        logging.getLogger(name).setLevel(logging.NOTSET if level == "DEBUG" else logging.WARNING)
