"""The failing step of a build: the same in every view, and a long log does not block the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.builds.failing import Failing, failing_step
from deploy.builds.report import report
from deploy.core.github_model import Job, JobStep
from deploy.core.model import short
from deploy.notices.findings import TAIL, find
from deploy.status.journey import Built, journey
from sandbox import story

if TYPE_CHECKING:
    from tests.deploy.play import Play

MOST = 16 * 2**20  # bytes, the largest log that is read
LINE = "2026-01-12T08:00:00.0000000Z #14 RUN npm ci --no-audit --no-fund --prefer-offline\n"


async def test_build_where_and_the_notice_name_one_step_and_the_end_of_one_log(play: Play) -> None:
    world, target = play.world, play.world.targets.named("app")
    build = (await world.systems.github.builds(story.WORKFLOW, sha=story.BUILD_FAILED))[0]
    told = (await report(world, target, build)).failing
    built = (await journey(world, target, short(story.BUILD_FAILED))).built
    notice = await find(world, build, await world.memory.now())
    assert isinstance(told, Failing)
    assert isinstance(built, Built)
    assert isinstance(told.log, tuple)
    assert told.step is not None
    assert told.step.name == "Build and push"
    assert (built.failing, notice.failing) == (told, Failing(told.job, told.step, told.log[-TAIL:]))


def a_job(conclusion: str, *steps: str) -> Job:
    each = (JobStep(name, place, "completed", name, 0, 0) for place, name in enumerate(steps))
    return Job(7, "build", "completed", conclusion, 0, 0, "", steps=tuple(each))


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "startup_failure", "action_required"])
async def test_every_bad_end_of_a_job_is_one_of_the_notice_too(
    play: Play, monkeypatch: pytest.MonkeyPatch, conclusion: str
) -> None:
    jobs = (a_job("success"), a_job(conclusion, "success", "failure"))

    async def listed(_: int) -> tuple[Job, ...]:
        return jobs

    monkeypatch.setattr(play.world.systems.github, "jobs", listed)
    build = (await play.world.systems.github.builds(story.WORKFLOW, sha=story.BUILD_FAILED))[0]
    told = await failing_step(play.world, jobs, lines=TAIL)
    assert told is not None
    assert (told.job, (await find(play.world, build, 0.0)).failing) == (jobs[1], told)


async def test_while_the_end_of_a_long_log_is_looked_for_others_are_served(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = 0

    async def serve() -> None:
        nonlocal served
        while True:
            served += 1
            await asyncio.sleep(0)

    async def log(_: int) -> str:
        return LINE * (MOST // len(LINE))

    monkeypatch.setattr(play.world.systems.github, "log", log)
    serving = asyncio.create_task(serve())
    found = await failing_step(play.world, (a_job("failure", "failure"),), lines=TAIL)
    serving.cancel()
    assert found is not None
    assert found.log == ("#14 RUN npm ci --no-audit --no-fund --prefer-offline",) * TAIL
    assert served > 100, "the loop went on, again and again"
