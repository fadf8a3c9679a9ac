"""Imported by Python as a guarded process starts: what native.c does, for the calls that Python itself makes."""

import os
import sys
from pathlib import Path

_HERE = ("localhost", "127.", "::1")
_LOOKING_UP = {"socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}  # where the name stands
_REACHING = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1}  # where the address stands


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if event in _LOOKING_UP:
        whom = arguments[_LOOKING_UP[event]]
    elif event in _REACHING and isinstance(arguments[_REACHING[event]], tuple):  # others are files of this machine
        whom = arguments[_REACHING[event]][0]  # type: ignore[index]
    else:
        return
    name = whom.decode() if isinstance(whom, bytes) else whom
    if name is None or str(name).startswith(_HERE):
        return
    with Path(os.environ["GUARD_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"Python: {event} {name}\n")
    raise OSError(f"guarded: {event} {name}")


sys.addaudithook(_listen)
