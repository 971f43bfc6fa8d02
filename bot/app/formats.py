"""How texts are written in Slack, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.format import Format
from bot.words.links import Links, origin, repository_page

if TYPE_CHECKING:
    from bot.app.settings import Settings


def slack_format(settings: Settings) -> Format:
    """With who is who, the channels that want authors mentioned, and the pages of the repository and Coolify."""
    return Format(
        slack=True,
        people=settings.rules.people.by_login,
        mentioning=settings.channels.mention_authors,
        links=Links(
            repository_page(settings.github_url, settings.github_repository),
            origin(settings.coolify_pages or settings.coolify_url),
        ),
    )
