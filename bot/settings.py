"""Settings from ARTICLEBOT_* variables and .env; read here and nowhere below."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from index import ArticlebotError


class SettingsError(ArticlebotError, ValueError):
    """An ARTICLEBOT_* variable does not hold what it should."""


class Settings(BaseSettings):
    """What can be set without the command line; options of a command win over it."""

    model_config = SettingsConfigDict(env_prefix="ARTICLEBOT_", env_file=".env", extra="ignore")

    index: Path = Path(".articlebot/index")  # the index folder
    model: str | None = None  # a Sentence Transformers model by name or folder; None: the bundled one
    max_file_bytes: int = 10_000_000  # a larger file is listed as failed


def load_settings() -> Settings:
    """Returns the settings; raises SettingsError with the variable, the value found and what was wanted."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ARTICLEBOT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}={first['input']!r}: {first['msg'].lower()}; change it or unset it") from error
