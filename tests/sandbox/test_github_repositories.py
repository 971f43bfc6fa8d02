"""Two repositories behind one GitHub: each has what is its own, and one runner builds both."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import story, workers_story
from sandbox.world import World
from tests.sandbox.asking import bearer
from tests.sandbox.test_github_webhooks import listening
from tests.waiting import until

if TYPE_CHECKING:
    import httpx

APP, WORKERS = f"/repos/{story.REPOSITORY}", f"/repos/{workers_story.REPOSITORY}"


class Asked:
    def __init__(self, client: httpx.AsyncClient, world: World) -> None:
        self._client, self._world = client, world

    async def __call__(self, path: str, **query: str) -> Any:
        headers = bearer(self._world.github.token)
        answer = await self._client.get(f"{self._world.github.url}{path}", params=query, headers=headers)
        return answer.json()

    async def each(self, path: str, field: str) -> Any:
        """A field of each that is listed, in either repository."""
        lists = [await self(f"{name}{path}") for name in (APP, WORKERS)]
        return [[one[field] for one in rows] for rows in lists]


@pytest.fixture
def asked(client: httpx.AsyncClient, world: World) -> Asked:
    return Asked(client, world)


async def test_each_has_its_own_commits_and_pushes(asked: Asked, world: World) -> None:
    world.github.workers.push("Sort the queue")
    (app, workers) = await asked.each("/commits", "sha")
    newest = world.github.workers.history.heads["main"]
    assert (app[0], workers) == (
        story.BUILDING,
        [newest, *reversed(list(workers_story.COMMITS))],
    )
    (_, pushed) = await asked.each("/activity", "after")
    assert pushed == workers


async def test_the_workers_files_are_theirs_and_the_app_names_the_commit_that_goes_with_each(
    asked: Asked,
) -> None:
    workflow = await asked(f"{WORKERS}/contents/.github/workflows/{workers_story.WORKFLOW}")
    assert b64decode(workflow["content"]).decode() == workers_story.FILE
    named = [
        (await asked(f"{APP}/contents/{workers_story.PAIRS}", ref=ref))["content"]
        for ref in (story.RUNS, story.BUILT, "main")
    ]
    assert [b64decode(text).decode().strip() for text in named] == [
        workers_story.RUNS,
        workers_story.BUILT,
        workers_story.BUILT,
    ]
    missing = await asked(f"{WORKERS}/contents/{workers_story.PAIRS}")
    assert missing["message"] == "Not Found"


async def test_no_id_of_a_run_a_job_or_a_deployment_is_given_twice(asked: Asked, world: World) -> None:
    body = {"ref": "main", "auto_merge": False}
    made = [one.deployments.add(one.history.heads["main"], body) for one in world.github.repositories]
    runs = [run for one in world.github.repositories for run in one.runs.all]
    ids = [*(one.id for one in made), *(run.id for run in runs), *(run.job_id for run in runs)]
    assert len(set(ids)) == len(ids)
    listed = await asked(f"{WORKERS}/actions/runs/{world.github.runs.all[0].id}")
    assert listed["message"] == "Not Found"


async def test_one_runner_builds_for_both_one_after_the_other(world: World) -> None:
    app = next(run for run in world.github.runs.all if run.commit.sha == story.BUILDING)
    pushed = world.github.workers.push("Sort the queue")
    later = world.github.push("Sort the dashboard")
    theirs = world.github.workers.runs.all[-1]
    ours = world.github.runs.all[-1]
    assert (theirs.commit, ours.commit) == (pushed, later)
    assert (theirs.job.begins, ours.job.begins) == (app.job.ends, theirs.job.ends)
    world.github.workers.runs.online = False
    assert world.github.runs.online is False


async def test_a_build_of_theirs_pushes_both_images_and_its_log_names_both_digests(world: World) -> None:
    images = {image: world.registry.named(image) for image in workers_story.IMAGES}
    built = {image: tags[workers_story.BUILT] for image, tags in images.items()}
    assert {shipped.platforms for shipped in built.values()} == {("linux/amd64",)}
    assert all(
        tags["latest"] == tags[workers_story.BUILT[:7]] == built[image] for image, tags in images.items()
    )
    run = next(run for run in world.github.workers.runs.all if run.commit.sha == workers_story.BUILT)
    log = run.newest.log(world.clock)
    for image, shipped in built.items():
        assert f"pushing manifest for ghcr.io/{image}:{workers_story.BUILT}@{shipped.digest}" in log


async def test_with_workers_a_build_of_theirs_waits_as_the_story_begins() -> None:
    async with World(speed=0, workers_build=True) as world:
        run = world.github.workers.runs.all[-1]
        assert (run.commit.sha, run.whole.status(world.clock)) == (workers_story.BUILDING, "queued")
        world.clock.skip(9 * 60 + 11 * 60)
        assert run.whole.concluded(world.clock) == "success"
        assert world.registry.named(workers_story.IMAGES[1])["latest"].sha == workers_story.BUILDING


async def test_each_webhook_names_its_repository(world: World) -> None:
    async with listening(world) as receiver:
        commit = world.github.workers.push("Sort the queue")
        await until(lambda: receiver.of("workflow_run"))
        (push,), run = receiver.of("push"), receiver.of("workflow_run")[0]
        assert push["repository"]["full_name"] == run["repository"]["full_name"] == workers_story.REPOSITORY
        assert (push["after"], run["workflow_run"]["path"]) == (
            commit.sha,
            f".github/workflows/{workers_story.WORKFLOW}",
        )
        assert run["workflow_run"]["repository"]["id"] == push["repository"]["id"]
