"""deploy SHA --wait: waits for the build, then for the target, then starts a separate operation."""

from __future__ import annotations

from dataclasses import replace

from deploy.core.model import Failure, Offer, Resource
from deploy.core.outcomes import Cancelled, Completed, Refused
from deploy.deploys.offers import to_deploy
from deploy.engine.journal import Lost
from sandbox import story
from sandbox.github.phases import NEVER
from tests.deploy.conftest import MARKO
from tests.deploy.play import TIMEOUTS, Play, code, deployed
from tests.waiting import until

BUILD = 18 * story.MINUTE


async def test_it_waits_for_the_build_and_then_deploys(play: Play) -> None:
    waiting = await play.begin("wait", target="app", ref=story.BUILDING)
    await play.reached(waiting, "wait for the build")
    assert (await play.world.memory.locks.locked()) == {}
    play.outside.clock.skip(BUILD)
    outcome = await play.end(waiting)
    begun = f"d{waiting.id[1:]}"
    assert outcome == Completed(f"9c41d07 is built; its deploy is {begun}", begun=begun)
    deploy = (await play.journal.load(begun)).operation
    assert (deploy.kind, deploy.actor, deploy.resources) == (
        "deploy",
        waiting.actor,
        (Resource("app", "app"),),
    )
    assert deployed(await play.end(deploy)).sha == story.BUILDING
    assert play.runs == story.BUILDING


async def test_what_is_built_already_goes_on_at_once(play: Play) -> None:
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    assert isinstance(await play.end(waiting), Completed)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))


async def test_a_failed_build_is_not_waited_for(play: Play) -> None:
    outcome = await play.end(await play.begin("wait", target="app", ref=story.BUILD_FAILED))
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "build_failed"


async def test_it_waits_behind_another_operation_on_the_target(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    first = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(first, "watch")
    waiting = await play.begin("wait", target="app", ref=story.MULTI_ARCH, force=True)
    await _says(play, waiting.id, f"2nd in line for app, behind {first.id} (@ana, 3f2a1b9)")
    play.outside.coolify.queue.thaw()
    deployed(await play.end(first))
    await play.end(waiting)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))
    assert play.runs == story.MULTI_ARCH


async def test_it_waits_until_a_hold_is_lifted(play: Play) -> None:
    await play.world.memory.locks.hold(Resource("app", "app"), MARKO, "incident")
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    await _says(play, waiting.id, "on hold: incident")
    await play.world.memory.locks.unhold(Resource("app", "app"), MARKO)
    await play.end(waiting)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))


async def test_a_restart_of_fisk_hands_the_waiting_over(play: Play) -> None:
    await play.world.memory.locks.hold(Resource("app", "app"), MARKO, "incident")
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    await _says(play, waiting.id, "on hold: incident")
    play.engine.draining = True
    await _says(play, waiting.id, "fisk shuts down here; another one goes on")
    await play.engine.drain(0)
    handed_over = await play.journal.load(waiting.id)
    assert (handed_over.state, handed_over.step, handed_over.runner) == ("running", "wait for the target", "")
    await play.world.memory.locks.unhold(Resource("app", "app"), MARKO)
    play.engine = play.another_engine("second")
    assert await play.engine.run_one(waiting.id)
    assert isinstance(await play.end(waiting), Completed)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))


async def test_it_gives_up_after_the_time_for_a_build(play: Play) -> None:
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, build_within=0.1))
    play.engine = play.another_engine("hasty")
    outcome = await play.end(await play.begin("wait", target="app", ref=story.BUILDING))
    assert code(outcome) == "gave_up_waiting"


async def test_a_cancel_ends_the_waiting(play: Play) -> None:
    waiting = await play.begin("wait", target="app", ref=story.BUILDING)
    await play.reached(waiting, "wait for the build")
    await play.journal.cancel(waiting.id, MARKO)
    assert await play.end(waiting) == Cancelled(MARKO)


