"""After a deploy its target's own checks are asked, and who answers for it; what fails is put back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.deploys.check_errors import AnsweredByAnother
from deploy.deploys.outcomes import Deployed, PutBack
from sandbox import story
from sandbox.host import Container
from sandbox.world import ERRORS
from tests.deploy.deploys.checks import RUN, checked, get, query
from tests.deploy.play import TIMEOUTS, Play, deployed, put_back
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome

SCHEMA_FAILS = "status 1, To apply migrations in production run prisma migrate deploy"


def hurried(play: Play) -> None:
    """One that does not wait long for another container to go."""
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, healthy_within=0.3))
    play.engine = play.another_engine("hurried")


def routed(play: Play, sha: str) -> None:
    """Somebody starts a container by hand, and lets the proxy lead to it."""
    shipped = play.outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    play.outside.host.detours["app"] = Container.of(shipped)


async def test_a_deploy_is_good_once_its_checks_pass(play: Play) -> None:
    checked(play, RUN, get(play), query(play))
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    outcome = deployed(await play.end(operation))
    assert (outcome.checks, outcome.bakes_until, outcome.warnings) == (3, 0, ())
    assert play.outside.hosts.vps01.asked("docker exec") == 1
    steps = [
        event.step for event in await play.journal.events(operation.id) if event.event == "step_finished"
    ]
    assert steps[steps.index("prove") :][:3] == ["prove", "check", "record"]


async def test_without_checks_nothing_is_asked(play: Play) -> None:
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    assert deployed(await play.end(operation)).checks == 0
    assert "check" not in (await play.journal.load(operation.id)).results


async def test_a_check_that_fails_puts_back_what_ran(play: Play) -> None:
    checked(play, RUN, query(play))
    play.outside.host.unmigrated = True
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.error.sentence) == (
        "check_failed",
        f"3f2a1b9 failed its check “schema”: {SCHEMA_FAILS}.",
    )
    assert outcome == PutBack(outcome.error, "app", story.RUNS, healthy=True, redeployed=True)
    assert (play.runs, play.outside.hosts.vps01.asked("docker exec")) == (story.RUNS, 2)
    assert [each.sha for each in await play.world.memory.history.releases("app")] == [story.RUNS]


async def test_a_check_that_fails_once_is_asked_once_more(play: Play) -> None:
    checked(play, get(play))
    play.journal.at["check"] = lambda: play.outside.host.faults.queue("GET /app/*", status=503)
    assert deployed(await play.deploy(story.BUILT)).checks == 1


async def test_a_check_that_cannot_be_asked_is_told_and_undoes_nothing(play: Play) -> None:
    checked(play, get(play), query(play))
    await play.outside.prometheus.stop()
    outcome = deployed(await play.deploy(story.BUILT))
    assert (outcome.checks, outcome.warnings) == (
        1,
        ("not known: errors (Prometheus cannot be reached (nothing listens there))",),
    )


async def test_a_way_back_is_not_undone_by_a_check(play: Play) -> None:
    """What counts errors of the last minutes counts those of what is being left."""
    await play.deploy(story.BUILT)
    checked(play, query(play), bake=60)
    play.outside.prometheus.measure(ERRORS, 0.3)
    outcome = deployed(await play.rollback())
    assert (outcome.sha, outcome.checks, outcome.bakes_until) == (story.RUNS, 0, 0)
    assert outcome.warnings[-1] == "it fails the check errors (0.3 is not below 0.05)"


async def test_a_deploy_that_is_killed_while_it_checks_is_taken_over_and_told_once(play: Play) -> None:
    checked(play, RUN)
    play.outside.hosts.vps01.trouble("docker exec", delay=0.5)
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(operation, "check")
    await play.engine.drain(0)
    play.engine = play.another_engine("second")
    assert await play.engine.run_one(operation.id)
    outcome = deployed(await play.end(operation))
    assert (outcome.checks, play.runs) == (1, story.BUILT)


# --- who answers


async def test_another_commit_that_answers_is_a_failure(play: Play) -> None:
    hurried(play)
    routed(play, story.MULTI_ARCH)
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.error.sentence) == (
        "answered_by_another",
        "3f2a1b9 is deployed, but /app/api/health is answered by 0b94ac7.",
    )
    assert outcome.unproven == "/app/api/health is answered by 0b94ac7"
    assert play.runs == story.RUNS


async def test_an_earlier_container_may_answer_for_a_while(play: Play) -> None:
    routed(play, story.RUNS)
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(operation, "prove")

    async def gone() -> bool:
        said = await play.said(operation)
        return any("is answered by a4c9e1f still" in each for each in said)

    await until(gone)
    del play.outside.host.detours["app"]
    assert deployed(await play.end(operation)).sha == story.BUILT


@pytest.mark.parametrize(
    "version", ["1.4.2", "20261128", story.BUILT, story.BUILT[:10].upper(), "deadbeefdeadbeef", ""]
)
async def test_what_is_no_other_commit_of_the_repository_says_nothing(play: Play, version: str) -> None:
    play.outside.host.says["app"] = version
    assert isinstance(await play.deploy(story.BUILT), Deployed)


@pytest.mark.parametrize(("version", "fails"), [("20261128", False), ("0b94ac7", True)])
async def test_while_github_is_silent_it_counts_what_a_version_looks_like(
    play: Play, version: str, *, fails: bool
) -> None:
    hurried(play)
    play.outside.host.says["app"] = version
    play.journal.at["prove"] = lambda: play.outside.github.faults.queue(
        "* /*", status=503, body="{}", times=99
    )
    outcome: Outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, PutBack) is fails
    assert not fails or put_back(outcome)[0] == AnsweredByAnother.slug
