"""The error that every error of ours is."""


class ArticlebotError(Exception):
    """A person's mistake or a broken thing outside; its message is value found, value wanted, next step.

    Every error of ours inherits it and a builtin; the command line prints its message as one line.
    """
