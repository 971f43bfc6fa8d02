"""GitHub Actions: exact requests, parsed answers, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given

from deploy.core import errors
from deploy.core.errors import SystemFailure
from deploy.core.github_model import Build, Runner
from deploy.core.json_fields import read
from deploy.systems.github import GitHub
from sandbox import story
from sandbox.github.joblog import LEAKED_TOKEN
from tests.contracts import contract
from tests.deploy.systems.any_json import any_json
from tests.deploy.systems.played_transport import PlayedTransport, say

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

ACTIONS = "https://api.github.com/repos/Wandeon/FiskAI/actions"
RUN = {
    "id": 7,
    "head_sha": story.BUILT,
    "status": "queued",
    "run_attempt": 2,
    "path": ".github/workflows/b.yml",
}
RUNNERS = {
    "runners": [{"id": 21, "name": "vps", "status": "online", "busy": True, "labels": [{"name": "X64"}]}]
}
NO_RUNS: dict[str, Any] = {"workflow_runs": []}
DISPATCHED = {"workflow_run_id": 9, "run_url": "https://x", "html_url": "https://x"}


def github(transport: PlayedTransport) -> GitHub:
    http = transport.http("GitHub", "https://api.github.com", token="ghp_x", setting="FISK_GITHUB_TOKEN")
    return GitHub(http, "Wandeon/FiskAI")


ASKED: tuple[tuple[Callable[[GitHub], Awaitable[object]], httpx.Response, str, Any], ...] = (
    (lambda hub: hub.run(7), say(200, RUN), "GET /runs/7", None),
    (lambda hub: hub.runs(status="queued"), say(200, NO_RUNS), "GET /runs?status=queued&per_page=20", None),
    (lambda hub: hub.runners(), say(200, RUNNERS), "GET /runners?per_page=100", None),
    (lambda hub: hub.rerun(7), say(201, {}), "POST /runs/7/rerun", None),
    (lambda hub: hub.rerun(7, failed_only=True), say(201, {}), "POST /runs/7/rerun-failed-jobs", None),
    (lambda hub: hub.cancel(7), say(202, {}), "POST /runs/7/cancel", None),
    (
        lambda hub: hub.dispatch("build.yml", "main", {"force_no_cache": "true"}),
        say(200, DISPATCHED),
        "POST /workflows/build.yml/dispatches",
        {"ref": "main", "inputs": {"force_no_cache": "true"}, "return_run_details": True},
    ),
)  # fmt: skip


@pytest.mark.parametrize(("ask", "answer", "line", "body"), ASKED, ids=[each[2] for each in ASKED])
async def test_requests_are_those_of_the_contract(
    ask: Callable[[GitHub], Awaitable[object]], answer: httpx.Response, line: str, body: Any
) -> None:
    transport = PlayedTransport(answer)
    await ask(github(transport))
    (request,) = transport.asked
    assert f"{request.method} {request.url}" == line.replace(" ", f" {ACTIONS}", 1)
    assert (json.loads(request.content) if request.content else None) == body
    query = dict(request.url.params)
    assert contract("github").request(request.method, request.url.path, query=query, body=body) == []


async def test_runs_and_runners_become_values() -> None:
    run = await github(
        PlayedTransport(say(200, {**RUN, "display_title": "T", "triggering_actor": {"login": "ana"}}))
    ).run(7)
    assert (run.id, run.attempt, run.workflow, run.title, run.actor, run.over) == (
        7,
        2,
        "b.yml",
        "T",
        "ana",
        False,
    )
    assert await github(PlayedTransport(say(200, RUNNERS))).runners() == (
        Runner(21, "vps", online=True, busy=True, labels=("X64",)),
    )


async def test_jobs_that_stay_as_they_are_are_asked_for_once() -> None:
    job = {"id": 1, "run_id": 7, "name": "b"}
    transport = PlayedTransport(
        say(200, {"jobs": [{**job, "status": "in_progress"}]}),
        say(200, {"jobs": [{**job, "status": "completed", "conclusion": "success"}]}),
    )
    hub = github(transport)
    told = [await hub.lasting_jobs(7) for _ in range(3)]
    assert [[job.conclusion for job in jobs] for jobs in told] == [[""], ["success"], ["success"]]
    assert len(transport.asked) == 2


def test_a_runner_takes_a_job_whose_labels_it_has_whatever_their_case() -> None:
    runner = Runner(1, "vps", online=True, busy=False, labels=("self-hosted", "Linux", "X64"))
    assert runner.takes(("self-hosted", "linux"))
    assert not runner.takes(("self-hosted", "gpu"))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            say(403, {"message": "Resource not accessible by personal access token"}),
            "Resource not accessible",
        ),
        (say(404, {"message": "Not Found"}), "only administrators of the repository see its runners"),
    ],
    ids=repr,
)
async def test_without_the_right_to_see_runners_that_is_the_error(answer: httpx.Response, why: str) -> None:
    with pytest.raises(errors.MissingAbility, match=why):
        await github(PlayedTransport(answer)).runners()


@pytest.mark.parametrize(
    "why",
    [
        "This workflow run is already running",
        "Unable to retry this workflow run because it was created over a month ago",
        "This workflow run cannot be retried",
    ],
)
async def test_a_build_that_github_does_not_run_again_says_why(why: str) -> None:
    with pytest.raises(errors.NotRerunnable, match=why):
        await github(PlayedTransport(say(403, {"message": why}))).rerun(7)


@pytest.mark.parametrize(
    "message",
    [
        "Must have admin rights to Repository.",
        "Resource not accessible by personal access token",
        "Resource not accessible by integration",
        "Resource protected by organization SAML enforcement. You must grant your token access.",
        "Although you appear to have the correct authorization credentials, the `x` organization has an IP allow list",
    ],
)
async def test_a_missing_right_to_rerun_is_about_the_token(message: str) -> None:
    with pytest.raises(errors.MissingAbility):
        await github(PlayedTransport(say(403, {"message": message}))).rerun(7)


async def test_a_build_that_names_rights_in_its_refusal_is_not_about_the_token() -> None:
    """No word decides but the message that GitHub documents."""
    said = {"message": "This workflow run cannot be retried: its environment asks for permission first"}
    with pytest.raises(errors.NotRerunnable):
        await github(PlayedTransport(say(403, said))).rerun(7)


async def test_what_is_over_cannot_be_cancelled_and_that_is_an_answer() -> None:
    assert await github(PlayedTransport(say(202, {}))).cancel(7)
    assert not await github(
        PlayedTransport(say(409, {"message": "Cannot cancel a workflow run that is completed."}))
    ).cancel(7)


@pytest.mark.parametrize("answer", [httpx.Response(204), httpx.Response(200), say(200, {})], ids=repr)
async def test_a_dispatch_may_not_tell_its_run(answer: httpx.Response) -> None:
    assert await github(PlayedTransport(answer)).dispatch("build.yml", "main", {}) == 0


async def test_a_workflow_that_cannot_be_started_says_why() -> None:
    said = {"message": "Workflow does not have 'workflow_dispatch' trigger"}
    with pytest.raises(errors.NotStartable, match="does not have 'workflow_dispatch' trigger"):
        await github(PlayedTransport(say(422, said))).dispatch("build.yml", "main", {})


@pytest.mark.parametrize("act", ["rerun", "cancel", "dispatch"])
@pytest.mark.parametrize(
    "answer", [say(502), httpx.ConnectError("gone"), httpx.ReadTimeout("late")], ids=repr
)
async def test_an_act_is_sent_once(act: str, answer: httpx.Response | Exception) -> None:
    transport = PlayedTransport(answer)
    hub = github(transport)
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "rerun": lambda: hub.rerun(7),
        "cancel": lambda: hub.cancel(7),
        "dispatch": lambda: hub.dispatch("build.yml", "main", {}),
    }
    with pytest.raises(SystemFailure):
        await acts[act]()
    assert len(transport.asked) == 1


async def test_a_limit_says_for_how_long() -> None:
    limit = say(403, {"message": "You have exceeded a secondary rate limit."}, Retry_After="30")
    with pytest.raises(errors.RateLimited) as caught:
        await github(PlayedTransport(limit)).rerun(7)
    assert caught.value.facts["retry_after"] == 30


# --- logs


async def test_a_log_is_fetched_from_elsewhere_without_the_token() -> None:
    link = "https://logs.example/7?sig=x"
    transport = PlayedTransport(
        httpx.Response(302, headers={"Location": link}), httpx.Response(200, content="\ufefflog ✓".encode())
    )
    assert await github(transport).log(7) == "log ✓"
    assert [("Authorization" in request.headers, str(request.url)) for request in transport.asked] == [
        (True, f"{ACTIONS}/jobs/7/logs"),
        (False, link),
    ]


@pytest.mark.parametrize(("status", "why"), [(404, "has not ended, or never began"), (410, "has expired")])
async def test_a_log_that_is_not_there_says_why(status: int, why: str) -> None:
    with pytest.raises(errors.LogGone, match=why):
        await github(PlayedTransport(say(status, {"message": "Not Found"}))).log(7)


async def test_the_calls_left_are_known_after_a_log_too() -> None:
    numbers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4871"}
    transport = PlayedTransport(
        httpx.Response(200, json=RUN, headers=numbers),
        httpx.Response(302, headers={"Location": "https://logs.example/7"}),
        httpx.Response(200, content=b"log"),
    )
    hub = github(transport)
    await hub.run(7)
    await hub.log(7)
    assert hub.calls_left == (4871, 5000)


# --- against the stand-in


async def test_a_failed_build_shows_its_log_through_real_sockets(clients: Clients, world: World) -> None:
    hub = clients.github()
    (build,) = await hub.builds(story.WORKFLOW, sha=story.BUILD_FAILED)
    (job,) = await hub.jobs(build.id)
    assert LEAKED_TOKEN in await hub.log(job.id)
    assert "Authorization" not in world.github.actions.logs.received[0].headers
    world.github.actions.expired_logs.add(build.id)
    with pytest.raises(errors.LogGone):
        await hub.log(job.id)


async def test_a_deleted_run_is_not_there(clients: Clients) -> None:
    for ask in (clients.github().run, clients.github().jobs, clients.github().rerun, clients.github().cancel):
        with pytest.raises(errors.NotThere):
            await ask(1)


async def test_a_thousand_runs_are_read_a_page_at_most(clients: Clients, world: World) -> None:
    for _ in range(1000):
        world.github.runs.add(world.github.history.find(story.BRANCH), "push", story.IVO)
    listed = await clients.github().builds(story.WORKFLOW, limit=1000)
    assert (len(listed), listed[0].id) == (100, world.github.runs.all[-1].id)


async def test_a_rerun_keeps_the_id_and_raises_the_attempt(clients: Clients, world: World) -> None:
    hub = clients.github()
    (before,) = await hub.builds(story.WORKFLOW, sha=story.BUILD_FAILED)
    await hub.rerun(before.id)
    now = await hub.run(before.id)
    assert (now.id, now.attempt, now.status) == (before.id, 2, "queued")
    world.clock.skip(30 * story.MINUTE)
    assert replace(await hub.run(before.id), started=0, updated=0) == replace(
        before, attempt=2, actor="Wandeon", started=0, updated=0
    )


# --- parsers take anything


@given(any_json("id", "head_sha", "status", "path", "actor", "runners", "name", "labels", "busy"))
def test_no_parser_breaks_on_anything(raw: Any) -> None:
    for kind, key in ((Build, ""), (tuple[Runner, ...], "runners"), (tuple[dict[str, Any], ...], "")):
        for answer in (raw, {**RUN, "path": raw, "actor": raw, "runners": raw}):
            with suppress(SystemFailure):
                repr(read("GitHub", kind, answer, key)).encode()
