"""What does what was asked: fisk's memory, the engine, and those who tell how it goes.

It is loaded while Slack is already being listened to, since it takes as long to import as Slack's libraries do.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bot.app.tasks import Tasks
from bot.app.wiring import Parts, opened
from bot.slack.channels import Channels
from bot.slack.doctor import DoctorNews
from bot.slack.groups import Groups
from bot.slack.handler import Handler
from bot.slack.incidents import MESSAGE, Heralds, Incidents
from bot.slack.live import Live
from bot.slack.notices import Notifier
from bot.slack.outbox_worker import Announcer
from deploy.core import errors
from deploy.doctor.last_verdicts import MESSAGE as DOCTOR
from deploy.doctor.last_verdicts import LastVerdicts
from deploy.doctor.rounds import Rounds
from deploy.notices.store import Notices, Rules
from deploy.notices.watch import Every, Watch
from deploy.redis.mutex import Mutex

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.app.front import Front
    from deploy.core.model import Operation

LAST_WORDS = 5.0  # seconds for announcements after the operations have ended


class Back:
    """Everything behind the acks, in one replica."""

    def __init__(self, front: Front, parts: Parts, late: _Late) -> None:
        settings = parts.settings
        self.parts = parts
        self.live = Live(front.speaker, parts.world.memory.journal, front.fmt)
        channels = self._channels = Channels(front.speaker, settings.incidents.channels)
        incidents = Incidents(
            channels,
            front.speaker,
            parts.world.memory.journal,
            parts.state,
            front.fmt,
            announce=settings.channels.announce,
        )
        self.handler = Handler(
            parts.world,
            parts.state,
            settings.policy,
            speaker=front.speaker,
            groups=Groups(front.speaker, settings.policy.groups),
            channels=channels,
            fmt=front.fmt,
            metrics=front.metrics,
        )
        self.announcer = Announcer(
            parts.outbox,
            parts.world.memory.journal,
            front.speaker,
            self.live,
            incidents,
            fmt=front.fmt,
            metrics=front.metrics,
            consumer=parts.runner,
        )
        self.announcer.tells(MESSAGE, incidents.began)
        doctor_news = DoctorNews(incidents, front.fmt)
        self.announcer.tells(DOCTOR, doctor_news.tell)
        self.rounds = Rounds(
            parts.world, LastVerdicts(parts.state), Mutex(parts.state, parts.runner), settings.doctor_hours
        )
        self.watch = self._watching(front)
        self._tasks = Tasks()
        late.hear = (self.live.draws, Heralds(parts.outbox, self._tasks).begins)

    def _watching(self, front: Front) -> Watch:
        """Builds are watched, and what is news of them is told."""
        world, settings = self.parts.world, self.parts.settings
        notices, mutex = Notices(self.parts.state), Mutex(self.parts.state, self.parts.runner)
        notifier = Notifier(
            world,
            notices,
            world.memory.stores.of(Rules),
            mutex,
            speaker=front.speaker,
            fmt=front.fmt,
            metrics=front.metrics,
        )
        notifier.listens(self.announcer)
        every = Every(settings.builds_seconds, settings.builds_busy_seconds)
        return Watch(world, notices, world.memory.stores.of(Rules), mutex, every)

    @property
    def draining(self) -> bool:
        return self.parts.engine.draining

    def work(self) -> None:
        """Begin what goes on for ever."""
        self._tasks.spawn(self.parts.engine.work(), "engine")
        self._tasks.spawn(self.announcer.work(), "announcer")
        self._tasks.spawn(self.watch.work(), "watch")
        self._tasks.spawn(self.rounds.work(), "doctor")
        self._tasks.spawn(self._channels.incidents(), "incident channels")  # the first answer need not wait

    async def remembers(self) -> bool:
        """Whether fisk's memory answers now."""
        try:
            await self.parts.state.ping()
        except errors.StateUnavailable:
            return False
        return True

    async def drain(self) -> None:
        """Let operations end, or hand them over."""
        await self.parts.engine.drain(self.parts.settings.drain_seconds)

    async def stop(self) -> None:
        """Say what is left to be said, then stop."""
        await self.live.stop()
        with suppress(TimeoutError, errors.StateUnavailable):
            await asyncio.wait_for(self.announcer.idle(), LAST_WORDS)
        await self._tasks.stop()
        with suppress(errors.StateUnavailable):
            await self.watch.rest()


@asynccontextmanager
async def behind(front: Front) -> AsyncIterator[Back]:
    """Open everything. Raises errors.StateUnavailable."""
    late = _Late()
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(
            opened(front.settings, metrics=front.metrics, on_run=late.begins)
        )
        yield Back(front, parts, late)


class _Late:
    """The engine tells of its runs before those exist that are to hear of them."""

    hear: tuple[Callable[[Operation], None], ...] = ()

    def begins(self, operation: Operation) -> None:
        for each in self.hear:
            each(operation)
