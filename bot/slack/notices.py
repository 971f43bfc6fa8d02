"""Sends notices of builds from the outbox: one message per build and channel, edited until the build ends."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bot.slack import blocks
from bot.slack.budget import Priority
from bot.slack.freshness import as_of
from bot.words.notices import notice_text, offers, reminder
from deploy.core import errors
from deploy.core.clock import boottime
from deploy.core.log import logger
from deploy.core.together import together
from deploy.notices.findings import find
from deploy.notices.policy import Notice, Rule, Stage, about, wanted
from deploy.notices.store import MESSAGE, Notices, Place, Rules, run_of
from deploy.redis.idempotency import insist

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.slack.outbox_worker import Announcer
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.core.github_model import Build
    from deploy.redis.mutex import Mutex
    from deploy.world import World

SAYING = 5.0  # seconds after which a dead replica's mutex on a channel's message expires

log = logger()


class Notifier:
    """Posts notices of builds, once per channel, though messages may come twice, late or to several replicas."""

    def __init__(
        self,
        world: World,
        notices: Notices,
        rules: Rules,
        mutex: Mutex,
        *,
        speaker: Speaker,
        fmt: Format,
        metrics: Metrics,
    ) -> None:
        self._world = world
        self._notices = notices
        self._rules = rules
        self._mutex = mutex
        self._speaker = speaker
        self._fmt = replace(fmt, mentions=True)  # whoever is listed in [people] hears of their own builds
        self._metrics = metrics

    def listens(self, announcer: Announcer) -> None:
        """Register for the outbox's messages about builds."""
        announcer.tells(MESSAGE, self.tell)

    async def tell(self, message: str) -> None:
        """Post or edit the notices of a run's attempt (`RUN.N`).

        Raises errors.SystemFailure if Slack fails, and codec.Unreadable.
        """
        build, rules, places, now = await together(
            self._notices.announced(run_of(message)),
            self._rules.all(),
            self._notices.places(message),
            self._world.memory.now(),
        )
        if build is None:
            return
        listening = {channel for channel, rule in rules.items() if rule != "off"} | set(places)
        if not listening:
            return
        notice = await self._look(build, message, now)
        for channel in sorted(listening):
            await self._tell_in(channel, rules.get(channel, "off"), message, notice, build)
        if not notice.superseded:
            await self._notices.look_again(build.id, notice.look_again)

    async def _look(self, build: Build, message: str, now: float) -> Notice:
        if about(build) == message:
            return await find(self._world, build, now)
        attempt = int(message.partition(".")[2])
        return Notice(replace(build, attempt=attempt), now, superseded=True)

    async def _tell_in(self, channel: str, rule: Rule, message: str, notice: Notice, build: Build) -> None:
        """Update one channel, unless the build has changed since: that has another message in the outbox.

        A channel that Slack refuses for good is logged and skipped.
        """
        try:
            async with self._mutex.alone(f"tell:{message}:{channel}", SAYING):
                if await self._notices.known(build.id) == build:
                    await self._say(channel, rule, message, notice)
        except (errors.NotThere, errors.Rejected) as failure:
            log.warning(
                "a channel cannot hear of builds", channel=channel, code=failure.code, why=str(failure)
            )

    async def _say(self, channel: str, rule: Rule, message: str, notice: Notice) -> None:
        place = await self._notices.place(message, channel)
        if place and place.stage >= notice.stage:
            return
        if place:
            await self._edit(channel, message, place, notice)
        elif wanted(notice, rule, mentioned=self._mentions(notice)):
            await self._post(channel, message, notice)

    async def _post(self, channel: str, message: str, notice: Notice) -> None:
        posted = await self._speaker.post(channel, self._content(notice))
        await self._placed(channel, message, Place(*posted, notice.stage), notice)

    async def _edit(self, channel: str, message: str, place: Place, notice: Notice) -> None:
        await self._speaker.slot(Priority.FINAL if notice.stage >= Stage.UNCHECKED else Priority.ANSWER)
        looked = boottime()
        place = await self._notices.place(message, channel) or place
        if place.stage >= notice.stage:
            return  # another replica has posted a later stage meanwhile
        try:
            with as_of(looked):
                await self._speaker.update(place.channel, place.ts, self._content(notice))
        except errors.NotThere:  # deleted: only an end is posted again
            if notice.stage >= Stage.UNCHECKED:
                await self._post(channel, message, notice)
            return
        await self._ping(message, place, notice)
        await self._placed(channel, message, replace(place, stage=notice.stage), notice)

    async def _placed(self, channel: str, message: str, place: Place, notice: Notice) -> None:
        await insist(lambda: self._notices.placed(message, channel, place))
        self._metrics.notices.labels(notice.verdict).inc()

    async def _ping(self, message: str, place: Place, notice: Notice) -> None:
        """Mention the commit's author in the message's thread, once a stage, since an edit notifies nobody."""
        slot = {Stage.SLOW: "slow", Stage.CRAWLING: "slow"}.get(notice.stage, "over")
        if notice.superseded or not self._mentions(notice):
            return
        content = blocks.message(reminder(notice, self._fmt.within(place.ts)))
        ping = partial(self._speaker.post, place.channel, content, thread=place.ts)
        await self._notices.post_once(message, f"{place.channel}:{slot}", ping)

    def _content(self, notice: Notice) -> dict[str, object]:
        return blocks.message(notice_text(notice, self._fmt), offers(notice))

    def _mentions(self, notice: Notice) -> bool:
        return notice.commit is not None and notice.commit.login in self._fmt.people
