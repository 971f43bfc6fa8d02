"""status, where, builds, build, runner: the actual state; a system that is down hides no other."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from deploy.builds.rules import doing
from deploy.builds.under_way import Building
from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import Release
from deploy.status.drift import Drift
from deploy.status.journey import Built
from sandbox import story
from sandbox.host import Container
from tests.commands.chain import ALL, build, down, status, where
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from commands.deploys import Judged
    from sandbox.world import World
    from tests.commands.conftest import Asking


async def test_the_whole_chain_in_one_look(asking: Asking) -> None:
    await asking("lock staging we measure")
    it = await status(asking)
    assert (it.live.running.sha, it.live.running.pinned, it.live.behind) == (story.RUNS, True, 5)
    assert (it.live.running.source, it.live.drift) == ("host", Drift())
    assert isinstance(it.building, Building)
    assert it.building.newest is not None
    assert (it.building.newest.sha, len(it.building.jobs)) == (story.BUILDING, 1)
    assert it.building.built is not None
    assert it.building.built.sha == story.BUILT
    assert it.image is not None
    assert not isinstance(it.image, Unknown)
    assert (it.image.revision, it.image.platforms) == (story.BUILT, ("linux/arm64",))
    assert not isinstance(it.memory, Unknown)
    assert [hold.reason for hold in it.memory.holds] == ["we measure"]
    assert (it.coolify, it.live.health) == ("4.3.11", replace(it.live.health, status=200))  # type: ignore[arg-type]
    assert it.calls_left is not None
    assert it.calls_left[1] == 5000


async def test_a_renamed_repository_is_shown_as_before_with_its_new_name(
    asking: Asking, outside: World
) -> None:
    before = await status(asking)
    new = outside.github.rename()
    after = await status(asking)
    assert isinstance(after.building, Building)
    assert after.building.newest is not None
    assert after.building.newest.sha == story.BUILDING
    assert (before.renamed, after.renamed) == ("", new)


async def test_what_was_seen_before_is_asked_for_at_once(asking: Asking, outside: World) -> None:
    """The jobs of the build under way and the proof cost no second round."""
    await status(asking)
    outside.github.received.clear()
    await status(asking)
    paths = [each.path for each in outside.github.received]
    assert sum(path.endswith("/jobs") for path in paths) == 1, "those of earlier builds stay as they are"
    assert len(paths) == 6
    outside.clock.skip(30 * story.MINUTE)
    it = await status(asking)
    assert isinstance(it.building, Building)
    assert it.building.newest is not None
    assert (it.building.newest.conclusion, it.building.jobs) == ("success", ())


async def test_how_long_a_build_will_be_is_the_same_wherever_it_is_told(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    report = await build(asking, story.BUILDING)
    assert report.left is not None
    for _ in range(2):  # without a hint of what is under way, and by it
        building = (await status(asking)).building
        assert isinstance(building, Building)
        assert (building.left, building.jobs) == (report.left, report.jobs)
    built = (await where(asking, story.BUILDING)).built
    assert isinstance(built, Built)
    assert (built.left, built.jobs) == (report.left, report.jobs)
    refusal = cast("Judged", await asking("deploy 9c41d07 --noop")).report.refusals[0]
    assert doing(report.build, built.jobs, report.left) in refusal.sentence


@pytest.mark.parametrize("system", ["github", "coolify", "registry", "host"])
async def test_a_system_that_is_down_hides_nothing_of_the_others(
    asking: Asking, outside: World, system: str
) -> None:
    down(getattr(outside, system))
    it = await status(asking)
    unknown = {
        "github": isinstance(it.head, Unknown) and isinstance(it.building, Unknown),
        "coolify": isinstance(it.coolify, Unknown) and it.live.running.tag is None,
        "registry": isinstance(it.image, Unknown),
        "host": not isinstance(it.live.health, Unknown) and it.live.health.status == 503,
    }
    assert {name for name, is_unknown in unknown.items() if is_unknown} == {system}


async def test_everything_may_be_down_and_fisk_still_answers(asking: Asking, outside: World) -> None:
    down(outside.github, outside.coolify, outside.registry, outside.host)
    it = await status(asking)
    assert isinstance(it.head, Unknown)
    assert it.head.why == "GitHub answers 503."


async def test_a_system_that_takes_too_long_is_said_to() -> None:
    told = await ask("Coolify", asyncio.Event().wait(), within=0.01)
    assert told == Unknown("Coolify did not answer within 0.01 s.")


async def test_slow_systems_become_lines_that_say_so(
    asking: Asking, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await status(asking)  # whatever is opened at first is open
    monkeypatch.setattr("deploy.core.ask.ANSWERS_WITHIN", 2.5)
    for system in (outside.coolify, outside.registry):
        system.faults.queue(ALL, delay=30, times=999)
    it = await status(asking)
    late = Unknown("Coolify did not answer within 2.5 s.")
    assert (it.coolify, it.image) == (late, replace(late, why=late.why.replace("Coolify", "The registry")))
    assert (it.live.running.sha, it.live.running.tag) == (story.RUNS, None)
    assert isinstance(it.building, Building)
    assert not isinstance(it.head, Unknown)


async def test_what_coolify_is_set_to_but_nobody_deployed_is_told(asking: Asking, outside: World) -> None:
    outside.coolify.apps["app"].columns["docker_registry_image_tag"] = story.BUILT
    it = await status(asking)
    assert (it.live.running.sha, it.live.drift) == (story.RUNS, Drift("3f2a1b9"))


async def test_another_commit_that_answers_than_what_runs_is_told(asking: Asking, outside: World) -> None:
    """Somebody started a container by hand, and routed the app's domain to it."""
    shipped = outside.registry.find(story.IMAGE, story.BUILT)
    assert shipped is not None
    outside.host.detours["app"] = Container.of(shipped)
    it = await status(asking)
    assert (it.live.running.sha, it.live.drift) == (story.RUNS, Drift(answers="3f2a1b9"))


async def test_a_commit_that_was_built_again_since_is_told(asking: Asking, outside: World) -> None:
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.RUNS)
    outside.github.runs.rerun(run, story.ANA)
    outside.clock.skip(60 * story.MINUTE)
    again = await asking.parts.world.systems.registry.image(f"{story.REGISTRY}/{story.IMAGE}", story.RUNS)
    for _ in range(2):  # without and with what was remembered
        it = await status(asking)
        assert (it.live.running.sha, it.live.drift) == (story.RUNS, Drift("", again, built=True))


async def test_a_tag_that_somebody_moved_is_told_and_not_called_a_build(
    asking: Asking, outside: World
) -> None:
    shipped = outside.registry.find(story.IMAGE, story.BUILT)
    assert shipped is not None
    outside.registry.tag(story.IMAGE, story.RUNS, shipped.digest, at=outside.clock.elapsed)
    drift = (await status(asking)).live.drift
    assert (drift.again and drift.again.digest, drift.built) == (shipped.digest, False)


async def test_an_unknown_target_is_refused(asking: Asking) -> None:
    with pytest.raises(errors.UnknownTarget):
        await asking("status shop")


async def test_a_release_of_fisks_own_says_by_whom(asking: Asking) -> None:
    digest = (await status(asking)).live.running.digest
    release = Release("app", story.RUNS, story.RUNS, digest, 1000, "d-7k3f", ANA)
    await asking.parts.world.memory.history.add_release(release)
    assert (await status(asking)).live.release == release
