"""Settings that every test shares."""

from __future__ import annotations

import signal

from hypothesis import settings

# no test is timed: machines are shared, and first calls load models
settings.register_profile("articlebot", deadline=None)
settings.load_profile("articlebot")

# A job in the background of a script ignores Ctrl-C, and so would the programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
