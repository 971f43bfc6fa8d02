"""Tells whoever began an operation, and the channels that hear of operations, that nobody runs it any more."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from bot.slack.messages import REMEMBERED
from bot.words.locks import after_aside, aside_news
from deploy.core import errors
from deploy.core.log import logger
from deploy.engine.audit import Audit, Entry, beginning
from deploy.engine.claims import SET_ASIDE
from deploy.redis.idempotency import do_once

if TYPE_CHECKING:
    from bot.slack.incidents import Incidents
    from bot.slack.outbox_worker import Announcer
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.engine.journal import Journal

log = logger()


class AsideNews:
    """Posts where it was begun, and in all channels that hear of operations."""

    def __init__(self, journal: Journal, speaker: Speaker, incidents: Incidents, fmt: Format) -> None:
        self._journal = journal
        self._speaker = speaker
        self._incidents = incidents
        self._fmt = fmt

    def listens(self, announcer: Announcer) -> None:
        """Register for the outbox's messages about it."""
        announcer.tells(SET_ASIDE, self.tell)

    async def tell(self, about: str) -> None:
        """Post once in each place, unless a person has said since how to go on. Raises errors.SystemFailure."""
        id_, _, time = about.partition(" ")
        for aside in await self._journal.aside():
            if aside.operation == id_:
                began = await self._began(id_)
                content = blocks.message(aside_news(aside, began, self._fmt), after_aside(id_))
                await self._tell_home(began, f"{id_}:aside:{time}", content)
                await self._incidents.tell(f"{id_}:aside:{time}", content)

    async def _began(self, operation: str) -> Entry | None:
        """Who began it where: its record says so, or the audit log where that cannot be read."""
        try:
            return beginning((await self._journal.load(operation)).operation)
        except errors.UnknownOperation:
            entries = await Audit(self._journal.state).since(0)
            return next((each for each in reversed(entries) if each.operation == operation), None)

    async def _tell_home(self, began: Entry | None, what: str, content: dict[str, Any]) -> None:
        if began is None or began.origin.kind != "slack":
            return
        channel, thread = began.origin.channel, began.origin.thread
        post = partial(self._speaker.post, channel, content, thread=thread)
        try:
            await do_once(self._journal.state, f"said:{channel}:{what}", REMEMBERED, post)
        except (errors.NotThere, errors.Rejected) as failure:
            log.warning("where it was begun nobody is told", channel=channel, code=failure.code)