async def test_github_out_of_reach_is_waited_for(play: Play) -> None:
    play.journal.at["wait for the build"] = lambda: play.outside.github.faults.queue(
        "GET */runs", status=502, times=4
    )
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    assert isinstance(await play.end(waiting), Completed)
    assert "GitHub answers 502." in await play.said(waiting)
    await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation)


async def test_a_crash_after_the_deploy_began_begins_no_second_one(play: Play) -> None:
    def lose() -> None:
        raise Lost("the runner is gone")

    play.journal.before_keeping["wait for the target"] = lose
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    assert isinstance(await play.end(waiting), Completed)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))
    assert play.app.deploys == 1


async def test_a_commit_that_never_gets_a_build_is_refused_at_once(play: Play) -> None:
    outcome = await play.end(await play.begin("wait", target="app", ref=story.DOCS_ONLY))
    assert isinstance(outcome, Refused)
    assert outcome.error == Failure(
        "not_built",
        "b7d0c5e changed only files that build.yml leaves out (docs/**, *.md), so nothing was built for it.",
        "The nearest built commit is 3f2a1b9: `/fisk deploy 3f2a1b9 --to app`.",
        (Offer("Deploy 3f2a1b9", "deploy 3f2a1b9 --to app", asks=to_deploy("app", "3f2a1b9")),),
    )


async def test_a_run_that_github_shows_late_is_waited_for(play: Play) -> None:
    play.outside.github.runs.shows_after = NEVER
    pushed = play.outside.github.push("Sum VAT twice", built=story.Built(minutes=1))
    waiting = await play.begin("wait", target="app", ref=pushed.sha)
    await _says(play, waiting.id, "GitHub lists no build of it yet")
    play.outside.github.runs.all[-1].attempts[0].shown = 0
    play.outside.clock.skip(30 * story.MINUTE)
    assert isinstance(await play.end(waiting), Completed)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))


async def test_a_run_that_never_shows_is_told_when_githubs_time_is_up(play: Play) -> None:
    pushed = play.outside.github.push("Sum VAT twice", built=None)
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, build_shown_within=0.1))
    play.engine = play.another_engine("hasty")
    outcome = await play.end(await play.begin("wait", target="app", ref=pushed.sha))
    assert code(outcome) == "no_build"


async def test_a_rerun_that_fails_does_not_take_away_the_image_of_its_earlier_attempt(play: Play) -> None:
    runs = play.outside.github.runs
    run = next(run for run in runs.all if run.commit.sha == story.BUILT)
    runs.rerun(run, story.ANA)
    run.attempts[-1].plan = story.Built(minutes=2, conclusion="failure", platforms=())
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    await play.reached(waiting, "wait for the build")
    play.outside.clock.skip(60 * story.MINUTE)
    assert isinstance(await play.end(waiting), Completed)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))


async def test_a_deployment_that_a_person_started_in_coolify_goes_first(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    theirs = play.outside.coolify.queue.ask(play.app, "HEAD").deployment
    assert theirs is not None
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    await _says(play, waiting.id, f"Coolify works on deployment {theirs.page} (queued), which goes first")
    assert (await play.world.memory.locks.locked()) == {}
    play.outside.coolify.queue.thaw()
    assert isinstance(await play.end(waiting), Completed)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))
    assert play.runs == story.BUILT


async def test_coolify_out_of_reach_is_waited_for(play: Play) -> None:
    play.journal.at["wait for the target"] = lambda: play.outside.coolify.faults.queue(
        "GET */deployments/applications/*", status=502, times=4
    )
    waiting = await play.begin("wait", target="app", ref=story.BUILT)
    assert isinstance(await play.end(waiting), Completed)
    assert "Coolify answers 502." in await play.said(waiting)
    deployed(await play.end((await play.journal.load(f"d{waiting.id[1:]}")).operation))


async def _says(play: Play, operation: str, line: str) -> None:
    async def look() -> bool:
        events = await play.journal.events(operation)
        return any(event.event == "progress" and event.text == line for event in events)

    await until(look)
