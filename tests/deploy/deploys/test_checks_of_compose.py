"""The checks of a target that compose runs: a command passes in each of its containers, or in those of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.checks import Check
from deploy.deploys.bake import baking_of
from deploy.deploys.checking import Checked, ask
from deploy.deploys.outcomes import BakeFailed, Deployed, PutBack
from sandbox import workers_story as story
from sandbox.world import ERRORS, World
from tests.deploy.conftest import ended
from tests.deploy.play import Play
from tests.sandbox.workers import Workers, everywhere
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.redis.connect import State

RUN = Check("commit", run=("printenv", "GIT_SHA"))


@pytest.fixture
async def play(state: State) -> AsyncIterator[Play]:
    async with World(speed=0, workers=True) as outside:
        play = Play(outside, state)
        yield play
        await play.close()


def checked(play: Play, *checks: Check, bake: float = 0) -> None:
    target = replace(play.world.targets.named("workers"), checks=checks, bake=bake)
    play.world = with_targets(play.world, target)
    play.engine.draining = True  # it knows nothing of them
    play.engine = play.another_engine("checking")


async def test_every_container_is_asked(play: Play) -> None:
    target = play.world.targets.named("workers")
    vps = play.outside.hosts.vps
    assert await ask(play.world, target, RUN) == Checked("commit", "passed")
    everyone = vps.asked("docker exec")
    assert everyone == len(everywhere(story.RUNS))
    service, _ = next(iter(everywhere(story.RUNS).items()))
    assert await ask(play.world, target, replace(RUN, service=service)) == Checked("commit", "passed")
    assert vps.asked("docker exec") == everyone + 1


async def test_the_container_that_fails_is_named(play: Play) -> None:
    target = play.world.targets.named("workers")
    found = await ask(play.world, target, Check("ghost", run=("printenv", "GHOST")))
    assert (found.verdict, found.why.endswith(": status 1, it says nothing")) == ("failed", True)
    assert found.why.startswith("fiskai-workers")
    nobody = await ask(play.world, target, replace(RUN, service="ghost"))
    assert nobody == Checked("commit", "failed", "no container of ghost on vps")


async def test_a_check_that_fails_puts_every_container_back(play: Play) -> None:
    checked(play, Check("ghost", run=("printenv", "GHOST")))
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, PutBack), outcome
    assert outcome.error.code == "check_failed"
    assert await Workers(play.outside).commits() == everywhere(story.RUNS)


async def test_so_does_one_that_fails_while_it_bakes(play: Play) -> None:
    query = Check("errors", query=ERRORS, prometheus=play.outside.prometheus.url, below=0.05)
    checked(play, RUN, query, bake=3600)
    deploy = await play.begin("deploy", target="workers", ref=story.BUILT)
    assert isinstance(await play.end(deploy), Deployed)
    play.outside.prometheus.measure(ERRORS, 0.3)
    failed = (await ended(play.journal, baking_of(deploy.id, "workers"))).outcome
    assert isinstance(failed, BakeFailed)
    back = (await ended(play.journal, failed.begun)).outcome
    assert isinstance(back, PutBack), back
    assert await Workers(play.outside).commits() == everywhere(story.RUNS)
