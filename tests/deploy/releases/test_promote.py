"""promote: the image that one target was proven to run goes to another, by its digest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import After, Dialog, Offer
from deploy.core.outcomes import Refused
from deploy.deploys.onward import Onward
from deploy.engine.journal import Lost
from sandbox import story
from tests.deploy.play import Play, deployed, put_back
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome


async def promote(play: Play, ref: str = "", *, force: bool = False) -> Outcome:
    return await play.end(await play.begin("promote", target="app", source="staging", ref=ref, force=force))


def sicken(play: Play, target: str) -> None:
    running = play.outside.host.running
    running[target] = replace(running[target], healthy=False)


def refused(outcome: Outcome) -> tuple[str, str]:
    assert isinstance(outcome, Refused), outcome
    return outcome.error.code, outcome.error.sentence


async def test_what_staging_proved_runs_in_app(play: Play) -> None:
    staged = deployed(await play.deploy(story.BUILT, "staging"))
    outcome = deployed(await promote(play))
    assert (outcome.target, outcome.sha, outcome.digest) == ("app", story.BUILT, staged.digest)
    assert (play.runs, play.set_to) == (story.BUILT, (story.BUILT, story.BUILT))


async def test_it_is_the_very_image_whatever_its_tags_name_by_now(play: Play) -> None:
    staged = deployed(await play.deploy(story.BUILT, "staging"))
    pushed = play.outside.registry.push(story.IMAGE, [story.BUILT, "latest"], story.BUILT)
    assert pushed.digest != staged.digest
    assert deployed(await promote(play)).digest == staged.digest


async def test_what_was_never_proven_is_not_promoted(play: Play) -> None:
    assert refused(await promote(play)) == (
        "not_proven_there",
        "What staging runs is not proven: fisk has no release of it with a digest.",
    )


async def test_what_somebody_deployed_past_fisk_is_not_promoted(play: Play) -> None:
    await play.deploy(story.BUILT, "staging")
    staging = play.outside.coolify.apps["staging"]
    staging.columns.update(docker_registry_image_tag=story.MULTI_ARCH, git_commit_sha=story.MULTI_ARCH)
    play.outside.coolify.queue.ask(staging, story.MULTI_ARCH)
    await play.until(lambda: play.outside.coolify.queue.of(staging)[0].status == "finished")
    assert refused(await promote(play)) == (
        "not_proven_there",
        "What staging runs is not proven: it runs 0b94ac7, and 3f2a1b9 was proven last.",
    )
    assert play.runs == story.RUNS


async def test_what_is_sick_by_now_is_promoted_by_force_alone(play: Play) -> None:
    await play.deploy(story.BUILT, "staging")
    sicken(play, "staging")
    assert refused(await promote(play)) == (
        "not_healthy_there",
        "staging runs 3f2a1b9, but is not healthy: it answered 503.",
    )
    assert deployed(await promote(play, force=True)).sha == story.BUILT


async def test_a_button_is_for_the_commit_that_ran_when_it_was_drawn(play: Play) -> None:
    await play.deploy(story.BUILT, "staging")
    outcome = await promote(play, "a4c9e1f")
    assert isinstance(outcome, Refused)
    asks = Dialog("Deploy 3f2a1b9 to app, in place of what runs there?", "Deploy 3f2a1b9", "Keep what runs")
    again = Offer("Promote 3f2a1b9", "promote staging app --of 3f2a1b9", asks=asks)
    assert (outcome.error.code, outcome.error.offers) == ("overtaken", (again,))
    assert outcome.error.sentence == "This was for when staging ran a4c9e1f. It runs 3f2a1b9 now."


async def test_another_repositorys_image_is_none_for_it(play: Play) -> None:
    await play.deploy(story.BUILT, "staging")
    other = replace(play.world.targets["app"], image="ghcr.io/wandeon/fiskai-worker")
    play.sees(with_targets(play.world, other))
    assert refused(await promote(play)) == (
        "other_repository",
        "staging runs ghcr.io/wandeon/fiskai-app, and app another image: ghcr.io/wandeon/fiskai-worker.",
    )


async def test_the_way_past_a_gate_promotes_again(play: Play) -> None:
    """A deploy would take what the tag names by then."""
    await play.deploy(story.MULTI_ARCH, "staging", force=True)
    outcome = await promote(play)
    assert isinstance(outcome, Refused)
    (offer,) = outcome.error.offers
    line = "promote staging app --of 0b94ac7 --force --when-ran a4c9e1f"
    assert (outcome.error.code, offer.command, play.runs) == ("downgrade", line, story.RUNS)


async def test_a_deploy_names_where_it_may_go_next(play: Play) -> None:
    waits = replace(play.world.targets["app"], after=After("staging", 1800))
    play.sees(with_targets(play.world, waits))
    assert deployed(await play.deploy(story.BUILT, "staging")).onward == (Onward("app", story.RUNS[:7]),)


async def test_a_sick_promotion_is_put_back(play: Play) -> None:
    await play.deploy(story.BUILT, "staging")
    play.journal.at["prove"] = lambda: sicken(play, "app")
    error, outcome = put_back(await promote(play))
    assert (error, outcome.sha, outcome.redeployed, play.runs) == ("unhealthy", story.RUNS, True, story.RUNS)


@pytest.mark.parametrize("step", ["resolve", "gates", "point", "trigger", "watch", "prove", "record"])
async def test_a_crash_at_any_step_is_resumed_by_another_one_and_told_once(play: Play, step: str) -> None:
    def lose() -> None:
        raise Lost("the runner is gone")

    await play.deploy(story.BUILT, "staging")
    play.journal.before_keeping[step] = lose
    operation = await play.begin("promote", target="app", source="staging")
    assert deployed(await play.end(operation)).sha == story.BUILT
    events = [event.event for event in await play.journal.events(operation.id)]
    assert (play.app.deploys, events.count("taken_over"), events.count("finished")) == (1, 2, 1)
