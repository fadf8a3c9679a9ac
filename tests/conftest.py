"""Settings that every test shares."""

from __future__ import annotations

from hypothesis import settings

# no test is timed: these machines are shared, and first calls load models
settings.register_profile("articlebot", deadline=None)
settings.load_profile("articlebot")
