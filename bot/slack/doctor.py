"""Posts the doctor's changed findings where outcomes are announced and in incident channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.words.doctor import changed, news_offers
from deploy.doctor.changes import News
from deploy.redis import codec

if TYPE_CHECKING:
    from bot.slack.incidents import Incidents
    from bot.words.format import Format


class DoctorNews:
    """Posts what changed between two of the doctor's rounds."""

    def __init__(self, incidents: Incidents, fmt: Format) -> None:
        self._incidents = incidents
        self._fmt = fmt

    async def tell(self, about: str) -> None:
        """Post an outbox message's news, once in each channel. Raises errors.SystemFailure."""
        news = codec.load(News, about)
        content = blocks.message(changed(news.changes, self._fmt), news_offers(news.changes))
        await self._incidents.tell(f"doctor:{news.at}", content)
