"""After a deploy its checks are asked again for a while; one that fails twice puts back what ran before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.model import Resource
from deploy.core.outcomes import Cancelled, Refused
from deploy.deploys.bake import baking_of
from deploy.deploys.outcomes import Baked, BakeEnded, BakeFailed, Deployed, PutBack
from sandbox import story
from sandbox.host import Container
from sandbox.world import ERRORS
from tests.deploy.conftest import MARKO, ended
from tests.deploy.deploys.checks import RUN, checked, get, query
from tests.deploy.play import Play, deployed
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Snapshot

LONG = 3600.0  # seconds: until something ends it
SENTENCE = "3f2a1b9 failed its check “errors”: 0.3 is not below 0.05."


async def baking(play: Play, bake: float = LONG) -> Operation:
    """A deploy is over, and what it brought bakes."""
    checked(play, RUN, query(play), bake=bake)
    deploy = await play.begin("deploy", target="app", ref=story.BUILT)
    assert isinstance(await play.end(deploy), Deployed)
    return (await play.journal.load(bakes(deploy.id))).operation


def bakes(deploy: str) -> str:
    return baking_of(deploy, "app")


def puts_back(bake: str) -> str:
    return f"p{bake[1:]}"


def sick(play: Play, value: float = 0.3) -> None:
    play.outside.prometheus.measure(ERRORS, value)


async def end_of(play: Play, operation: str) -> Outcome:
    outcome = (await ended(play.journal, operation)).outcome
    assert outcome is not None
    return outcome


async def fails(play: Play, bake: Operation) -> BakeFailed:
    outcome = await end_of(play, bake.id)
    assert isinstance(outcome, BakeFailed), outcome
    return outcome


async def looked(play: Play, times: int = 1) -> None:
    """Wait for so many more looks."""
    asked = play.outside.prometheus.asked("GET /api/v1/query")

    async def more() -> bool:
        return play.outside.prometheus.asked("GET /api/v1/query") >= asked + times

    await until(more)


async def begun(play: Play, kind: str) -> list[Snapshot]:
    """All operations of a kind, over or under way."""
    over = await play.world.memory.history.operations(limit=50)
    return [each for each in (*over, *await play.journal.running()) if each.operation.kind == kind]


async def test_a_deploy_bakes_until_it_is_proven(play: Play) -> None:
    checked(play, RUN, get(play), query(play), bake=0.2)
    deploy = await play.begin("deploy", target="app", ref=story.BUILT)
    outcome = deployed(await play.end(deploy))
    assert (outcome.checks, outcome.warnings) == (3, ())
    bake = (await play.journal.load(bakes(deploy.id))).operation
    assert bake.arguments.until == outcome.bakes_until  # type: ignore[attr-defined]
    assert (bake.resources, bake.actor, bake.origin) == ((), deploy.actor, deploy.origin)
    end = await end_of(play, bake.id)
    assert isinstance(end, Baked)
    assert replace(end, seconds=0.2) == Baked("app", story.BUILT, 0.2, checks=3)
    assert await play.world.memory.now() >= outcome.bakes_until
    assert play.runs == story.BUILT


async def test_meanwhile_the_lock_is_free(play: Play) -> None:
    bake = await baking(play)
    assert await play.world.memory.locks.locked() == {}
    await play.journal.cancel(bake.id, MARKO)
    assert await end_of(play, bake.id) == Cancelled(MARKO)


async def test_without_a_bake_nothing_goes_on(play: Play) -> None:
    checked(play, RUN)
    await play.deploy(story.BUILT)
    assert await begun(play, "bake") == []


async def test_a_check_that_fails_twice_in_a_row_puts_back_what_ran(play: Play) -> None:
    bake = await baking(play)
    await looked(play)
    sick(play)
    failed = await fails(play, bake)
    assert failed == BakeFailed(failed.error, "app", story.BUILT, puts_back(bake.id))
    assert (failed.error.code, failed.error.sentence) == ("check_failed", SENTENCE)
    end = await end_of(play, failed.begun)
    assert end == PutBack(failed.error, "app", story.RUNS, healthy=True, redeployed=True)
    assert (play.runs, play.set_to) == (story.RUNS, (story.RUNS, story.RUNS))
    page = play.outside.github.deployments.all[-1]
    assert [each.state for each in page.statuses][-1] == "failure"


async def test_one_blip_puts_nothing_back(play: Play) -> None:
    bake = await baking(play)
    await looked(play)
    blips = [0.3, 0.0]
    play.outside.prometheus.upcoming[ERRORS] = [*blips, *blips, *blips]
    await looked(play, len(blips) * 3 + 1)
    assert (await play.journal.load(bake.id)).open
    assert await begun(play, "put back") == []


async def test_a_check_that_is_not_known_in_the_end_is_told_so(play: Play) -> None:
    bake = await baking(play, bake=0.5)
    await play.outside.prometheus.stop()
    end = await end_of(play, bake.id)
    assert isinstance(end, Baked)
    assert (end.checks, end.unknown) == (
        1,
        ("errors (Prometheus cannot be reached (nothing listens there))",),
    )


async def test_a_newer_deploy_ends_it(play: Play) -> None:
    bake = await baking(play)
    newer = await play.begin("deploy", target="app", ref=story.MULTI_ARCH, force=True)
    await play.end(newer)
    assert await end_of(play, bake.id) == BakeEnded("app", story.BUILT, f"{newer.id} came after it")


async def test_a_newer_deploy_that_is_refused_does_not(play: Play) -> None:
    bake = await baking(play)
    assert isinstance(await play.deploy(story.DOCS_ONLY), Refused)
    await looked(play, 2)
    assert (await play.journal.load(bake.id)).open


async def test_another_image_that_somebody_started_ends_it(play: Play) -> None:
    bake = await baking(play)
    shipped = play.outside.registry.find(story.IMAGE, story.MULTI_ARCH)
    assert shipped is not None
    play.outside.host.running["app"] = Container.of(shipped)
    assert await end_of(play, bake.id) == BakeEnded("app", story.BUILT, "app runs 0b94ac7 now")


async def test_what_a_person_holds_is_not_put_back_but_told(play: Play) -> None:
    bake = await baking(play)
    await play.world.memory.locks.hold(Resource("app", "app"), MARKO, "I look at it")
    sick(play)
    failed = await fails(play, bake)
    assert (failed.begun, failed.why) == ("", "it is on hold: I look at it")
    assert play.runs == story.BUILT


async def test_where_nobody_can_say_what_runs_it_is_told(play: Play) -> None:
    bake = await baking(play)
    await looked(play)
    play.journal.at["put back"] = lambda: _silence(play)
    sick(play)
    failed = await fails(play, bake)
    assert (failed.begun, failed.why.startswith("whether it still runs is not known")) == ("", True)
    assert play.runs == story.BUILT


def _silence(play: Play) -> None:
    play.outside.hosts.vps01.cut = True
    play.outside.coolify.faults.queue("* /*", status=500, body="{}", times=999)


async def test_under_its_lock_it_is_looked_at_once_more(play: Play) -> None:
    """Between the look and the lock somebody started another image."""
    bake = await baking(play)
    shipped = play.outside.registry.find(story.IMAGE, story.MULTI_ARCH)
    assert shipped is not None

    def past_fisk() -> None:
        play.outside.host.running["app"] = Container.of(shipped)

    play.journal.at["still runs"] = past_fisk
    sick(play)
    failed = await fails(play, bake)
    end = await end_of(play, failed.begun)
    assert isinstance(end, Refused)
    assert (end.error.code, end.error.sentence) == (
        "not_gone_back",
        "3f2a1b9 is not put back: app runs 0b94ac7 now.",
    )
    assert play.runs == story.MULTI_ARCH


async def test_it_goes_on_elsewhere_and_says_where_nobody_looked(play: Play) -> None:
    bake = await baking(play, bake=0.6)
    await looked(play)
    await play.engine.drain(0)

    async def over() -> bool:
        return await play.world.memory.now() > bake.created + 0.7

    await until(over)
    play.engine = play.another_engine("second")
    await play.engine.run_one(bake.id)
    end = await end_of(play, bake.id)
    assert isinstance(end, Baked)
    assert (end.checks, end.unseen > 0.04) == (2, True)


async def test_it_is_put_back_once_however_often_the_bake_dies(play: Play) -> None:
    bake = await baking(play)
    play.journal.before_keeping["put back"] = lambda: play.engine._runs[bake.id][0].suspend("killed")
    sick(play)

    async def suspended() -> bool:
        return bool(await begun(play, "put back")) and bake.id not in play.engine.running

    await until(suspended)
    await play.engine.run_one(bake.id)
    failed = await fails(play, bake)
    assert failed.begun == puts_back(bake.id)
    await end_of(play, failed.begun)
    assert [each.operation.id for each in await begun(play, "put back")] == [failed.begun]
    assert play.runs == story.RUNS


async def test_a_deploy_that_dies_as_it_begins_to_bake_begins_it_once(play: Play) -> None:
    checked(play, RUN, query(play), bake=LONG)
    deploy = await play.begin("deploy", target="app", ref=story.BUILT)
    play.journal.before_keeping["bake"] = lambda: play.engine._runs[deploy.id][0].suspend("killed")

    async def suspended() -> bool:
        return bool(await begun(play, "bake")) and deploy.id not in play.engine.running

    await until(suspended)
    await play.engine.run_one(deploy.id)
    outcome = deployed(await play.end(deploy))
    (bake,) = await begun(play, "bake")
    assert bake.operation.arguments.until == outcome.bakes_until  # type: ignore[attr-defined]
