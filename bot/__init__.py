"""The front-ends: the command line, the terminal, Telegram."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_found, _ours = find_spec("retrieval"), Path(__file__).parents[1] / "retrieval"
if _found and _found.origin and Path(_found.origin).parent.resolve() != _ours.resolve():
    raise ImportError(
        f"{_found.origin} has the name of articlebot's package retrieval ({_ours}) and comes before it; rename it, or "
        "run Python from another folder"
    )
import_module("retrieval")  # and with it index, before any library: it keeps them from reporting to their makers
