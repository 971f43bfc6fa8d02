"""deploy SHA --at TIME: judged when it is asked for, and once more when its time has come."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.freeze import Freeze, Freezes
from deploy.core.model import Offer, Resource
from deploy.core.outcomes import Cancelled, Completed, Refused
from deploy.core.units import instant
from deploy.deploys.arguments import DeployArguments, WaitArguments
from deploy.engine.journal import Lost
from sandbox import story
from tests.deploy.conftest import MARKO
from tests.deploy.play import Play, deployed

if TYPE_CHECKING:
    from deploy.core.model import Operation

APP = Resource("app", "app")
SOON, MINUTE = 0.3, 60.0


async def test_when_its_time_has_come_a_deploy_begins(play: Play) -> None:
    locked: list[object] = []

    async def look() -> None:
        locked.append(await play.world.memory.locks.locked())

    play.journal.at["wait for its time"] = look
    later = await _later(play, story.BUILT, after=SOON)
    deploy = await _begun_by(play, later)
    assert locked == [{}]
    assert (deploy.kind, deploy.actor, deploy.origin, deploy.resources, deploy.arguments) == (
        "deploy",
        later.actor,
        later.origin,
        (APP,),
        DeployArguments("app", story.BUILT),
    )
    assert deployed(await play.end(deploy)).sha == story.BUILT


async def test_what_would_be_refused_now_is_told_at_once(play: Play) -> None:
    outcome = await play.end(await _later(play, story.DOCS_ONLY))
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "not_built"


async def test_a_build_that_runs_when_it_is_asked_for_is_waited_for_at_its_time(play: Play) -> None:
    later = await _later(play, story.BUILDING, after=SOON)
    waiting = await _begun_by(play, later)
    assert (waiting.kind, waiting.arguments) == ("wait", WaitArguments("app", story.BUILDING))
    note = (await _notes(play, later))["look ahead"]
    assert note.startswith("9c41d07 is still building (")
    assert note.endswith(", so it has no image yet: its deploy waits for that")
    play.outside.clock.skip(20 * story.MINUTE)
    outcome = await play.end(waiting)
    assert isinstance(outcome, Completed)
    deployed(await play.end((await play.journal.load(outcome.begun)).operation))


async def test_it_may_wait_in_line_at_its_time(play: Play) -> None:
    later = await _later(play, story.BUILT, after=SOON, wait=True, newest=True, force=True)
    waiting = await _begun_by(play, later)
    assert (waiting.kind, waiting.arguments) == (
        "wait",
        WaitArguments("app", story.BUILT, force=True, newest=True),
    )


async def test_a_hold_that_ends_before_its_time_is_in_nobodys_way(play: Play) -> None:
    now = await play.world.memory.now()
    await play.world.memory.locks.hold(APP, MARKO, "incident", until=now + MINUTE)
    later = await _later(play, story.BUILT, after=2 * MINUTE)
    await play.reached(later, "wait for its time")


@pytest.mark.parametrize(("begins", "ends", "refused"), [(-60, 30, False), (30, 90, True)])
async def test_a_freeze_counts_where_it_is_open_at_its_time(
    play: Play, begins: int, ends: int, *, refused: bool
) -> None:
    now = await play.world.memory.now()
    dates = " to ".join(_minute(now + each * MINUTE) for each in (begins, ends))
    play.world = replace(play.world, freezes=Freezes((Freeze("we measure", dates=(dates,)),)))
    play.engine = play.another_engine("frozen")
    later = await _later(play, story.BUILT)
    if not refused:
        await play.reached(later, "wait for its time")
        return
    outcome = await play.end(later)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "frozen"


async def test_a_hold_without_an_end_refuses_it_at_once(play: Play) -> None:
    await play.world.memory.locks.hold(APP, MARKO, "incident")
    outcome = await play.end(await _later(play, story.BUILT))
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "on_hold"


async def test_a_hold_at_its_time_refuses_it_with_whose_it_is(play: Play) -> None:
    play.journal.at["begin"] = lambda: play.world.memory.locks.hold(APP, MARKO, "incident")
    outcome = await play.end(await _later(play, story.BUILT, after=SOON))
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence.startswith("Not started: @marko holds app since ")


async def test_a_lock_at_its_time_refuses_it_with_whose_it_is(play: Play) -> None:
    begun: list[Operation] = []

    async def begin_another() -> None:
        play.outside.coolify.queue.freeze()
        begun.append(await play.begin("deploy", target="app", ref=story.MULTI_ARCH, force=True))

    play.journal.at["begin"] = begin_another
    outcome = await play.end(await _later(play, story.BUILT, after=SOON, force=True))
    (first,) = begun
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence.startswith("Not started: @ana is deploying 0b94ac7 to app (")
    assert outcome.error.offers == (
        Offer("Deploy after it", "deploy 3f2a1b9 --to app --wait"),
        Offer("Show it", f"op {first.id}"),
    )
    play.outside.coolify.queue.thaw()
    deployed(await play.end(first))


async def test_it_is_judged_anew_at_its_time(play: Play) -> None:
    play.journal.at["begin"] = lambda: play.app.columns.update(build_pack="nixpacks")
    outcome = await play.end(await _begun_by(play, await _later(play, story.BUILT, after=SOON)))
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "wrong_build_pack"


async def test_three_minutes_late_it_goes_on(play: Play) -> None:
    later = await _later(play, story.BUILT, after=-3 * MINUTE)
    deployed(await play.end(await _begun_by(play, later)))


async def test_more_than_fifteen_minutes_late_it_is_not_done_and_told(play: Play) -> None:
    at = await play.world.memory.now() - 20 * MINUTE
    outcome = await play.end(await play.begin("later", target="app", ref=story.BUILT, at=at))
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence, outcome.error.hint) == (
        "time_passed",
        (
            f"Not started: its time ({instant(at)}) had passed while fisk was away: it is 20 min late,"
            " and 15 min is the most."
        ),
        "Deploy it now: `/fisk deploy 3f2a1b9 --to app`.",
    )
    assert play.app.deploys == 0


async def test_a_cancel_ends_it_before_anything_is_changed(play: Play) -> None:
    later = await _later(play, story.BUILT, after=60 * MINUTE)
    await play.reached(later, "wait for its time")
    await play.journal.cancel(later.id, MARKO)
    assert await play.end(later) == Cancelled(MARKO)


async def test_a_restart_of_fisk_hands_it_over_at_once_however_long_it_lets_others_finish(play: Play) -> None:
    later = await _later(play, story.BUILT)
    await play.reached(later, "wait for its time")
    await play.engine.drain(60 * MINUTE)
    left = await play.journal.load(later.id)
    assert (left.state, left.step, left.runner) == ("running", "wait for its time", "")
    await play.journal.cancel(later.id, MARKO)
    play.engine = play.another_engine("second")
    assert await play.engine.run_one(later.id)
    assert await play.end(later) == Cancelled(MARKO)


async def test_a_crash_after_the_deploy_began_begins_no_second_one_however_late(play: Play) -> None:
    def lose() -> None:
        raise Lost("the runner is gone")

    play.journal.before_keeping["begin"] = lose
    later = await _later(play, story.BUILT, after=SOON)
    deployed(await play.end(await _begun_by(play, later)))
    assert play.app.deploys == 1


async def test_latest_is_what_it_names_at_its_time(play: Play) -> None:
    later = await _later(play, "latest", after=SOON)
    assert (await _begun_by(play, later)).arguments == DeployArguments("app", "latest")


async def _later(play: Play, ref: str, after: float = 60 * MINUTE, **more: bool) -> Operation:
    at = await play.world.memory.now() + after
    return await play.begin("later", target="app", ref=ref, at=at, **more)


def _minute(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at))


async def _begun_by(play: Play, later: Operation) -> Operation:
    outcome = await play.end(later)
    assert isinstance(outcome, Completed), outcome
    assert outcome.note == f"the time for {await _sha(play, later)} has come; it goes on as {outcome.begun}"
    return (await play.journal.load(outcome.begun)).operation


async def _sha(play: Play, later: Operation) -> str:
    events = await play.journal.events(later.id)
    return next(event.subject[:7] for event in events if event.event == "step_finished")


async def _notes(play: Play, operation: Operation) -> dict[str, str]:
    events = await play.journal.events(operation.id)
    return {event.step: event.note for event in events if event.event == "step_finished"}
