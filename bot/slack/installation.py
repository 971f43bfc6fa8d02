"""Who fisk is in Slack: its workspace and its own user, once Slack has said so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize

from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker

GREET_AGAIN = 2.0  # seconds between attempts at auth.test

log = logger()


class Installation:
    """The workspace's id and the bot's user id. Until Slack has sent them, nobody is a member."""

    def __init__(self, team: str = "", user: str = "") -> None:
        self.team = team
        self.user = user

    async def learn(self, speaker: Speaker) -> None:
        """Ask Slack for them until it answers."""
        while not self.team:
            try:
                self.team, self.user = await speaker.team()
            except errors.SystemFailure as failure:
                log.warning("Slack does not say who we are", code=failure.code)
                await asyncio.sleep(GREET_AGAIN)


class Known(AsyncAuthorize):
    """Bolt's authorization without a request: Bolt's default would fail the first command in an outage."""

    def __init__(self, installation: Installation, token: str | None) -> None:
        self._installation = installation
        self._token = token
        self._result = self._made()

    async def __call__(self, **_: Any) -> AuthorizeResult:
        if self._result.team_id != self._installation.team:
            self._result = self._made()
        return self._result

    def _made(self) -> AuthorizeResult:
        team, user = self._installation.team, self._installation.user
        return AuthorizeResult(
            enterprise_id=None, team_id=team, bot_token=self._token, bot_user_id=user, bot_id=user
        )
