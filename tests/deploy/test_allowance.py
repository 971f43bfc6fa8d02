"""An hour's work with 100 targets on 20 hosts and 3 repositories fits into what GitHub allows; docs/speed.md has the
count.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle

import pytest

from bench.fleet import MAIL, MAIL_RUN, REPORTS, REPORTS_RUN, Fleet
from bench.sandboxed import FOR_EVER, sandboxed
from bot.app.wiring import Parts
from deploy.core.model import Actor, Origin
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.kinds import DEPLOY
from deploy.deploys.outcomes import Deployed
from deploy.notices.store import Notices, Rules
from deploy.notices.watch import Every, Watch
from deploy.redis.mutex import Mutex
from deploy.releases.arguments import FollowArguments
from deploy.releases.follower import Follower
from deploy.releases.following import Following
from deploy.releases.follows import Follows
from deploy.status.journey import journey
from deploy.status.overview import status
from sandbox import story
from sandbox.github.stories import APP

ALLOWED = 5_000  # requests an hour (facts/github.md, "Limits")
HOUR, MINUTE = 3600.0, 60.0
ANA = Actor("U024BE7LH", "ana")
COMMITS = (
    ("app", story.BUILT),
    ("mail00", MAIL_RUN),
    ("app", story.RUNS),
    ("reports00", REPORTS_RUN),
)


@dataclass
class Hour:
    """fisk, watching and following, while GitHub's time passes."""

    fleet: Fleet
    parts: Parts

    def __post_init__(self) -> None:
        self.world = self.parts.world
        state, mutex = self.parts.state, Mutex(self.parts.state, "r1")
        self.watch = Watch(self.world, Notices(state), Rules(state, {}), mutex, Every())
        self.follower = Follower(self.world, mutex)
        self.fleet.github.allowance.limit = FOR_EVER

    async def begins(self) -> None:
        """What was built before is history, to those who follow too."""
        self.fleet.clock.skip(HOUR)
        since = await self.world.memory.now() - MINUTE
        for target in self.world.targets.values():
            github = self.world.of(target).systems.github
            newest = (await github.builds(target.workflow, branch=github.branch))[0]
            how = Following(on=True, since=since, done=newest)
            await self.world.memory.stores.of(Follows).change(target.name, partial(_is, how))

    @property
    def used(self) -> int:
        """Requests that GitHub counts: a conditional one that is answered with 304 is free."""
        return self.fleet.github.allowance.window(self.fleet.github.token).used

    async def passes(self, seconds: float) -> None:
        while seconds > 0:
            pause = await self.watch.look()
            await self.follower.look()
            await self.parts.engine.idle()
            self.fleet.clock.skip(pause)
            seconds -= pause

    def push(self) -> None:
        """To each repository; what is built of it is deployed to all who follow."""
        for repository in self.fleet.github.repositories:
            repository.push("Round VAT once more")

    async def deploy(self, target: str, sha: str) -> None:
        operation = DEPLOY.operation(
            DeployArguments(target, sha), await self.world.memory.now(), actor=ANA, origin=Origin("terminal")
        )
        await self.parts.engine.submit(operation)
        await self.parts.engine.idle()
        assert isinstance((await self.world.memory.journal.load(operation.id)).outcome, Deployed)

    async def followed(self) -> set[str]:
        """The targets to which a build was deployed by itself."""
        ended = await self.world.memory.history.operations(limit=FOR_EVER)
        return {
            each.operation.arguments.target
            for each in ended
            if isinstance(each.operation.arguments, FollowArguments) and isinstance(each.outcome, Deployed)
        }


def _is(how: Following, _before: Following | None) -> Following:
    return how


@pytest.fixture
async def hour() -> AsyncIterator[Hour]:
    fleet = Fleet(deploy_seconds=0.01, follow=True)
    async with sandboxed(fleet, FISK_HEALTHY_SECONDS="0") as parts:
        hour = Hour(fleet, parts)
        await hour.begins()
        yield hour


async def test_following_100_targets_costs_nothing_while_nothing_changes(hour: Hour) -> None:
    """And one conditional request a look for each workflow."""
    await hour.passes(MINUTE)
    before, asked = hour.used, len(hour.fleet.github.received)
    looks = 4
    await hour.passes(looks * Every().idle)
    requests = [each.path for each in hour.fleet.github.received[asked:]]
    assert hour.used == before
    assert sorted(requests) == sorted(
        looks
        * [f"/repos/{each.name}/actions/workflows/{each.workflow}/runs" for each in (APP, REPORTS, MAIL)]
    )


@pytest.mark.timeout(600)
async def test_an_hours_work_fits_into_githubs_allowance(
    hour: Hour, record_property: Callable[[str, object], None]
) -> None:
    """60 status, 20 where, 10 deploys, and a push to each repository that 100 targets follow."""
    places, commits = cycle(hour.world.targets), cycle(COMMITS)
    counts: dict[str, int] = {}

    def count(what: str, before: int) -> None:
        counts[what] = counts.get(what, 0) + hour.used - before

    for minute in range(60):
        before = hour.used
        await status(hour.world, hour.world.targets[next(places)])
        count("status", before)
        if minute % 3 == 0:
            before, (name, sha) = hour.used, next(commits)
            await journey(hour.world, hour.world.targets[name], sha)
            count("where", before)
        if minute < 10:
            before = hour.used
            await hour.deploy(f"app{2 * minute:02}", story.BUILT)
            count("deploys", before)
        if minute == 10:
            hour.push()
        before = hour.used
        await hour.passes(MINUTE)
        count("follows", before)
    record_property("requests that GitHub counts", counts)
    assert await hour.followed() == set(hour.world.targets)
    assert hour.used < ALLOWED
