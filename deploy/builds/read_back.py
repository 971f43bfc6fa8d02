"""Shared by the stories about builds: requests whose answer may be lost, and polling until the effect shows."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from deploy.builds.errors import BuildNotFound, BuildNotShown
from deploy.core import errors
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.engine.engine import Op
    from deploy.world import World

ASK = "ask GitHub"
# After these errors GitHub may have executed the request.
LOST = (errors.TimedOut, errors.Unreachable, errors.ServerFault, errors.NotJson, errors.Unexpected)


@dataclass(frozen=True, slots=True)
class Requested:
    """A request sent to GitHub. `lost`: why there was no answer; `build`: the run that it named, if any.

    `answer` is the request's result, where known.
    """

    lost: str = ""
    build: int = 0
    answer: str = ""

    @property
    def note(self) -> str:
        lost = self.lost.rstrip(".")
        return f"its answer was lost ({lost}), so whether it took it shows below" if lost else self.answer


async def the_build(world: World, number: int) -> Build:
    """The current state of a build. Raises BuildNotFound, SystemFailure."""
    try:
        return await world.systems.github.run(number)
    except errors.NotThere:
        raise BuildNotFound(build=number, repository=world.systems.github.repository) from None


async def shown(
    world: World,
    op: Op,
    look: Callable[[], Awaitable[Build | None]],
    *,
    state: str,
    url: str,
    within: float,
) -> Build:
    """Poll until the effect shows; GitHub's failures in between are retried.

    Args:
        world: where.
        op: the operation, which tells what is waited for.
        look: the build once it shows the effect, None before.
        state: what GitHub shows until then, for the error.
        url: the build's page, for the error.
        within: seconds.

    Raises:
        BuildNotShown: the effect did not show in time.
        BuildNotFound: it was deleted meanwhile.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            if found := await look():
                return found
        except errors.SystemFailure as failure:
            await op.report(str(failure))
        if time.monotonic() > deadline:
            raise BuildNotShown(minutes=round(within / 60, 1), state=state, url=url)
        await op.pause(world.timeouts.poll)
