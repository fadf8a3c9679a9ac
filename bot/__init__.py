"""The front-ends: the command line, later Telegram."""

import index as _index  # noqa: F401  before any library: it keeps them from reporting to their makers
