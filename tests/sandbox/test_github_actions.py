"""GitHub Actions' stand-in: rerun, cancel, dispatch, a stuck runner; validated against GitHub's contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox import story
from sandbox.github.runner import LABELS, RUNNER
from tests.sandbox.github import REPO

if TYPE_CHECKING:
    import httpx

    from sandbox.github.runs import Run
    from sandbox.world import World
    from tests.sandbox.asking import Asking

DISPATCHES = f"{REPO}/actions/workflows/build.yml/dispatches"


def of(world: World, sha: str) -> Run:
    return next(run for run in world.github.runs.all if run.commit.sha == sha)


async def state(github: Asking, run: Run) -> tuple[int, str, str | None]:
    told = await github.get(f"{REPO}/actions/runs/{run.id}")
    return told["run_attempt"], told["status"], told["conclusion"]


async def the_job(github: Asking, run: Run) -> dict[str, Any]:
    (job,) = (await github.get(f"{REPO}/actions/runs/{run.id}/jobs?filter=latest"))["jobs"]
    return dict(job)


async def act(github: Asking, run: Run, what: str) -> httpx.Response:
    return await github("POST", f"{REPO}/actions/runs/{run.id}/{what}")


async def test_a_rerun_keeps_the_id_and_really_runs_again(world: World, github: Asking) -> None:
    world.clock.skip(20 * story.MINUTE)
    run = of(world, story.BUILD_FAILED)
    before = await the_job(github, run)
    assert (await act(github, run, "rerun")).status_code == 201
    assert await state(github, run) == (2, "queued", None)
    world.clock.skip(story.MINUTE)
    assert await state(github, run) == (2, "in_progress", None)
    world.clock.skip(10 * story.MINUTE)
    assert await state(github, run) == (2, "completed", "failure")
    assert (await the_job(github, run))["id"] != before["id"]
    every = await github.get(f"{REPO}/actions/runs/{run.id}/jobs?filter=all")
    assert [job["run_attempt"] for job in every["jobs"]] == [1, 2]


async def test_what_runs_is_old_or_never_failed_is_not_run_again(world: World, github: Asking) -> None:
    assert (await act(github, of(world, story.BUILDING), "rerun")).status_code == 403
    assert (await act(github, of(world, story.BUILT), "rerun-failed-jobs")).status_code == 403
    world.clock.skip(40 * 24 * 60 * story.MINUTE)
    assert "over a month ago" in (await act(github, of(world, story.BUILT), "rerun")).json()["message"]


async def test_a_cancelled_build_stops_soon_and_leaves_no_image(world: World, github: Asking) -> None:
    run = of(world, story.BUILDING)
    assert (await act(github, run, "cancel")).status_code == 202
    assert await state(github, run) == (1, "in_progress", None)
    world.clock.skip(5)
    assert await state(github, run) == (1, "completed", "cancelled")
    concluded = {step["name"]: step["conclusion"] for step in (await the_job(github, run))["steps"]}
    assert (concluded["Log in to ghcr.io"], concluded["Build and push"]) == ("success", "cancelled")
    assert concluded["Write the summary"] == "skipped"
    assert (await act(github, run, "cancel")).status_code == 409
    world.clock.skip(60 * story.MINUTE)
    assert world.registry.find(story.IMAGE, story.BUILDING) is None


async def test_a_build_that_is_started_waits_for_the_one_runner(world: World, github: Asking) -> None:
    body = {"ref": "main", "inputs": {"force_no_cache": "true"}, "return_run_details": True}
    answer = await github("POST", DISPATCHES, json=body)
    run = world.github.runs.all[-1]
    assert (answer.status_code, answer.json()["workflow_run_id"]) == (200, run.id)
    assert (run.event, run.commit.sha) == ("workflow_dispatch", story.BUILDING)
    world.clock.skip(5 * story.MINUTE)
    assert (await the_job(github, run))["status"] == "queued"
    world.clock.skip(5 * story.MINUTE)
    assert (await the_job(github, run))["status"] == "in_progress"
    world.clock.skip(20 * story.MINUTE)
    assert (await state(github, run))[1] == "in_progress"  # without a cache it takes longer
    world.clock.skip(10 * story.MINUTE)
    assert await state(github, run) == (1, "completed", "success")


async def test_a_start_that_is_not_asked_for_its_run_tells_none(world: World, github: Asking) -> None:
    assert (await github("POST", DISPATCHES, json={"ref": "main"})).status_code == 204
    world.github.actions.tells_run_ids = False
    body = {"ref": "main", "return_run_details": True}
    assert (await github("POST", DISPATCHES, json=body)).status_code == 204
    assert len(world.github.runs.all) == len({run.id for run in world.github.runs.all})


async def test_a_start_with_unknown_inputs_or_branch_is_refused(world: World, github: Asking) -> None:
    before = len(world.github.runs.all)
    for body in ({"ref": "main", "inputs": {"turbo": "yes"}}, {"ref": "no-such-branch"}):
        answer = await github.client.post(github.url + DISPATCHES, json=body, headers=github.headers)
        assert answer.status_code == 422
    assert len(world.github.runs.all) == before


async def test_the_runner_is_busy_while_it_builds_and_idle_after(world: World, github: Asking) -> None:
    async def runner() -> tuple[str, bool, list[str]]:
        (it,) = (await github.get(f"{REPO}/actions/runners"))["runners"]
        assert it["name"] == RUNNER
        return it["status"], it["busy"], [label["name"] for label in it["labels"]]

    assert await runner() == ("online", True, list(LABELS))
    world.clock.skip(10 * story.MINUTE)
    assert await runner() == ("online", False, list(LABELS))
    world.github.runs.online = False
    assert await runner() == ("offline", False, list(LABELS))


async def test_a_stuck_runner_takes_nothing_until_it_is_not(world: World, github: Asking) -> None:
    world.clock.skip(10 * story.MINUTE)
    world.github.runs.stuck = True
    run = world.github.runs.add(world.github.history.find("main"), "push", story.IVO)
    world.clock.skip(60 * story.MINUTE)
    assert await state(github, run) == (1, "queued", None)
    assert (await act(github, run, "cancel")).status_code == 202
    assert await state(github, run) == (1, "completed", "cancelled")
    again = world.github.runs.add(world.github.history.find("main"), "push", story.IVO)
    world.github.runs.stuck = False
    world.clock.skip(story.MINUTE)
    assert await state(github, again) == (1, "in_progress", None)
    assert await state(github, run) == (1, "completed", "cancelled")


async def test_only_administrators_see_the_runners(world: World, github: Asking) -> None:
    world.github.actions.administrator = False
    assert (await github("GET", f"{REPO}/actions/runners")).status_code == 403


async def test_what_was_asked_for_may_show_late(world: World, github: Asking) -> None:
    world.github.runs.shows_after = 60
    run = of(world, story.BUILD_FAILED)
    await act(github, run, "rerun")
    assert await state(github, run) == (1, "completed", "failure")
    started = await github("POST", DISPATCHES, json={"ref": "main", "return_run_details": True})
    id_ = started.json()["workflow_run_id"]
    assert (
        await github.client.get(f"{github.url}{REPO}/actions/runs/{id_}", headers=github.headers)
    ).status_code == 404


async def test_a_push_becomes_the_head_builds_and_ends_as_an_image(world: World, github: Asking) -> None:
    commit = world.github.push("Sum VAT twice")
    assert (await github.get(f"{REPO}/commits/main"))["sha"] == commit.sha
    run = of(world, commit.sha)
    world.clock.skip(40 * story.MINUTE)
    assert await state(github, run) == (1, "completed", "success")
    shipped = world.registry.find(story.IMAGE, commit.sha)
    assert shipped is not None
    assert world.registry.find(story.IMAGE, "latest") == shipped
    docs = world.github.push("Say it", files=("docs/x.md",), built=None)
    assert docs.parent == commit.sha
    assert all(each.commit.sha != docs.sha for each in world.github.runs.all)
