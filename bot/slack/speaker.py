"""Calls of Slack's Web API: posts and edits under the budget."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError

from bot.slack.error_mapping import OK, TRANSPORT, mapped, unanswered
from bot.slack.plan import NOT_KNOWN, content_and_plain
from bot.slack.profile import Profile, profile
from bot.words.format import USER
from deploy.core import errors

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.slack.budget import Budget, Priority
    from bot.slack.plan import Plans
    from deploy.systems.http import Observe

PAGE = 200  # per page; Slack's recommended limit
SHARED = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared")
GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
SCOPES = "x-oauth-scopes"  # the header that names the token's scopes
# What users.info answers for an id that it shows nobody under.
NOBODY = frozenset({"user_not_found", "user_not_visible"})

Send = Callable[[dict[str, Any]], Any]  # a call of Slack's with a message's content


class Speaker:
    """Posts and edits messages. Every method raises errors.SystemFailure if Slack fails or refuses.

    `observe` is told of every request, as in deploy/systems/http.py.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        budget: Budget,
        observe: Observe | None = None,
        plans: Plans | None = None,
    ) -> None:
        self._client = client
        self._observe = observe
        self._budget = budget
        self._plans = plans

    async def post(
        self, channel: str, content: dict[str, Any], *, thread: str = "", fallback: str = ""
    ) -> tuple[str, str]:
        """Post a message; where the bot is not in the channel, to `fallback` (a user) instead.

        Returns:
            The channel and the ts of the message as posted.
        """
        try:
            return await self._post(channel, content, thread)
        except errors.NotThere:
            if not fallback:
                raise
            return await self._post(fallback, content, "")

    async def _post(self, channel: str, content: dict[str, Any], thread: str) -> tuple[str, str]:
        def send(content: dict[str, Any]) -> Any:
            return self._client.chat_postMessage(
                channel=channel, thread_ts=thread or None, unfurl_links=False, unfurl_media=False, **content
            )

        answer = await self._drawn(content, send)
        return str(answer["channel"]), str(answer["ts"])

    async def whisper(self, channel: str, user: str, content: dict[str, Any], *, thread: str = "") -> None:
        """Post an ephemeral message to a user in a channel; a direct message where the bot is not in it."""
        try:
            await self._mapped(
                self._client.chat_postEphemeral(
                    channel=channel, user=user, thread_ts=thread or None, **content
                )
            )
        except errors.NotThere:
            await self._post(user, content, "")

    async def answer(self, url: str, content: dict[str, Any]) -> None:
        """Post an ephemeral message to an interaction's response_url.

        Bolt would open a new connection for each, which takes longer than all the rest.
        """
        body = {**content, "response_type": "ephemeral", "replace_original": False}
        await self._mapped(self._answered(url, body))

    async def replace(self, url: str, content: dict[str, Any] | None) -> None:
        """Put something in the place of the message whose button was pressed; None: take it away."""
        body = {"delete_original": True} if content is None else {**content, "replace_original": True}
        await self._mapped(self._answered(url, body))

    async def _answered(self, url: str, body: dict[str, Any]) -> None:
        session = self._client.session
        assert session is not None  # noqa: S101 (the client is made with one)
        async with session.post(url, json=body, proxy=self._client.proxy) as reply:
            if reply.status != OK:
                raise unanswered(reply.status, reply.headers)

    async def upload(
        self, where: str, name: str, title: str, content: str | bytes, *, thread: str = "", alt: str = ""
    ) -> str:
        """Share a file in a channel, or in the direct messages of a user; its address. `alt`: what a picture shows."""
        to: dict[str, Any] = {"channels": [where]} if USER.fullmatch(where) else {"channel": where}
        answer = await self._mapped(
            self._client.files_upload_v2(
                filename=name,
                title=title,
                content=content,
                alt_txt=alt or None,
                thread_ts=thread or None,
                **to,
            )
        )
        return str(answer["files"][0]["permalink"])

    async def edit(self, channel: str, ts: str, content: dict[str, Any], priority: Priority) -> None:
        """Edit a message once the budget allows."""
        await self.slot(priority)
        await self.update(channel, ts, content)

    async def slot(self, priority: Priority) -> None:
        """Wait until the budget allows an edit."""
        await self._budget.slot(priority)

    async def update(self, channel: str, ts: str, content: dict[str, Any]) -> None:
        """Edit a message now; a 429 pauses the whole budget for Retry-After."""
        try:
            await self._drawn(content, partial(self._update, channel, ts), again=self._budget.spend)
        except errors.RateLimited as limited:
            self._budget.pause(limited.retry_after)
            raise

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """Show somebody's Home tab."""
        await self._mapped(self._client.views_publish(user_id=user, view=view))

    async def open_view(self, trigger: str, view: dict[str, Any]) -> tuple[str, str]:
        """Open a modal, within three seconds of its trigger; its id, and the hash of what it shows."""
        answer = await self._mapped(self._client.views_open(trigger_id=trigger, view=view))
        return str(answer["view"]["id"]), str(answer["view"]["hash"])

    async def update_view(self, id_: str, hash_: str, view: dict[str, Any]) -> str:
        """Show something else in a view; where a hash is given, only as long as it has that. Its new hash."""
        answer = await self._mapped(self._client.views_update(view_id=id_, hash=hash_ or None, view=view))
        return str(answer["view"]["hash"])

    def _update(self, channel: str, ts: str, content: dict[str, Any]) -> Any:
        return self._client.chat_update(channel=channel, ts=ts, **content)

    async def _drawn(
        self, content: dict[str, Any], send: Send, again: Callable[[], object] = lambda: None
    ) -> Any:
        """Send a message with its plan; without it, at once, where the workspace knows no plans.

        `again` is called before it is sent once more.
        """
        rich, plain = content_and_plain(content)
        if plain is None or not await self.draws_plans():
            return await self._mapped(send(plain or rich))
        try:
            return await self._mapped(send(rich))
        except errors.Rejected as refused:
            if refused.why != NOT_KNOWN:
                raise
        again()
        answer = await self._mapped(send(plain))
        if self._plans:
            await self._plans.refused()
        return answer

    async def draws_plans(self) -> bool:
        """Whether the workspace shows plans, as far as is known."""
        return self._plans is None or await self._plans.known()

    async def team(self) -> tuple[str, str]:
        """The workspace's id and the bot's user id."""
        answer = await self._mapped(self._client.auth_test())
        return str(answer["team_id"]), str(answer["user_id"])

    async def scopes(self) -> frozenset[str]:
        """The scopes of the bot's token, as Slack names them; empty where it names none."""
        headers = {
            name.lower(): value
            for name, value in (await self._mapped(self._client.auth_test())).headers.items()
        }
        return frozenset(scope for scope in headers.get(SCOPES, "").replace(" ", "").split(",") if scope)

    async def socket_address(self, app_token: str) -> str:
        """Where Socket Mode connects, once. Raises errors.NoSocketAddress where the app-level token is refused."""
        try:
            answer = await self._mapped(self._client.apps_connections_open(app_token=app_token))
        except errors.Unauthorized:
            raise errors.NoSocketAddress(system="Slack", why="it does not know the token") from None
        except errors.MissingAbility:
            raise errors.NoSocketAddress(system="Slack", why="the token lacks connections:write") from None
        except errors.Rejected as error:
            raise errors.NoSocketAddress(system="Slack", why=error.why) from None
        return str(answer["url"])

    async def may_post(self, channel: str) -> bool:
        """Whether a channel is there, not archived, and public or with fisk in it."""
        try:
            found = (await self._mapped(self._client.conversations_info(channel=channel)))["channel"]
        except errors.NotThere:
            return False
        return not found.get("is_archived") and bool(found.get("is_member") or not found.get("is_private"))

    async def members(self, group: str) -> frozenset[str]:
        """The user ids of a user group."""
        answer = await self._mapped(self._client.usergroups_users_list(usergroup=group))
        return frozenset(answer["users"])

    async def profile(self, user: str) -> Profile:
        """What a user is called and is in this workspace, by users.info."""
        return profile(user, (await self._mapped(self._client.users_info(user=user)))["user"])

    async def is_member(self, user: str) -> bool:
        """Whether somebody is a member of the workspace, and neither guest nor bot; an unknown id is nobody's."""
        try:
            return (await self.profile(user)).standing == "member"
        except errors.Rejected as refused:
            if refused.why in NOBODY:
                return False
            raise

    async def channels(self) -> dict[str, str]:
        """The names of the channels that fisk is a member of, private ones too, by id."""
        listed = partial(
            self._client.users_conversations, types="public_channel,private_channel", exclude_archived=True
        )
        return {str(each["id"]): str(each["name"]) async for each in self._pages(listed, "channels")}

    async def is_internal(self, channel: str) -> bool:
        """Whether a channel is this workspace's alone, and waits for nobody else's."""
        found = (await self._mapped(self._client.conversations_info(channel=channel)))["channel"]
        return not any(found.get(field) for field in SHARED)

    async def in_channel(self, channel: str) -> frozenset[str]:
        """The ids of a channel's members."""
        listed = partial(self._client.conversations_members, channel=channel)
        return frozenset([str(each) async for each in self._pages(listed, "members")])

    async def colleagues(self) -> frozenset[str]:
        """The ids of the workspace's people and bots, without guests, strangers and those who left."""
        people = self._pages(self._client.users_list, "members")
        return frozenset([str(each["id"]) async for each in people if not any(each.get(f) for f in GUEST)])

    async def _pages(self, listed: Callable[..., Any], name: str) -> AsyncIterator[Any]:
        cursor = ""
        while True:
            answer = await self._mapped(listed(limit=PAGE, cursor=cursor))
            for each in answer[name]:
                yield each
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    async def _mapped(self, call: Any) -> Any:
        started, outcome = time.monotonic(), "cancelled"
        try:
            answer = await call
            outcome = "ok"
        except (SlackApiError, *TRANSPORT) as error:
            failure = mapped(error)
            outcome = failure.slug
            raise failure from None
        finally:
            if self._observe:
                self._observe("Slack", outcome, time.monotonic() - started)
        return answer
