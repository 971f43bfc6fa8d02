"""`fisk run`: the bot's start, work and graceful shutdown."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bot import __version__
from bot.app import log as logs, systemd
from bot.app.formats import slack_format
from bot.app.gauges import Gauges
from bot.app.http import Server, inner_site, public_site
from bot.app.lag import Pulse
from bot.app.load import require_platform
from bot.app.promises import warn
from bot.app.readiness import Readiness
from bot.app.reload import Reload
from bot.app.tasks import Tasks
from bot.app.webhooks import Webhooks
from bot.app.wiring import Parts, opened
from bot.pictures.png import Drawing
from bot.slack.answers import Answers
from bot.slack.app import Listeners, build
from bot.slack.aside import AsideNews
from bot.slack.break_glass import BreakGlass
from bot.slack.budget import Budget
from bot.slack.channels import Channels, Invitations
from bot.slack.client import require_slack, slack_client
from bot.slack.directory import SlackDirectory
from bot.slack.doctor import DoctorNews
from bot.slack.elsewhere import Elsewhere
from bot.slack.handler import Handler
from bot.slack.holds import HoldNews
from bot.slack.home import HomeTab
from bot.slack.inbox_worker import InboxWorker
from bot.slack.incidents import MESSAGE, Beginnings, Incidents
from bot.slack.installation import Installation
from bot.slack.lines import Lines
from bot.slack.live import Live
from bot.slack.memory import MemoryNews
from bot.slack.modals.listeners import ModalListeners
from bot.slack.modals.modals import Modals
from bot.slack.notices import Notifier
from bot.slack.outbox_worker import Announcer
from bot.slack.plan import Plans
from bot.slack.rate import Rate
from bot.slack.sight import SightNews
from bot.slack.socket import Sockets
from bot.slack.speaker import Speaker
from bot.slack.weekly import Weekly
from deploy.access.access import Access
from deploy.core import errors
from deploy.core.log import logger
from deploy.doctor.last_verdicts import MESSAGE as DOCTOR, LastVerdicts
from deploy.doctor.rounds import Rounds
from deploy.engine.audit_copies import Copies
from deploy.engine.inbox import Inbox
from deploy.engine.replicas import Replicas
from deploy.notices.store import Notices, Rules
from deploy.notices.watch import Every, Watch
from deploy.redis.mutex import Mutex
from deploy.releases.follower import Follower
from deploy.releases.sampling import Sampling

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.app.settings import Settings
    from deploy.core.model import Operation

LAST_WORDS = 5.0  # seconds for pending answers, and again for announcements, during shutdown

log = logger()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises errors.BadSettings and errors.StateUnavailable."""
    require_platform(settings)
    require_slack(settings)
    logs.configure(settings.log_level)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with slack_client(settings) as client, serving(settings, client) as bot, systemd.watched():
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, bot.reload.ask)
        gc.freeze()  # else each full collection looks through all that was loaded
        gc.enable()
        systemd.notify(systemd.READY)
        await stop.wait()
        systemd.notify(systemd.STOPPING)


@asynccontextmanager
async def serving(settings: Settings, client: AsyncWebClient) -> AsyncIterator[Bot]:
    """Open Valkey and the systems, run the bot until the end of the block, then drain: no ack is lost.

    Raises:
        errors.BadSettings: the address is taken.
        errors.StateUnavailable: Redis or Valkey does not answer at the start.
    """
    async with opened(settings, on_run=lambda it: bot.began(it)) as parts:  # noqa: PLW0108 (there is no bot yet)
        await warn(parts.world.memory)
        bot = Bot(parts, client)
        try:
            await bot.start()
            yield bot
            await bot.drain()
        finally:
            await bot.stop()


