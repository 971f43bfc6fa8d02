"""Posts the beginning and the outcome of every operation in incident channels, wherever it was started.

The channel for all outcomes, if one is set, gets the outcomes, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from bot.slack.live import over
from bot.slack.messages import REMEMBERED
from bot.words.progress import beginning
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.model import Offer, Operation
from deploy.redis.idempotency import do_once, insist

if TYPE_CHECKING:
    from bot.app.tasks import Tasks
    from bot.slack.channels import Channels
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Journal, Snapshot
    from deploy.engine.outbox import Outbox
    from deploy.redis.connect import State

MESSAGE = "incident"  # the outbox's kind of message that says that an operation began

log = logger()


class Incidents:
    """Posts once per channel across replicas.

    `announce`: the channel of all outcomes. `alarm` tells of an operation that broke the glass.
    """

    def __init__(
        self,
        channels: Channels,
        speaker: Speaker,
        journal: Journal,
        state: State,
        fmt: Format,
        *,
        announce: str = "",
    ) -> None:
        self._channels = channels
        self._speaker = speaker
        self._journal = journal
        self._state = state
        self._fmt = fmt
        self._announce = announce
        self.alarm: Callable[[Operation], Awaitable[None]] | None = None

    async def began(self, operation: str) -> None:
        """Post that it began, unless it has ended already. Raises errors.SystemFailure."""
        snapshot = await self._journal.load(operation)
        if snapshot.operation.break_glass and self.alarm:
            await self.alarm(snapshot.operation)
        if snapshot.open:
            content = _beginning(snapshot.operation, self._fmt)
            for channel in _but_home(await self._channels.incidents(), snapshot):
                await self._say(f"{operation}:began", channel, content)

    async def ended(self, snapshot: Snapshot, outcome: Outcome) -> None:
        """Post the outcome. Raises errors.SystemFailure."""
        operation = snapshot.operation
        for channel in _but_home(await self.all(), snapshot):
            content = over(operation, outcome, self._fmt.at(channel))
            await self._no_beginning_after_this(operation.id, channel)
            await self._say(f"{operation.id}:ended", channel, content)

    async def _no_beginning_after_this(self, operation: str, channel: str) -> None:
        """Claim the beginning's idempotency key, waiting for a replica that holds it: it cannot follow the end."""
        await do_once(self._state, _key(f"{operation}:began", channel), REMEMBERED, _nothing)

    async def tell(self, what: str, content: dict[str, Any]) -> None:
        """Post in all channels; `what` is the idempotency key. Raises errors.SystemFailure."""
        for channel in await self.all():
            await self._say(what, channel, content)

    async def all(self) -> tuple[str, ...]:
        """All channels without duplicates: that of all outcomes may be an incident's."""
        incidents = await self._channels.incidents()
        return tuple(dict.fromkeys([*([self._announce] if self._announce else []), *incidents]))

    async def _say(self, what: str, channel: str, content: dict[str, Any]) -> None:
        """Post in one channel, once; one that refuses the message is skipped."""
        try:
            await do_once(
                self._state, _key(what, channel), REMEMBERED, partial(self._speaker.post, channel, content)
            )
        except (errors.NotThere, errors.Rejected) as failure:
            log.warning("a channel was passed over", channel=channel, code=failure.code)


def _but_home(channels: tuple[str, ...], snapshot: Snapshot) -> tuple[str, ...]:
    """All but the one that has the live message."""
    origin = snapshot.operation.origin
    home = origin.channel if origin.kind == "slack" else ""
    return tuple(each for each in channels if each != home)


def _key(what: str, channel: str) -> str:
    return f"said:{channel}:{what}"


async def _nothing() -> None:
    """Takes the place of a post."""


def _beginning(operation: Operation, fmt: Format) -> dict[str, Any]:
    return blocks.message(beginning(operation, fmt), (Offer("Show it", f"op {operation.id}"),))


class Beginnings:
    """Puts a message into the outbox for each operation that this process begins or takes over."""

    def __init__(self, outbox: Outbox, tasks: Tasks) -> None:
        self._outbox = outbox
        self._tasks = tasks

    def post(self, operation: Operation) -> None:
        self._tasks.spawn(self._post(operation.id), f"message about {operation.id}")

    async def _post(self, operation: str) -> None:
        await insist(lambda: self._outbox.post(MESSAGE, operation))
