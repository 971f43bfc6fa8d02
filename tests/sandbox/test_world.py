"""The whole story: fixed, consistent across the stand-ins, and advanced by its clock."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from deploy.core.permissions import PERMISSIONS
from deploy.core.target import Target
from sandbox import story, workers_story
from sandbox.clock import Clock
from sandbox.compose import files
from sandbox.stage import Stage
from sandbox.world import UUIDS, World

if TYPE_CHECKING:
    import httpx
    import pytest


def test_shas_are_forty_digits_and_begin_as_the_examples_say() -> None:
    assert all(len(sha) == 40 and int(sha, 16) for sha in story.COMMITS)
    named = (story.RUNS, story.AMD64_ONLY, story.SICK, story.BUILT, story.DOCS_ONLY, story.BUILDING)
    assert " ".join(sha[:7] for sha in named) == "a4c9e1f 51ab3c4 e02d8aa 3f2a1b9 b7d0c5e 9c41d07"


def test_only_the_twins_share_their_first_seven_digits() -> None:
    prefixes = [sha[:7] for sha in story.COMMITS]
    assert {one for one in prefixes if prefixes.count(one) > 1} == {story.AMBIGUOUS}
    assert not any(sha.startswith(story.UNKNOWN) for sha in story.COMMITS)


def test_a_commit_comes_after_its_parent() -> None:
    linked = [commit for commit in story.COMMITS.values() if commit.parent]
    assert len(linked) == len(story.COMMITS) - 1
    assert all(commit.at > story.COMMITS[commit.parent].at for commit in linked)


async def test_what_never_started_removes_nothing_when_it_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").write_text("somebody's")
    monkeypatch.chdir(tmp_path)
    await World().stop()
    await Stage().stop()
    assert (tmp_path / "work").read_text() == "somebody's"


async def test_both_applications_run_what_the_story_begins_with(
    world: World, client: httpx.AsyncClient
) -> None:
    for target in UUIDS:
        body = (await client.get(world.host.health_url(target))).json()
        assert sorted(body) == ["memory", "status", "timestamp", "uptime", "version"]
        assert (body["status"], body["version"], world.coolify.running(target)) == (
            "ok",
            story.RUNS[:7],
            story.RUNS,
        )


async def test_its_settings_lead_to_the_stand_ins(world: World) -> None:
    assert world.environment() == {
        "FISK_GITHUB_TOKEN": world.github.token,
        "FISK_GITHUB_URL": world.github.url,
        "FISK_GITHUB_REPOSITORY": "Wandeon/FiskAI",
        "FISK_GITHUB_WEBHOOK_SECRET": world.webhooks.secret,
        "FISK_COOLIFY_URL": world.coolify.url,
        "FISK_COOLIFY_TOKEN": world.coolify_token,
        "FISK_REGISTRY_URL": world.registry.url,
        "FISK_KEY": world.key,
    }


async def test_its_configuration_names_both_targets(world: World) -> None:
    config = tomllib.loads(world.config_toml())
    team = {"members": ["U024BE7LH", "U0MARKO01", "cli:*"], "may": list(PERMISSIONS)}
    assert config["access"] == {"roles": {"team": team}}
    assert {name: target["app"] for name, target in config["targets"].items()} == UUIDS
    assert config["targets"]["app"] == {
        "image": "ghcr.io/wandeon/fiskai-app",
        "platform": "linux/arm64",
        "workflow": "build.yml",
        "app": UUIDS["app"],
        "health": f"{world.host.url}/app/api/health",
        "environment": "production",
        "host": "vps01",
    }
    assert config["doctor"] == {
        "outside": ["127.0.0.2"],
        "workers": {"ghcr.io/wandeon/fiskai-worker": "linux/amd64"},
    }


async def test_every_request_is_kept_whatever_became_of_it(world: World, client: httpx.AsyncClient) -> None:
    world.coolify.faults.queue("POST *", status=500)
    await client.post(f"{world.coolify.url}/api/v1/deploy?uuid=x", json={"a": 1})
    (received,) = world.coolify.received
    assert (received.line, received.query, received.json) == ("POST /api/v1/deploy", {"uuid": "x"}, {"a": 1})
    assert world.coolify.asked("POST /api/v1/deploy") == 1


async def test_two_worlds_live_side_by_side(world: World, client: httpx.AsyncClient) -> None:
    async with World(speed=0) as other:
        other.host.running.clear()
        answers = [await client.get(one.host.health_url("app")) for one in (world, other)]
    assert [answer.status_code for answer in answers] == [200, 502]


def test_the_past_is_told_as_it_was_and_the_future_in_real_time() -> None:
    clock = Clock(speed=60)
    assert clock.stamp(-600) == clock.start - 600
    assert clock.stamp(600) == clock.start + 10
    assert not clock.passed(600)


def test_no_moment_that_has_passed_lies_in_the_future() -> None:
    clock = Clock(speed=0)
    clock.skip(600)
    assert clock.passed(600)
    assert clock.stamp(600) <= time.time()


def test_a_clock_stands_at_its_start_until_it_begins() -> None:
    clock = Clock(speed=60)
    clock.stand()
    clock.start, clock._began = clock.start - 600, clock._began - 600
    assert (clock.elapsed, clock.passed(1)) == (0, False)
    stood = clock.start
    clock.begin()
    assert clock.start >= stood + 600
    assert 0 <= clock.elapsed < 600 * 60


async def test_a_story_that_waits_has_no_image_before_it_begins() -> None:
    async with World(speed=0, waits=True) as world:
        assert world.registry.find(story.IMAGE, story.RUNS) is None
        assert world.coolify.apps == {}
        world.begin()
        shipped = world.registry.find(story.IMAGE, story.RUNS)
        assert shipped is not None
        assert shipped.sha == story.RUNS
        begun = world.clock.start
        world.begin()
        assert world.clock.start == begun


async def test_with_workers_the_storys_settings_have_a_target_that_compose_runs() -> None:
    async with World(speed=0, workers=True) as world:
        targets = tomllib.loads(world.config_toml())["targets"]
        workers = TypeAdapter(Target).validate_python({"name": "workers", **targets["workers"]})
    assert list(targets) == ["app", "staging", "workers"]
    assert (workers.host, workers.repository, workers.project_name) == (
        "vps",
        workers_story.REPOSITORY,
        files.NAME,
    )
    assert workers.every_image == tuple(f"ghcr.io/{image}" for image in workers_story.IMAGES)
