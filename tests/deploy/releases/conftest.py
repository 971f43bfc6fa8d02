"""A target that follows its branch, and the replica that sees to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from deploy.access.access import Access
from deploy.notices.store import Notices, Rules
from deploy.notices.watch import Every, Watch
from deploy.redis.mutex import Mutex
from deploy.releases.follower import Follower
from deploy.releases.following import Following
from deploy.releases.follows import Follows
from sandbox import story

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.core.outcomes import Outcome
    from deploy.engine.snapshot import Snapshot
    from deploy.redis.connect import State  # noqa: TC004 (a dataclass only keeps the name)
    from tests.deploy.play import Play  # noqa: TC004 (a dataclass only keeps the name)


@dataclass
class Followed:
    """`staging` follows, by fisk.toml."""

    play: Play
    state: State

    def replica(self, name: str = "r1") -> tuple[Watch, Follower]:
        mutex = Mutex(self.state, name)
        watch = Watch(self.play.world, Notices(self.state), Rules(self.state, {}), mutex, Every())
        return watch, Follower(self.play.world, mutex)

    def wants(self, name: str, **how: object) -> None:
        """Change a target as another fisk.toml would."""
        access = self.play.world.memory.stores.of(Access)
        before = access.rules.targets.get(name) or self.play.world.targets[name]
        changed: Target = replace(before, **how)  # type: ignore[arg-type]
        access.rules = replace(access.rules, targets={**access.rules.targets, name: changed})

    async def push(self, title: str, **how: object) -> str:
        """Somebody pushes, and its build ends."""
        pushed = self.play.outside.github.push(title, built=story.Built(minutes=1, **how)).sha  # type: ignore[arg-type]
        self.play.outside.clock.skip(20 * story.MINUTE)
        return pushed

    async def look(self, name: str = "r1") -> None:
        watch, follower = self.replica(name)
        await watch.look()
        await follower.look()

    async def how(self, target: str = "staging") -> Following:
        found = await self.play.world.memory.stores.of(Follows).of(target)
        assert found is not None
        return found

    async def last(self) -> Snapshot:
        """The operation that was begun last."""
        return await self.play.journal.load((await self.how()).operation)

    async def end(self) -> Outcome:
        return await self.play.end((await self.last()).operation)

    @property
    def runs(self) -> str:
        return self.play.outside.coolify.running("staging")

    @property
    def deploys(self) -> int:
        return self.play.outside.coolify.apps["staging"].deploys


@pytest.fixture
async def followed(play: Play, state: State) -> Followed:
    """What was built before is history."""
    it = Followed(play, state)
    play.outside.clock.skip(60 * story.MINUTE)
    newest = (await play.world.systems.github.builds(story.WORKFLOW, branch="main"))[0]
    since = await play.world.memory.now() - 60
    await Follows(state).change("staging", lambda _: Following(on=True, since=since, done=newest))
    it.wants("staging", follow=True)
    return it
