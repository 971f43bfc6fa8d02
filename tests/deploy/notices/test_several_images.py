"""One workflow that builds several images, each only when its paths have changed: each target is judged by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.builds.left_out import MOST_JOBS, left_out
from deploy.core.ask import Unknown
from deploy.core.github_model import Job
from deploy.deploys.situation import gates, resolve
from deploy.notices.findings import find
from sandbox import story
from sandbox.story import Built
from tests.deploy.conftest import journal, outside, play, state
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.notices.policy import Notice
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "outside", "play", "state"]

WORKER = f"{story.REGISTRY}/{story.WORKER}"


async def pushed(play: Play, plan: Built) -> Build:
    commit = play.outside.github.push("Sum VAT twice", built=plan)
    play.outside.clock.skip(60 * story.MINUTE)
    return (await play.world.systems.github.builds(story.WORKFLOW, sha=commit.sha))[0]


async def told(play: Play, plan: Built) -> Notice:
    """With a worker as a target of the same workflow."""
    world = with_targets(play.world, replace(play.world.targets["app"], name="worker", image=WORKER))
    return await find(world, await pushed(play, plan), await play.world.memory.now())


def verdicts(notice: Notice) -> dict[str, str]:
    return {each.target.name: each.verdict(notice.build.sha) for each in notice.images}


async def test_an_image_whose_paths_did_not_change_is_no_alarm(play: Play) -> None:
    notice = await told(play, Built(minutes=5, skips=("worker",)))
    assert verdicts(notice) == {"app": "built", "staging": "built", "worker": "not built"}
    assert (notice.verdict, notice.bad) == ("built", False)


async def test_a_step_that_was_left_out_is_no_alarm_either(play: Play) -> None:
    notice = await told(play, Built(minutes=5, images=(story.WORKER,)))
    assert verdicts(notice) == {"app": "not built", "staging": "not built", "worker": "built"}


async def test_a_build_about_none_of_the_images_is_told_to_nobody(play: Play) -> None:
    notice = await told(play, Built(minutes=5, images=(), skips=("app", "worker")))
    assert (notice.verdict, notice.bad) == ("not built", False)


async def test_a_deploy_to_a_target_that_was_left_out_is_refused_with_that_reason(play: Play) -> None:
    worker = replace(play.world.targets["app"], name="worker", image=WORKER)
    build = await pushed(play, Built(minutes=5, skips=("worker",)))
    play.outside.registry.before()
    resolved = await resolve(play.world, worker, build.sha)
    report = await gates(with_targets(play.world, worker), worker, resolved)
    assert (report.refusals[0].code, report.refusals[0].sentence) == (
        "left_out",
        f"The build of {build.sha[:7]} was not about worker: no job of it pushed {WORKER}.",
    )


async def test_what_was_pushed_and_is_gone_is_an_alarm(play: Play) -> None:
    build = await pushed(play, Built(minutes=5, images=(story.IMAGE, story.WORKER)))
    play.outside.registry.before()
    play.outside.registry.untag(story.WORKER, build.sha)
    world = with_targets(play.world, replace(play.world.targets["app"], name="worker", image=WORKER))
    notice = await find(world, build, await play.world.memory.now())
    assert verdicts(notice) == {"app": "built", "staging": "built", "worker": "no image"}
    assert notice.bad


async def test_a_workflow_of_one_image_that_pushes_none_is_an_alarm(play: Play, outside: Sandbox) -> None:
    notice = await find(play.world, await pushed(play, Built(minutes=5, images=())), 0.0)
    assert verdicts(notice) == {"app": "no image", "staging": "no image"}
    assert outside.github.asked("GET */logs") == 0, "its log would change nothing"


async def test_without_the_log_it_is_not_known_whether_the_build_was_about_it(
    play: Play, outside: Sandbox
) -> None:
    outside.github.faults.queue("GET */logs", status=500, times=9)
    notice = await told(play, Built(minutes=5, skips=("worker",)))
    assert verdicts(notice) == {"app": "built", "staging": "built", "worker": "unchecked"}
    doubt = next(each.doubt for each in notice.images if each.target.name == "worker")
    assert doubt is not None
    assert doubt.why == "GitHub answers 500."


async def test_more_logs_than_fisk_reads_leave_it_unknown(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def jobs(_: int) -> tuple[Job, ...]:
        one = Job(1, "build", "completed", "success", 0, 0, "")
        return tuple(replace(one, id=number) for number in range(MOST_JOBS + 1))

    build = await pushed(play, Built(minutes=5))
    monkeypatch.setattr(play.world.systems.github, "jobs", jobs)
    assert await left_out(play.world, build, [WORKER], several=True) == {
        WORKER: Unknown("It has 9 jobs, whose logs fisk does not all read.")
    }


@pytest.mark.parametrize(
    ("line", "about"),
    [
        ("#21 pushing manifest for ghcr.io/wandeon/fiskai-worker:latest@sha256:1f", False),
        ("The push refers to repository [ghcr.io/Wandeon/fiskai-worker]", False),
        ("#21 pushing manifest for ghcr.io/wandeon/fiskai-worker-base:latest@sha256:1f", True),
        ("  tags: ghcr.io/wandeon/fiskai-worker:latest", True),
    ],
)
async def test_a_push_is_known_by_how_buildx_and_docker_tell_it(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    about: bool,  # noqa: FBT001 (a parameter)
) -> None:
    async def log(_: int) -> str:
        return f"2026-01-12T08:00:00.0000000Z {line}\n"

    build = await pushed(play, Built(minutes=5))
    monkeypatch.setattr(play.world.systems.github, "log", log)
    assert await left_out(play.world, build, [WORKER], several=True) == {WORKER: about}
