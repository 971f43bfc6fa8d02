"""Those that wait for a target go in the order in which they asked, and one may let a newer one go in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Resource
from deploy.core.outcomes import Cancelled, Completed
from deploy.deploys.line import line_of, named, ordinal, placed, skipping
from deploy.deploys.outcomes import Skipped
from deploy.engine.journal import Lost
from sandbox import story
from tests.deploy.conftest import MARKO
from tests.deploy.play import Play, deployed
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.deploys.line import Line

APP = Resource("app", "app")


async def test_who_asked_first_goes_first_also_on_two_replicas(play: Play) -> None:
    newer = _pushed(play)
    await _hold(play)
    first = await _ready(play, story.BUILT)
    play.engine = play.another_engine("second")
    second = await _ready(play, newer)
    await _says(play, first, "on hold: incident")
    await _says(play, second, f"2nd in line for app, behind {first.id} (@ana, 3f2a1b9)")
    await _unhold(play)
    deploys = [await _deploy_of(play, each) for each in (first, second)]
    assert [deployed(await play.end(each)).sha for each in deploys] == [story.BUILT, newer]
    assert deploys[0].created < deploys[1].created
    assert (play.app.deploys, play.runs) == (2, newer)


async def test_one_that_waits_for_its_build_keeps_nobody_waiting(play: Play) -> None:
    building = await play.begin("wait", target="app", ref=story.BUILDING)
    await play.reached(building, "wait for the build")
    ready = await play.begin("wait", target="app", ref=story.BUILT)
    outcome = await play.end(ready)
    begun = f"d{ready.id[1:]}"
    told = f"3f2a1b9 is built; its deploy is {begun}, before {building.id} (@ana, 9c41d07), still building"
    assert outcome == Completed(told, begun=begun)
    deployed(await play.end(await _deploy_of(play, ready)))
    play.outside.clock.skip(20 * story.MINUTE)
    deployed(await play.end(await _deploy_of(play, building)))
    assert play.runs == story.BUILDING


async def test_one_that_was_told_to_skip_lets_a_newer_one_go_in_its_place(play: Play) -> None:
    newer = _pushed(play)
    await _hold(play)
    first = await _ready(play, story.BUILT, newest=True)
    second = await _ready(play, newer)
    await _unhold(play)
    assert await play.end(first) == Skipped("app", story.BUILT, newer, waits=second.id)
    deployed(await play.end(await _deploy_of(play, second)))
    assert (play.app.deploys, play.runs) == (1, newer)


async def test_an_older_one_behind_it_overtakes_nobody(play: Play) -> None:
    newer = _pushed(play)
    await _hold(play)
    first = await _ready(play, newer, newest=True)
    second = await _ready(play, story.BUILT)
    await _unhold(play)
    deployed(await play.end(await _deploy_of(play, first)))
    await play.end(second)
    await play.end(await _deploy_of(play, second))
    assert play.runs == newer


async def test_it_goes_behind_another_one_that_says_that_it_will_skip(play: Play) -> None:
    await _hold(play)
    first = await _ready(play, story.BUILT)
    second = await _ready(play, story.MULTI_ARCH, newest=True)
    place = f"2nd in line for app, behind {first.id} (@ana, 3f2a1b9)"
    await _says(play, second, f"{place}; a newer one that waits by then goes in its place")


async def test_github_out_of_reach_lets_nobody_skip_and_is_waited_for(play: Play) -> None:
    newer = _pushed(play)
    await _hold(play)
    first = await _ready(play, story.BUILT, newest=True)
    play.outside.github.faults.queue(f"GET */compare/{story.BUILT}...{newer}", status=502, times=9_999)
    await _ready(play, newer)
    await _says(play, first, "GitHub answers 502.")
    play.outside.github.faults.clear()
    await _unhold(play)
    assert isinstance(await play.end(first), Skipped)


async def test_one_that_is_cancelled_leaves_the_line(play: Play) -> None:
    await _hold(play)
    first = await _ready(play, story.BUILT)
    second = await _ready(play, story.BUILT, force=True)
    await _says(play, second, f"2nd in line for app, behind {first.id} (@ana, 3f2a1b9)")
    await play.journal.cancel(first.id, MARKO)
    assert await play.end(first) == Cancelled(MARKO)
    await _says(play, second, "on hold: incident")


async def test_one_whose_runner_dies_when_its_turn_has_come_keeps_its_place_and_begins_once(
    play: Play,
) -> None:
    def lose() -> None:
        raise Lost("the runner is gone")

    await _hold(play)
    first = await _ready(play, story.BUILT)
    play.journal.before_keeping["wait for the target"] = lose
    second = await _ready(play, story.BUILT, force=True)
    await _unhold(play)
    deploys = [await _deploy_of(play, each) for each in (first, second)]
    for each in deploys:
        deployed(await play.end(each))
    assert deploys[0].created < deploys[1].created
    assert play.app.deploys == 2


async def test_the_line_says_who_stands_where(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    at_work = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(at_work, "watch")
    second = await _ready(play, story.MULTI_ARCH, force=True)
    third = await _ready(play, story.BUILT, force=True)
    building = await play.begin("wait", target="app", ref=story.BUILDING)
    elsewhere = await play.begin("wait", target="staging", ref=story.BUILDING)
    running = await play.journal.running()
    snapshots = {each.operation.id: each for each in running}
    line = line_of("app", running)
    assert [each.operation.id for each in line.standing] == [at_work.id, second.id, third.id]
    assert [each.operation.id for each in line.building] == [building.id]
    assert [placed(snapshots[each.id], running) for each in (at_work, second, third, building)] == [
        "",
        "2nd in line",
        "3rd in line",
        "in line once its image is there",
    ]
    assert line.place(elsewhere.id) == 0
    assert named(snapshots[at_work.id]) == f"{at_work.id} (@ana, 3f2a1b9)"
    assert _offered(line, second) == [f"skip {second.id}"]
    assert _offered(line, third) == _offered(line, at_work) == []
    play.outside.coolify.queue.thaw()


def test_ordinals() -> None:
    assert [ordinal(each) for each in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th")
    ]


def _offered(line: Line, operation: Operation) -> list[str]:
    own = line.own(operation.id)
    assert own is not None
    return [each.command for each in skipping(own, line)]


def _pushed(play: Play) -> str:
    """A commit that is newer than all, and built."""
    pushed = play.outside.github.push("Sum VAT twice", built=story.Built(minutes=1))
    play.outside.clock.skip(60 * story.MINUTE)
    return pushed.sha


async def _hold(play: Play) -> None:
    await play.world.memory.locks.hold(APP, MARKO, "incident")


async def _unhold(play: Play) -> None:
    await play.world.memory.locks.unhold(APP, MARKO)


async def _ready(play: Play, ref: str, **more: bool) -> Operation:
    """One that waits, and whose image is there."""
    waiting = await play.begin("wait", target="app", ref=ref, **more)
    await play.reached(waiting, "wait for the target")
    return waiting


async def _deploy_of(play: Play, waiting: Operation) -> Operation:
    outcome = await play.end(waiting)
    assert isinstance(outcome, Completed), outcome
    return (await play.journal.load(outcome.begun)).operation


async def _says(play: Play, operation: Operation, line: str) -> None:
    async def look() -> bool:
        return (await play.journal.load(operation.id)).progress == line

    await until(look)
