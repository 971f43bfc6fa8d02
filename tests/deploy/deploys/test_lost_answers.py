"""Lost answers, crashed runners, unresponsive systems: each action is done once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.reference import brief
from deploy.engine.journal import Lost
from sandbox import story
from tests.deploy.play import APP, IMAGE, TIMEOUTS, Play, deployed, put_back

if TYPE_CHECKING:
    from sandbox.world import World

TRIGGER = "POST /api/v1/deploy"


async def test_a_lost_answer_to_the_trigger_triggers_once(play: Play) -> None:
    play.journal.at["trigger"] = lambda: play.outside.coolify.faults.queue(TRIGGER, drop=True, after=True)
    assert deployed(await play.deploy(story.BUILT)).sha == story.BUILT
    assert play.app.deploys == 1


async def test_a_trigger_that_never_arrived_fails_and_is_put_back(play: Play) -> None:
    play.journal.at["trigger"] = lambda: play.outside.coolify.faults.queue(TRIGGER, drop=True)
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.redeployed, play.app.deploys) == ("coolify_unreachable", False, 0)
    assert play.set_to == (story.RUNS, story.RUNS)


async def test_a_trigger_without_an_answer_or_a_look_is_looked_for_until_coolify_tells(play: Play) -> None:
    """One 503 at the first look after the trigger must not undo a good deploy."""

    def silence() -> None:
        faults, queue = play.outside.coolify.faults, play.outside.coolify.queue
        faults.queue(TRIGGER, drop=True, after=True)
        original = queue.ask

        def ask(*args: object, **more: object) -> object:
            faults.queue("GET /api/v1/deployments/*", status=503, times=30)
            return original(*args, **more)  # type: ignore[arg-type]

        queue.ask = ask  # type: ignore[method-assign, assignment]

    play.journal.at["trigger"] = silence
    assert deployed(await play.deploy(story.BUILT)).sha == story.BUILT
    assert (play.runs, play.app.deploys) == (story.BUILT, 1)


async def test_a_crash_between_the_trigger_and_its_entry_triggers_once(play: Play) -> None:
    """The first runner loses its fence at that very moment; the next one finds the deployment that is there."""

    def lose() -> None:
        raise Lost("the runner is gone")

    play.journal.before_keeping["trigger"] = lose
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert play.app.deploys == 1
    events = await play.journal.events(operation.id)
    assert [event.event for event in events].count("taken_over") == 2


async def test_the_tag_changed_by_somebody_else_is_noticed_when_read_back(play: Play) -> None:
    """Somebody patches the app between our PATCH and our look."""
    play.journal.at["point"] = lambda: play.outside.coolify.faults.queue(
        f"PATCH {APP}", status=200, body='{"uuid":"x"}'
    )
    error, outcome = put_back(await play.deploy(story.BUILT))
    digest = await play.world.systems.registry.digest(IMAGE, story.BUILT)
    assert (error, outcome.error.sentence) == (
        "not_pointed",
        f"Coolify took 3f2a1b9 ({brief(digest or '')}) but reads back a4c9e1f.",
    )


async def test_a_deployment_without_an_end_takes_too_long(play: Play, outside: World) -> None:
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, deploy_within=0.2))
    play.engine = play.another_engine("hurried")
    outside.coolify.queue.freeze()
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.until(lambda: outside.coolify.queue.of(play.app)[0].status == "cancelled-by-user")
    outside.coolify.queue.thaw()
    error, outcome = put_back(await play.end(operation))
    assert (error, outcome.sha) == ("took_too_long", story.RUNS)


async def test_coolify_out_of_reach_while_it_deploys_is_waited_for(play: Play) -> None:
    play.journal.at["watch"] = lambda: play.outside.coolify.faults.queue(
        "GET /api/v1/deployments/*", status=502, times=7
    )
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert "Coolify answers 502." in await play.said(operation)