class Bot:
    """One replica: its listeners, its background tasks, and their shutdown."""

    def __init__(self, parts: Parts, client: AsyncWebClient) -> None:
        settings, world = parts.settings, parts.world
        self.parts = parts
        self.speaker = Speaker(client, Budget(), parts.metrics.observe, Plans(parts.state))
        self._installation, self._drawing = Installation(), Drawing()
        self._fmt = slack_format(settings)
        access = world.memory.stores.of(Access)
        access.directory = SlackDirectory(self.speaker, lambda: access.rules.policy.groups)
        self.reload = Reload(access, world.freezes, settings.config)
        self._rules, self._notices = world.memory.stores.of(Rules), Notices(parts.state)
        self._mutex = Mutex(parts.state, parts.runner)
        self._lines, self._listening, self._working = Tasks(), Tasks(), Tasks()
        invitations = Invitations(parts.state, access.has_rights)
        self._channels = Channels(self.speaker, settings.incidents.channels, invitations)
        self.live = Live(self.speaker, world.memory.journal, self._fmt)
        self._beginnings = Beginnings(parts.outbox, self._working)
        self._answers = Answers(self.speaker, parts.metrics.answers_lost.inc)
        self._handler = self._handling()
        inbox = Inbox(parts.state, world.memory.seal, parts.runner, stale=settings.lease_seconds)
        self._inbox = InboxWorker(parts.state, inbox, self._handler, self._answers, self._lines)
        self._home = HomeTab(world, parts.state, self.speaker, self._mutex, self._fmt)
        self._announcer = self._announcing()
        every = Every(settings.builds_seconds, settings.builds_busy_seconds)
        self._watch = Watch(world, self._notices, self._rules, self._mutex, every)
        self._sampling, self._follower = Sampling(world, self._mutex), Follower(world, self._mutex)
        self._rounds = Rounds(world, LastVerdicts(parts.state), self._mutex, settings.doctor_hours)
        wanted = settings.channels.stats
        self._weekly = Weekly(
            world, parts.state, wanted, speaker=self.speaker, drawing=self._drawing, fmt=self._fmt
        )
        self._listen(client)

    def _announcing(self) -> Announcer:
        """The outbox's worker, with a sender for each kind of message."""
        parts, memory = self.parts, self.parts.world.memory
        announce = parts.settings.channels.announce
        incidents = Incidents(
            self._channels, self.speaker, memory.journal, parts.state, self._fmt, announce=announce
        )
        announcer = Announcer(
            parts.outbox,
            memory.journal,
            self.speaker,
            self.live,
            incidents,
            fmt=self._fmt,
            metrics=parts.metrics,
            consumer=parts.runner,
        )
        incidents.alarm = BreakGlass(parts.world, incidents, self.speaker, self._fmt).tell
        announcer.tells(MESSAGE, incidents.began)
        announcer.tells(DOCTOR, DoctorNews(incidents, self._fmt).tell)
        self._holds = HoldNews(parts.state, memory.locks, parts.outbox, self.speaker, incidents, self._fmt)
        self._holds.listens(announcer)
        MemoryNews(incidents, self._fmt).listens(announcer)
        AsideNews(memory.journal, self.speaker, incidents, self._fmt).listens(announcer)
        self._notifier().listens(announcer)
        self._inbox.listens(announcer)
        SightNews(
            parts.state, self._rules, speaker=self.speaker, fmt=self._fmt, metrics=parts.metrics
        ).listens(announcer)
        return announcer

    def _notifier(self) -> Notifier:
        return Notifier(
            self.parts.world,
            self._notices,
            self._rules,
            self._mutex,
            speaker=self.speaker,
            fmt=self._fmt,
            metrics=self.parts.metrics,
        )

    def _listen(self, client: AsyncWebClient) -> None:
        """Create the listeners: Slack by Socket Mode or HTTP, and fisk's own HTTP server."""
        settings, metrics = self.parts.settings, self.parts.metrics
        signing = settings.slack_signing_secret.get_secret_value()
        app = build(client, self._installation, self._listeners())
        token = settings.slack_app_token.get_secret_value()
        self._sockets = None if settings.http_mode else Sockets(app, token)
        secret = settings.github_webhook_secret.get_secret_value()
        self._webhooks = Webhooks(secret, self._watch.hear, metrics) if secret else None
        public = public_site(app if settings.http_mode else None, signing, self._webhooks)
        self.readiness = Readiness(self.parts.state, self.parts.engine, self._installation, self._sockets)
        inner = inner_site(self.readiness.check, Gauges(self.parts.world, metrics).text)
        self._servers = (
            Server(public, settings.address),
            Server(inner, settings.metrics_address, setting="FISK_METRICS_BIND"),
        )

    def _listeners(self) -> Listeners:
        fmt, metrics, self._pulse = self._fmt, self.parts.metrics, Pulse()
        lines = Lines(
            self._handler,
            self._inbox,
            self._answers,
            tasks=self._lines,
            fmt=fmt,
            metrics=metrics,
            stopped=self._pulse.stopped,
        )
        modals = Modals(self.parts.world, self.speaker, self._answers, fmt)
        asked = ModalListeners(self._installation, lines, modals)
        return Listeners(self._installation, lines, asked, self.speaker, self._channels, self._home)

    def _handling(self) -> Handler:
        return Handler(
            self.parts.world,
            self.parts.state,
            speaker=self.speaker,
            answers=self._answers,
            elsewhere=Elsewhere(self._answers, self.live.messages),
            channels=self._channels,
            rate=Rate(self.parts.settings.lines_per_minute),
            drawing=self._drawing,
            fmt=self._fmt,
            metrics=self.parts.metrics,
        )

    def began(self, operation: Operation) -> None:
        """Show an operation that this process now runs: its live message, and posts in incident channels."""
        self.live.draws(operation)
        self._beginnings.post(operation)

    async def start(self) -> None:
        """Start all tasks and listeners. Raises errors.BadSettings where the address is taken."""
        for server in self._servers:
            await server.start()
        self._working.spawn(self.parts.engine.work(), "engine")
        self._working.spawn(Replicas(self.parts.state).work(self.parts.runner, __version__), "signs of life")
        self._working.spawn(self._pulse.measure(self.parts.metrics.lag.observe), "lag")
        self._working.spawn(self.reload.work(), "rules")
        self._working.spawn(self._announcer.work(), "announcer")
        self._working.spawn(self._watch.work(), "watch")
        self._working.spawn(self._sampling.work(), "sampling")
        self._working.spawn(self._follower.work(), "follower")
        self._working.spawn(self._rounds.work(), "doctor")
        self._working.spawn(self._holds.work(), "holds")
        self._working.spawn(self._weekly.work(), "weekly figures")
        self._working.spawn(self.parts.world.memory.stores.of(Copies).work(), "copies of the audit log")
        self._working.spawn(self._channels.incidents(), "incident channels")  # warms the cache
        self._listening.spawn(self._installation.learn(self.speaker), "greeting")
        self._working.spawn(self._home.work(), "home tabs")
        self._listening.spawn(self._inbox.work(), "inbox")
        if self._sockets:
            self._listening.spawn(self._sockets.work(), "sockets")
        log.info("running", runner=self.parts.runner, bind=self.parts.settings.bind)

    async def drain(self) -> None:
        """Hear nobody any more, so that other replicas do; then let lines and operations end, or hand them over."""
        log.info("draining")
        await self._hang_up()
        await self.finish()
        await self.parts.engine.drain(self.parts.settings.drain_seconds)
        await self.live.stop()
        with suppress(TimeoutError, errors.StateUnavailable):
            await asyncio.wait_for(self._announcer.idle(), LAST_WORDS)
        await self._working.stop()
        with suppress(errors.StateUnavailable):
            for each in (self._watch, self._sampling, self._follower):
                await each.rest()

    async def _hang_up(self) -> None:
        self.readiness.leaving = True
        await self._listening.stop()
        if self._sockets:
            await self._sockets.close()
        await self._servers[0].stop()  # the public one: /readyz and /metrics stay until the end

    async def finish(self) -> None:
        """Finish the typed lines and webhooks in progress."""
        await self._lines.drain(LAST_WORDS)
        if self._webhooks:
            await self._webhooks.drain(LAST_WORDS)

    async def stop(self) -> None:
        """Stop listening, and finish the lines received before that while Valkey is still connected."""
        await self._hang_up()
        await self._servers[1].stop()
        await self._lines.drain(LAST_WORDS)
        await self._working.stop()
