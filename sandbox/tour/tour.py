"""The tour: looks at the stage again and again, marks what was seen, and tells the page what changed."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from sandbox.tour.scene import Scene
from sandbox.tour.state import groups
from sandbox.tour.steps import STEPS, Line, Press, Step
from sandbox.tour.switches import Outside

if TYPE_CHECKING:
    from sandbox.slack import Control
    from sandbox.stage import Stage

LOOK_EVERY = 0.3  # seconds


class Tour:
    """The steps of one stage, and how far each was seen.

    Attributes:
        seen: how many marks of each step were seen.
        controls: what can be done outside Slack, the given ones among it.
    """

    def __init__(self, stage: Stage, *controls: Control) -> None:
        self._stage = stage
        self._outside = Outside(stage)
        self._run = secrets.token_hex(4)  # tells one story from the next
        self._state: list[dict[str, Any]] = []
        self._shown: object = None
        self._watching: asyncio.Task[None] | None = None
        self._ends = False
        self.seen = [0] * len(STEPS)
        self.controls = (*controls, *self._outside.controls)
        stage.slack.page.show(self)

    def start(self) -> None:
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Wait for the look that is under way: redis-py may take a cancel for its own timeout, and go on."""
        self._ends = True
        if self._watching:
            await self._watching

    async def _watch(self) -> None:
        while not self._ends:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Mark what is so, and tell the page where anything changed."""
        scene = Scene(self._stage, self._outside, await self._roles())
        for number, step in enumerate(STEPS):
            self._mark(number, step, scene)
        self._state = groups(self._stage, scene.roles)
        now = self._stage.slack.page.outside()
        if now != self._shown:
            self._shown = now
            self._stage.slack.workspace.tell("outside", None)

    async def _roles(self) -> list[Any]:
        return await self._stage.redis.roles() if self._stage.redis else []

    def _mark(self, number: int, step: Step, scene: Scene) -> None:
        while self.seen[number] < len(step.marks) and step.marks[self.seen[number]].seen(scene):
            self.seen[number] += 1

    def as_json(self) -> dict[str, Any]:
        """The steps with what was seen of them, and the state of each system."""
        steps = [_step(step, seen) for step, seen in zip(STEPS, self.seen, strict=True)]
        stands = self._stage.world.clock.stands
        return {"run": self._run, "stands": stands, "steps": steps, "state": self._state}


def _step(step: Step, seen: int) -> dict[str, Any]:
    marks = [{"says": mark.says, "seen": number < seen} for number, mark in enumerate(step.marks)]
    does = [_deed(deed) for deed in step.does]
    return {"title": step.title, "happens": step.happens, "does": does, "marks": marks}


def _deed(deed: Line | Press) -> dict[str, str]:
    if isinstance(deed, Press):
        return {"control": deed.control}
    return {"line": deed.text, "who": deed.who}
