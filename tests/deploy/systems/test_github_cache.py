"""Answers of GitHub's that are known already, and the calls that are left."""

from __future__ import annotations

import httpx
import pytest

from deploy.core.errors import (
    CommitNotFound,
    MissingAbility,
    RateLimited,
)
from tests.deploy.systems.github_answers import COMMIT, READ, SHA, github
from tests.deploy.systems.played_transport import PlayedTransport, say


async def test_an_unchanged_answer_costs_no_call_and_reads_the_same() -> None:
    transport = PlayedTransport(say(200, COMMIT, ETag='W/"1"'), say(304, ETag='W/"1"'))
    hub = github(transport)
    assert [await hub.commit("main"), await hub.commit("main")] == [READ, READ]
    assert [request.headers.get("If-None-Match") for request in transport.asked] == [None, 'W/"1"']


async def test_a_changed_answer_replaces_the_known_one() -> None:
    newer = {**COMMIT, "sha": "9" * 40}
    transport = PlayedTransport(say(200, COMMIT, ETag='"1"'), say(200, newer, ETag='"2"'), say(304))
    hub = github(transport)
    found = [(await hub.commit("main")).sha for _ in range(3)]
    assert found == [SHA, "9" * 40, "9" * 40]
    assert transport.asked[2].headers["If-None-Match"] == '"2"'


async def test_another_query_is_another_answer() -> None:
    transport = PlayedTransport(say(200, {"workflow_runs": []}, ETag='"1"'))
    hub = github(transport)
    await hub.builds("build.yml", sha=SHA)
    await hub.builds("build.yml", sha="9" * 40)
    assert [request.headers.get("If-None-Match") for request in transport.asked] == [None, None]


async def test_a_commit_that_vanished_is_not_answered_from_memory() -> None:
    transport = PlayedTransport(say(200, COMMIT, ETag='"1"'), say(422, {}))
    hub = github(transport)
    await hub.commit("main")
    with pytest.raises(CommitNotFound):
        await hub.commit("main")


async def test_what_is_known_is_bounded() -> None:
    transport = PlayedTransport(say(200, COMMIT, ETag='"1"'))
    hub = github(transport)
    for number in range(201):
        await hub.commit(f"branch-{number}")
    await hub.commit("branch-200")
    await hub.commit("branch-0")
    assert [request.headers.get("If-None-Match") for request in transport.asked[-2:]] == ['"1"', None]


async def test_the_calls_that_are_left_are_those_of_the_newest_answer() -> None:
    numbers = {"x-ratelimit-limit": "5000"}
    transport = PlayedTransport(
        httpx.Response(200, json=COMMIT, headers={**numbers, "x-ratelimit-remaining": "4871", "ETag": '"1"'}),
        httpx.Response(304, headers={**numbers, "x-ratelimit-remaining": "4870"}),
    )
    hub = github(transport)
    seen = [hub.calls_left]
    for _ in range(2):
        await hub.commit("main")
        seen.append(hub.calls_left)
    assert seen == [None, (4871, 5000), (4870, 5000)]


@pytest.mark.parametrize(
    "answer",
    [
        say(403, {"message": "You have exceeded a secondary rate limit. Please wait."}),
        say(429, {"message": "You have exceeded a secondary rate limit."}),
        say(403, {"message": "API rate limit exceeded for user ID 1."}),
    ],
    ids=repr,
)
async def test_a_limit_without_a_time_asks_for_a_minute(answer: httpx.Response) -> None:
    with pytest.raises(RateLimited) as caught:
        await github(PlayedTransport(answer)).commit("main")
    assert (caught.value.code, caught.value.facts["retry_after"]) == ("github_rate_limited", 60)


async def test_a_limit_is_known_by_its_headers_whatever_it_says() -> None:
    for headers in ({"Retry_After": "30"}, {"x_ratelimit_remaining": "0"}):
        with pytest.raises(RateLimited):
            await github(PlayedTransport(say(403, {"message": "Not now."}, **headers))).commit("main")


async def test_a_missing_right_that_names_a_limit_is_none() -> None:
    """A sentence that only speaks of rate limits is not the one that GitHub documents."""
    said = {"message": "This token may not read the rate limit of others"}
    with pytest.raises(MissingAbility):
        await github(PlayedTransport(say(403, said))).commit("main")


async def test_a_missing_right_is_no_limit() -> None:
    said = {"message": "Resource not accessible by personal access token"}
    with pytest.raises(MissingAbility, match="Resource not accessible"):
        await github(PlayedTransport(say(403, said))).create_deployment(
            SHA, "production", "", production=True
        )
