"""What is sent to the host of a project that docker compose runs: whole commands of the shipped list, and no value."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.cli.check_compose import of_compose
from deploy.deploys.outcomes import Deployed
from sandbox import workers_story as story
from sandbox.compose import files
from sandbox.compose.edition import V1, V2
from sandbox.world import World
from tests.deploy.play import Play
from tests.gate import stray
from tests.sandbox.workers import VARIABLES

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.compose.edition import Edition


@pytest.fixture
async def play(state: State) -> AsyncIterator[Play]:
    async with World(speed=0, workers=True) as outside:
        play = Play(outside, state)
        yield play
        await play.close()


@pytest.mark.parametrize("edition", [V1, V2], ids=lambda edition: edition.command)
async def test_all_of_it_is_on_the_list_for_the_locked_down_key(play: Play, edition: Edition) -> None:
    hosts = play.outside.hosts
    hosts.compose.installed = {edition.command}
    hosts.compose.containers.keeps = {"letters"}
    target = play.world.targets["workers"]
    assert f"`{edition.command}` on vps" in await of_compose(target, play.world)
    assert isinstance(await play.deploy(story.BUILT, "workers"), Deployed)
    sent = hosts.vps.lines
    assert stray(hosts) == []
    assert [line for line in sent if line.endswith("--force-recreate letters")] != []


async def test_no_value_is_in_a_command_and_no_secret_in_an_answer(play: Play) -> None:
    hosts = play.outside.hosts
    await play.deploy(story.BUILT, "workers")
    assert [line for line in hosts.vps.lines if story.BUILT in line or files.SECRET in line] == []
    assert f"fisk-compose write {hosts.workers} {' '.join(VARIABLES)}" in hosts.vps.lines
