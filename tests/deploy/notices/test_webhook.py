"""News of builds by webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.notices.policy import DAY
from sandbox import story
from tests.deploy.conftest import journal, outside, play, state
from tests.deploy.notices.watching import Looking, hear, looking

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "looking", "outside", "play", "state"]


async def test_a_webhook_tells_of_a_build_and_its_redelivery_does_not(
    looking: Looking, outside: Sandbox
) -> None:
    assert [await hear(looking, outside) for _ in range(2)] == ["news", "repeated"]
    assert await hear(looking, outside, "d-2") == "old"
    assert len(await looking.messages()) == 1


async def test_other_branches_workflows_repositories_and_days_are_ignored(
    looking: Looking, outside: Sandbox
) -> None:
    assert await hear(looking, outside, head_branch="feature") is None
    assert await hear(looking, outside, path=".github/workflows/ci.yml") is None
    assert await hear(looking, outside, event="pull_request") is None
    assert await hear(looking, outside, updated_at="2020-01-01T00:00:00Z") is None
    looking.world.systems.github.repository = "Wandeon/Other"
    assert await hear(looking, outside) is None
    assert (await looking.messages(), DAY) == ([], 86_400)


async def test_a_renamed_repository_is_believed_by_its_id(looking: Looking, outside: Sandbox) -> None:
    outside.github.rename()
    assert await hear(looking, outside) == "news"
    assert len(await looking.messages()) == 1


async def test_without_an_answer_from_github_another_name_is_not_believed(
    looking: Looking, outside: Sandbox
) -> None:
    outside.github.rename()
    outside.github.faults.queue("GET *", status=500, times=9)
    assert [await hear(looking, outside, each) for each in ("d-1", "d-2")] == [None, None]
    identity = [each for each in outside.github.received if each.path == f"/repos/{story.REPOSITORY}"]
    assert len(identity) == 1, "it is not asked for each webhook"


async def test_a_payload_that_is_none_of_githubs_is_refused(looking: Looking, outside: Sandbox) -> None:
    with pytest.raises(errors.Unexpected):
        await hear(looking, outside, head_sha=None)
    payload = {"repository": {"full_name": story.REPOSITORY}, "workflow_run": None}
    with pytest.raises(errors.Unexpected):
        await looking.watch.hear(payload, "d-1")


async def test_without_listeners_a_webhook_is_ignored(play: Play, state: State, outside: Sandbox) -> None:
    nobody = Looking(play.world, state, rules={})
    assert await hear(nobody, outside) is None
