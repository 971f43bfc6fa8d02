"""What `fisk check` tries at Slack: tokens, scopes, the connection, channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import aiohttp

from bot.cli.trials import Without
from bot.slack.budget import Budget
from bot.slack.client import SLACK_SECONDS, require_slack, slack_client
from bot.slack.manifest import manifest
from bot.slack.speaker import Speaker
from deploy.core import errors

if TYPE_CHECKING:
    from bot.app.settings import Settings

HELLO = "hello"  # the first message on a connection that Slack accepts
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")  # an id; incident channels may be patterns of names, too


async def workspace(settings: Settings) -> str:
    """Raises errors.ScopesMissing where the app has fewer scopes than its manifest."""
    require_slack(settings)
    async with slack_client(settings) as client:
        speaker = Speaker(client, Budget())
        team, _ = await speaker.team()
        granted = await speaker.scopes()
    wanted = manifest(settings)["oauth_config"]["scopes"]["bot"]
    if missing := [scope for scope in wanted if granted and scope not in granted]:
        raise errors.ScopesMissing(system="Slack", scopes=", ".join(missing))
    unsure = "" if granted else "; whether it has every scope is not known, because Slack names none"
    return f"workspace {team}{unsure}"


async def socket(settings: Settings) -> str:
    """Open a connection as the bot does and close it at once, so that it takes no line from a bot that runs.

    Raises errors.NoSocketAddress for the token, errors.SocketRefused for the connection.
    """
    token = settings.slack_app_token.get_secret_value()
    if not token:
        raise errors.NoSocketAddress(system="Slack", why="FISK_SLACK_APP_TOKEN is empty")
    async with slack_client(settings) as client:
        address = await Speaker(client, Budget()).socket_address(token)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SLACK_SECONDS)) as session:
        await _greeted(session, address)
    return "Socket Mode connects"


async def _greeted(session: aiohttp.ClientSession, address: str) -> None:
    """The address holds a ticket, which no error may quote."""
    try:
        async with session.ws_connect(address) as connection:
            first = await connection.receive_json(timeout=SLACK_SECONDS)
    except aiohttp.WSServerHandshakeError as error:
        raise errors.SocketRefused(system="Slack", why=f"it answers {error.status}") from None
    except (TimeoutError, aiohttp.ClientError, OSError, TypeError, ValueError) as error:
        raise errors.SocketRefused(system="Slack", why=type(error).__name__) from None
    if first.get("type") != HELLO:
        raise errors.SocketRefused(system="Slack", why=str(first.get("reason", "no greeting")))


async def people(settings: Settings) -> str | Without:
    """Raises errors.Strangers where nobody of those who may deploy is a member of the workspace.

    Nobody of Slack's need be among them: then all deploys come from terminals.
    """
    roles = [role for _, role in settings.access.all_roles() if "deploy" in role.may]
    named = sorted({each for role in roles for each in role.members if each[:1] in "UW"})
    if not named:
        return Without("no role that may deploy names somebody of Slack's by id")
    require_slack(settings)
    async with slack_client(settings) as client:
        speaker = Speaker(client, Budget())
        strangers = [each for each in named if not await speaker.is_member(each)]
    if strangers == named:
        raise errors.Strangers(system="Slack", people=", ".join(named))
    lost = f"; {', '.join(strangers)} could, but is no member of the workspace" if strangers else ""
    return f"{', '.join(each for each in named if each not in strangers)} may deploy{lost}"


async def channels(settings: Settings) -> str:
    """Raises errors.CannotSpeak, which names each channel of fisk.toml that is not there or closed to fisk.

    A manifest without incident channels has no scope to look at channels, and fisk works without.
    """
    wanted = sorted({*named(settings)})
    try:
        closed = await _closed(settings, wanted)
    except errors.MissingAbility:
        told = ", ".join(wanted)
        return f"whether fisk may speak in {told} is not known, because it has no scope to look at channels"
    if closed:
        raise errors.CannotSpeak(system="Slack", channels=", ".join(closed))
    return f"fisk may speak in {', '.join(wanted)}"


async def _closed(settings: Settings, wanted: list[str]) -> list[str]:
    async with slack_client(settings) as client:
        speaker = Speaker(client, Budget())
        return [each for each in wanted if not await speaker.may_post(each)]


def named(settings: Settings) -> Iterator[str]:
    """The ids of channels in fisk.toml, without those for notices of builds, of which fisk must be a member."""
    if settings.channels.announce:
        yield settings.channels.announce
    yield from settings.channels.stats
    yield from filter(CHANNEL.fullmatch, settings.incidents.channels)
    for _, role in settings.access.all_roles():
        yield from role.channels
