"""GitHub's stand-in: tokens, rate limits, and answers that do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import story
from tests.sandbox.asking import Asking, bearer
from tests.sandbox.github import REPO, RUNS

if TYPE_CHECKING:
    import httpx

    from sandbox.world import World


async def test_every_answer_says_how_many_calls_are_left(github: Asking) -> None:
    left = [(await github("GET", REPO)).headers["x-ratelimit-remaining"] for _ in range(2)]
    assert left == ["4999", "4998"]


async def test_an_unchanged_answer_is_free_for_a_token(github: Asking) -> None:
    first = await github("GET", REPO)
    again = await github("GET", REPO, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "4999"


async def test_an_unchanged_answer_counts_for_an_anonymous_caller(
    world: World, client: httpx.AsyncClient
) -> None:
    first = await client.get(world.github.url + REPO)
    again = await client.get(world.github.url + REPO, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.headers["x-ratelimit-remaining"], again.headers["x-ratelimit-remaining"]) == ("59", "58")


async def test_a_changed_answer_comes_whole(world: World, github: Asking) -> None:
    first = await github("GET", RUNS)
    world.clock.skip(9 * story.MINUTE)
    again = await github("GET", RUNS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["ETag"] != first.headers["ETag"]) == (200, True)


async def test_asking_for_the_limit_costs_nothing(github: Asking) -> None:
    await github.get(REPO)
    for _ in range(2):
        limits = await github.get("/rate_limit")
    assert (limits["rate"]["used"], limits["rate"]["remaining"]) == (1, 4999)


async def test_a_used_up_hour_is_a_403_that_says_when_it_ends(world: World, github: Asking) -> None:
    world.github.allowance.limit = 1
    await github.get(REPO)
    answer = await github("GET", REPO)
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("API rate limit exceeded")
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert int(answer.headers["x-ratelimit-reset"]) > world.clock.start


@pytest.mark.parametrize("status", [403, 429])
async def test_the_secondary_limit_says_how_long_to_wait(world: World, github: Asking, status: int) -> None:
    world.github.throttle(status=status, retry_after=7)
    answer = await github("GET", REPO)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    await github.get(REPO)


async def test_a_wrong_token_is_a_401_and_no_token_may_not_write(github: Asking) -> None:
    wrong = await github("GET", REPO, headers=bearer("wrong"))
    nobody = await github("POST", f"{REPO}/deployments", json={}, headers={"Authorization": ""})
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
    assert (nobody.status_code, nobody.json()["message"]) == (401, "Requires authentication")
