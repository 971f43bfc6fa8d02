"""A watcher of builds, with its own list of what it has told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.engine.outbox import Outbox
from deploy.notices.store import MESSAGE, Notices, Rules
from deploy.notices.watch import Every, Watch
from deploy.redis.mutex import Mutex
from sandbox import story
from sandbox.github.webhooks import of_run
from tests.deploy.conftest import journal, outside, play, state

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.notices.policy import Rule
    from deploy.redis.connect import State
    from deploy.world import World
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "outside", "play", "state"]


IDLE, BUSY = 15.0, 5.0
EVERYBODY: dict[str, Rule] = {"C0DEPLOYS": "all"}


class Looking:
    """A replica that looks, and what came of it."""

    def __init__(
        self, world: World, state: State, name: str = "r1", rules: dict[str, Rule] = EVERYBODY
    ) -> None:
        self.state = state
        self.notices = Notices(state)
        self.world = world
        rules_ = Rules(state, rules)
        self.watch = Watch(world, self.notices, rules_, Mutex(state, name), Every(IDLE, BUSY))

    async def messages(self) -> list[str]:
        """What there is to tell, crossed off."""
        outbox, about = Outbox(self.state), []
        while message := await outbox.take("test", 0.01):
            if message.kind == MESSAGE:
                about.append(message.about)
            await outbox.sent(message)
        return about

    async def build(self, sha: str) -> Build:
        """A commit's newest build, as GitHub tells it."""
        return (await self.world.systems.github.builds(story.WORKFLOW, sha=sha))[0]


@pytest.fixture
def looking(play: Play, state: State) -> Looking:
    return Looking(play.world, state)


async def hear(looking: Looking, outside: Sandbox, delivery: str = "d-1", **changes: object) -> str | None:
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILDING)
    body = of_run(outside.github.actions.payloads, run, "in_progress").json
    body["workflow_run"] |= changes
    return await looking.watch.hear(body, delivery)
