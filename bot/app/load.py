"""Reads all settings, and says what does not fit."""

from __future__ import annotations

import re

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import SettingsError

from bot.app.places import places
from bot.app.settings import PREFIX, STRUCTURE, Settings
from bot.app.typos import hint
from deploy.core.errors import BadSettings

NO_SUCH_KEY = {"unexpected_keyword_argument", "extra_forbidden"}
EXTRA = "extra inputs are not permitted"  # pydantic's wording for models


def load() -> Settings:
    """Read all settings. Raises errors.BadSettings, which names what does not fit but no value."""
    try:
        found = places()
        return Settings(_env_file=found.environment, config=found.structure)
    except ValidationError as error:
        raise BadSettings(
            why="; ".join(_problem(each["type"], each["loc"], each["msg"]) for each in error.errors())
        ) from None
    except SettingsError as error:
        raise BadSettings(why=f"{_named(error)}, set outside of fisk.toml, is no JSON") from None
    except (OSError, ValueError) as error:
        raise BadSettings(why=f"{_unreadable()} ({type(error).__name__})") from None


def require_platform(settings: Settings) -> None:
    """Raises errors.BadSettings if there are no targets or no repository.

    The error names the setting, or the file that was read or is missing.
    """
    if not settings.targets:
        missing = "" if settings.config.is_file() else "; there is no such file"
        raise BadSettings(why=f"no targets in {settings.config}{missing}")
    if not settings.github_repository:
        raise BadSettings(why=f"{PREFIX}GITHUB_REPOSITORY is empty: it names the repository, OWNER/NAME")


def _problem(kind: str, where: tuple[int | str, ...], message: str) -> str:
    name = ".".join(str(part) for part in where)
    if name in Settings.model_fields and name not in STRUCTURE:
        name = f"{PREFIX}{name.upper()}"
    if kind in NO_SUCH_KEY:
        return f"{name}: {EXTRA}{hint(places().structure, Settings, where)}"
    problem = message.removeprefix("Value error, ")
    return f"{name}: {problem[:1].lower()}{problem[1:]}" if name else problem


def _named(error: SettingsError) -> str:
    """The setting that an error is about; pydantic-settings names it only in the message."""
    found = re.search(r'"(\w+)"', str(error))
    return f"{PREFIX}{found[1].upper()}" if found else "a table"


def _unreadable() -> str:
    try:
        found = places()
        dotenv_values(found.environment)
    except (OSError, ValueError):
        return ".env cannot be read"
    return f"{found.structure} cannot be read as TOML"
