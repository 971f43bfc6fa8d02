"""The pages on which one gets what a setting needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploy.core import errors
from deploy.systems.coolify.parsing import NAME as COOLIFY

if TYPE_CHECKING:
    from bot.app.settings import Settings

GITHUB_API = "api.github.com"
SLACK_APPS = "https://api.slack.com/apps"
GHCR = "ghcr.io"


def github_tokens(settings: Settings) -> str:
    """At github.com, or at the GitHub that the settings name."""
    address = urlsplit(settings.github_url)
    home = "https://github.com" if address.netloc == GITHUB_API else f"{address.scheme}://{address.netloc}"
    return f"{home}/settings/personal-access-tokens"


def coolify_tokens(settings: Settings) -> str:
    return f"{settings.coolify_url.rstrip('/')}/security/api-tokens"


def coolify_api(settings: Settings) -> str:
    """Where Coolify's API is switched on, and where the addresses stand that may use it."""
    return f"{settings.coolify_url.rstrip('/')}/settings/advanced"


def page(error: errors.FiskError, settings: Settings) -> str:
    """Where to click for the token that an error is about; empty where no page is known."""
    setting = str(getattr(error, "setting", ""))
    if isinstance(error, errors.MissingAbility) and error.system == COOLIFY and not error.ability:
        return coolify_api(settings)
    if setting.startswith("FISK_REGISTRY"):
        return "https://github.com/settings/tokens" if settings.registry_host == GHCR else ""
    pages = {"FISK_GITHUB_TOKEN": github_tokens(settings), "FISK_COOLIFY_TOKEN": coolify_tokens(settings)}
    return pages.get(setting, SLACK_APPS if setting.startswith("FISK_SLACK") else "")
