"""The error that every error of ours is, and what others' errors say in one line."""


class ArticlebotError(Exception):
    """A person's mistake or a broken thing outside; its message is value found, value wanted, next step.

    Every error of ours inherits it and a builtin; the command line prints its message as one line.
    """


def why(error: BaseException) -> str:
    """Returns what an error says, in one short line; of the system's own, what it refuses, without the file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200] or type(error).__name__


class MovedError(ArticlebotError, RuntimeError):
    """Another writer has published since this run looked at what is live; a run from there on succeeds."""
