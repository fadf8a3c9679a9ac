"""Settings from ARTICLEBOT_* variables and .env; read here and nowhere below."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.errors import ArticlebotError, why
from index.permission import check_readable
from index.store.postgres.address import Address, IndexPlace, as_place

if TYPE_CHECKING:
    from index.updating.gather import Reading


STATE_SCHEMA = "articlebot_bot"  # where the address of the bot's state names none


class SettingsError(ArticlebotError, ValueError):
    """An ARTICLEBOT_* variable does not hold what it should."""


def _numbers(value: object) -> object:
    """Returns the parts of "12, -34"; pydantic makes numbers of them."""
    return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value


def _state_place(value: object) -> IndexPlace:
    """Returns where the bot's state is; in a database beside the index, where no schema is named."""
    return as_place(value, STATE_SCHEMA)


Ids = Annotated[tuple[int, ...] | None, NoDecode, BeforeValidator(_numbers)]


class Settings(BaseSettings):
    """What can be set without the command line; options of a command win over it. An empty value counts as unset."""

    model_config = SettingsConfigDict(
        env_prefix="ARTICLEBOT_", env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore"
    )

    # the index folder, or postgresql://USER@HOST/DATABASE
    index: Annotated[Path | Address, PlainValidator(as_place)] = Path(".articlebot/index")
    model: str | None = None  # a Sentence Transformers model by name or folder; None: the bundled one
    device: str | None = None  # where passages are embedded, in 32 bits: cpu, cuda, mps, auto; None: int8 on the CPU
    reranker: str | None = None  # a Sentence Transformers CrossEncoder by name or folder; None: none
    reader: bool = True  # whether the shipped reader reads the best passages, where there is one
    llm: str | None = None  # provider:model that writes the answers; None: they are the articles' own sentences
    llm_base_url: str | None = None  # of a server that speaks the provider's API
    llm_deadline_s: float = Field(default=60, gt=0)  # for one answer; of a model on this machine, of silence
    llm_context_tokens: int | None = Field(default=None, ge=200)  # of passages; None: 4,000, on this machine 1,000
    llm_tokens_per_day: int = Field(default=0, ge=0)  # in and out; then answers are the articles' own; 0: no limit
    llm_price_in: float = Field(default=0, ge=0)  # of a million tokens, for the cost that `eval` tells
    llm_price_out: float = Field(default=0, ge=0)
    max_file_bytes: int = Field(default=10_000_000, gt=0)  # a larger file or page is listed as failed
    feed_articles: int = Field(default=50, gt=0)  # of one feed and run, the newest
    feed_interval_s: int = Field(default=900, ge=60)  # between two looks at the web, with --watch
    allow_private_addresses: bool = False  # whether addresses of this machine and of private networks may be fetched
    generations: int = Field(default=2, ge=1)  # of the index that are kept, the live one among them

    # the Telegram bot
    telegram_token: SecretStr | None = None  # from @BotFather
    telegram_token_file: Path | None = None  # a file that holds it, where it is not in the environment
    telegram_api: str = "https://api.telegram.org"  # root address of the Bot API
    telegram_timeout: float = Field(default=20.0, gt=0)  # seconds to wait for an answer; also of a poll without news
    admins: Ids = None  # numeric ids of people, separated by commas
    allowed_users: Ids = None
    allowed_groups: Ids = None
    quota_minute: int = Field(default=20, gt=0)  # questions of a person; a group has three times as many
    quota_day: int = Field(default=300, gt=0)
    retention_days: int = Field(default=30, gt=0)  # that questions and answers are kept
    quiet_hours: str = Field(default="22-7", pattern=r"^(\d|1\d|2[0-3])-(\d|1\d|2[0-3])$")  # of standing questions
    # the bot's file, or postgresql://USER@HOST/DATABASE
    state: Annotated[Path | Address, PlainValidator(_state_place)] = Path(".articlebot/bot.sqlite")
    health_port: int = Field(default=0, ge=0, le=65535)  # of /live, /ready, /metrics on 127.0.0.1; 0: off
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    def quiet(self) -> tuple[int, int]:
        """Returns the hours, of this machine, from and to which no news is told to a standing question."""
        first, _, last = self.quiet_hours.partition("-")
        return int(first), int(last)

    def reading(self) -> Reading:
        """Returns how sources are read."""
        from index.updating.gather import Reading

        return Reading(self.max_file_bytes, self.allow_private_addresses, self.feed_articles)


def unknown_names() -> list[str]:
    """Returns the ARTICLEBOT_* names of the environment and of .env that are no setting: slips of the pen."""
    from dotenv import dotenv_values

    known = {f"ARTICLEBOT_{name.upper()}" for name in Settings.model_fields} | {"ARTICLEBOT_QUESTION"}  # the Makefile's
    with suppress(OSError, UnicodeDecodeError):  # told by `load_settings`
        written = {name.upper() for name in (*os.environ, *dotenv_values(".env", encoding="utf-8-sig"))}
        return sorted(name for name in written if name.startswith("ARTICLEBOT_") and name not in known)
    return []


def load_settings() -> Settings:
    """Returns the settings.

    Raises:
        SettingsError: the variable, the value found and what was wanted; or .env cannot be read.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "ARTICLEBOT_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}={first['input']!r}: {first['msg'].lower()}; change it or unset it") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f".env: cannot be read as UTF-8 ({error}); save it as UTF-8 or remove it") from error
    except OSError as error:
        check_readable([Path(".env")], "run this {as_owner}, or in another folder")
        raise SettingsError(f".env: cannot be read ({why(error)}), a file of settings wanted; remove it") from error
