"""What fisk asks Coolify, and what it makes of the answers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from deploy.core.errors import (
    FiskError,
    MissingAbility,
    NotJson,
    NotThere,
    Rejected,
    Unauthorized,
)
from deploy.core.rights import Right
from deploy.systems.coolify import parsing
from deploy.systems.coolify.coolify import Coolify
from tests.deploy.systems.coolify_answers import APPLICATION, DEPLOYMENT, SHA
from tests.deploy.systems.played_transport import PlayedTransport, say

IMAGE = "ghcr.io/wandeon/fiskai-app"


def bodies(transport: PlayedTransport) -> list[Any]:
    return [json.loads(request.content) if request.content else None for request in transport.asked]


async def test_each_method_asks_what_coolify_knows() -> None:
    asked = {}
    for name, answer, call in (
        ("version", httpx.Response(200, text="4.3.11"), lambda it: it.version()),
        ("application", say(200, APPLICATION), lambda it: it.application("abc")),
        ("point", say(200, {"uuid": "abc"}), lambda it: it.point("abc", IMAGE, SHA, SHA)),
        ("deploy", say(200, {"deployments": [{"deployment_uuid": "d1"}]}), lambda it: it.deploy("abc")),
        ("deployment", say(200, DEPLOYMENT), lambda it: it.deployment("d1")),
        ("deployments", say(200, {"count": 0, "deployments": []}), lambda it: it.deployments("abc", 3)),
        ("cancel", say(200, DEPLOYMENT), lambda it: it.cancel("d1")),
    ):
        transport = PlayedTransport(answer)
        await call(Coolify(transport.http()))  # type: ignore[no-untyped-call]
        asked[name] = [line.replace("https://coolify.example/api/v1", "") for line in transport.lines]
        assert all("application/json" in request.headers["Accept"] for request in transport.asked)
    assert asked == {
        "version": ["GET /version"],
        "application": ["GET /applications/abc"],
        "point": ["PATCH /applications/abc"],
        "deploy": ["POST /deploy?uuid=abc"],
        "deployment": ["GET /deployments/d1"],
        "deployments": ["GET /deployments/applications/abc?skip=0&take=3"],
        "cancel": ["POST /deployments/d1/cancel", "GET /deployments/d1"],
    }


async def test_pointing_sets_name_tag_and_commit_together_and_may_be_repeated() -> None:
    transport = PlayedTransport(httpx.ReadTimeout(""), say(200, {"uuid": "abc"}))
    await Coolify(transport.http()).point("abc", IMAGE, SHA, SHA)
    body = {"docker_registry_image_name": IMAGE, "docker_registry_image_tag": SHA, "git_commit_sha": SHA}
    assert bodies(transport) == [body] * 2


@pytest.mark.parametrize("lost", [httpx.ReadTimeout(""), httpx.ReadError(""), say(502), say(503)], ids=repr)
async def test_a_deployment_is_asked_for_once_whatever_happens(lost: httpx.Response | Exception) -> None:
    transport = PlayedTransport(lost)
    with pytest.raises(FiskError):
        await Coolify(transport.http()).deploy("abc")
    assert transport.lines == ["POST https://coolify.example/api/v1/deploy?uuid=abc"]


async def test_an_id_never_leaves_its_place_in_the_path() -> None:
    transport = PlayedTransport(say(404, {}))
    assert await Coolify(transport.http()).deployment("../applications/abc?x=1") is None
    assert transport.asked[0].url.raw_path == b"/api/v1/deployments/..%2Fapplications%2Fabc%3Fx%3D1"


def entry(message: str, **more: str) -> dict[str, Any]:
    return {"deployments": [{"message": message, "resource_uuid": "abc", **more}]}


def test_a_claimed_deployment_is_returned_for_the_caller_to_prove() -> None:
    queued = "Deployment already queued for this commit."
    assert parsing.parse_trigger(entry(queued, deployment_uuid="phantom"), "abc") == "phantom"


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (
            entry("Unauthorized to deploy this application."),
            MissingAbility,
            "Coolify does not let fisk's token do that: Unauthorized to deploy this application.",
        ),
        (
            entry("Server is not reachable."),
            Rejected,
            "Coolify rejected the request: Server is not reachable.",
        ),
        (entry(""), Rejected, "Coolify rejected the request: it started nothing and did not say why."),
        ({"deployments": []}, NotThere, "Coolify has no application abc."),
        (
            {"deployments": [{"resource_uuid": "other", "deployment_uuid": "d9"}]},
            NotThere,
            "Coolify has no application abc.",
        ),
    ],
)
def test_a_failure_that_is_200_is_a_failure(answer: Any, kind: type[FiskError], sentence: str) -> None:
    with pytest.raises(kind) as caught:
        parsing.parse_trigger(answer, "abc")
    assert (type(caught.value), str(caught.value)) == (kind, sentence)
    assert caught.value.failure.hint


async def test_an_invalid_token_was_a_bad_request_once() -> None:
    with pytest.raises(Unauthorized) as caught:
        await Coolify(PlayedTransport(say(400, {"message": "Invalid token."})).http()).application("abc")
    assert caught.value.failure.hint == "Put a valid token in FISK_COOLIFY_TOKEN and restart fisk."


async def test_another_bad_request_is_not_about_the_token() -> None:
    with pytest.raises(Rejected):
        await Coolify(
            PlayedTransport(say(400, {"message": "Invalid token in the body of the request."})).http()
        ).application("abc")


async def test_a_missing_right_names_the_ability() -> None:
    with pytest.raises(MissingAbility) as caught:
        await Coolify(
            PlayedTransport(say(403, {"message": "Missing required permissions: write"})).http()
        ).point("abc", IMAGE, "t", "c")
    assert caught.value.ability == "write"


async def test_a_closed_api_is_no_missing_ability_of_the_token() -> None:
    """It is raised, whatever words it uses: what the token may do is not known."""
    closed = {"message": "The administrator has no permission for you to use the API."}
    with pytest.raises(MissingAbility):
        await Coolify(PlayedTransport(say(403, closed)).http()).abilities("abc")


async def test_a_page_that_is_not_found_is_no_missing_deployment() -> None:
    with pytest.raises(NotJson):
        await Coolify(PlayedTransport(httpx.Response(404, html="<h1>404</h1>")).http()).deployment("d1")


@pytest.mark.parametrize(
    "answer",
    [say(500, {}), say(400, {"message": "already over"}), httpx.ReadTimeout(""), httpx.ReadError("")],
)
async def test_whatever_a_cancel_answers_the_deployment_is_read_again(
    answer: httpx.Response | Exception,
) -> None:
    cancelled = {**DEPLOYMENT, "status": "cancelled-by-user"}
    transport = PlayedTransport(answer, say(200, cancelled))
    assert await Coolify(transport.http()).cancel("d1") == parsing.parse_deployment(cancelled)


async def test_a_cancel_that_is_not_allowed_says_so() -> None:
    transport = PlayedTransport(say(403, {"message": "Missing required permissions: deploy"}))
    with pytest.raises(MissingAbility):
        await Coolify(transport.http()).cancel("d1")


async def test_a_cancel_of_nothing_says_so() -> None:
    with pytest.raises(NotThere, match="Coolify has no deployment d1"):
        await Coolify(PlayedTransport(say(404, {})).http()).cancel("d1")


async def test_a_deployment_that_vanished_tells_nothing_of_reading_logs() -> None:
    listed = {"deployments": [{"deployment_uuid": "d1", "status": "finished"}]}
    answers = (say(200, {}), say(422, {}), say(400, {}), say(200, listed), say(404, {}), say(200, []))
    rights = await Coolify(PlayedTransport(*answers).http()).rights("abc")
    assert rights["read:sensitive"] == Right(
        None, "there is neither a deployment nor a variable that would show it"
    )
