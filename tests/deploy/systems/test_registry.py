"""The registry client: exact requests, then GHCR's behaviour by the stand-in over real sockets."""

from __future__ import annotations

import json

import httpx
import pytest
from pydantic import SecretStr

from deploy.core.errors import NotJson, RateLimited, SystemFailure, Unauthorized, Unexpected
from deploy.core.model import Image
from deploy.systems.registry import Registry
from tests.deploy.systems.played_transport import PlayedTransport, say

DIGEST, CONFIG = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
HOME = "ghcr.io"
IMAGE = "ghcr.io/wandeon/fiskai-app"
CHALLENGE = {
    "WWW-Authenticate": 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:x:pull"'
}
MANIFEST = httpx.Response(200, json={"config": {"digest": CONFIG}}, headers={"Docker-Content-Digest": DIGEST})
BLOB = say(200, {"os": "linux", "architecture": "arm64", "config": {"Labels": None}})
READ = Image(IMAGE, "v1", DIGEST, ("linux/arm64",), manifest=DIGEST, config=CONFIG)


def challenged(header: str = CHALLENGE["WWW-Authenticate"]) -> httpx.Response:
    return httpx.Response(401, json={}, headers={"WWW-Authenticate": header})


def no(status: int, code: str) -> httpx.Response:
    return say(status, {"errors": [{"code": code, "message": "no"}]})


# --- requests, exactly


async def test_a_registry_without_a_challenge_gets_no_token() -> None:
    transport = PlayedTransport(MANIFEST, BLOB)
    assert await Registry(transport=transport).image(IMAGE, "v1") == READ
    assert transport.lines == [
        "GET https://ghcr.io/v2/wandeon/fiskai-app/manifests/v1",
        f"GET https://ghcr.io/v2/wandeon/fiskai-app/blobs/{CONFIG}",
    ]
    assert transport.asked[0].headers["Accept"].split(", ") == [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
    assert not any("Authorization" in request.headers for request in transport.asked)


async def test_a_challenge_is_answered_with_a_token_that_is_kept() -> None:
    token = say(200, {"token": "t", "expires_in": 300})
    transport = PlayedTransport(challenged(), token, MANIFEST, BLOB, MANIFEST)
    registry = Registry(transport=transport)
    assert [await registry.image(IMAGE, "v1"), await registry.image(IMAGE, "v1")] == [READ, READ]
    assert transport.lines[1] == "GET https://ghcr.io/token?service=ghcr.io&scope=repository%3Ax%3Apull"
    sent = [request.headers.get("Authorization") for request in transport.asked]
    assert sent == [None, None, "Bearer t", "Bearer t", "Bearer t"]  # what a digest names is asked for once


async def test_a_token_that_expired_is_fetched_again() -> None:
    short = say(200, {"token": "old", "expires_in": 1})
    new = say(200, {"token": "new", "expires_in": 300})
    transport = PlayedTransport(challenged(), short, MANIFEST, challenged(), new, BLOB)
    assert await Registry(transport=transport).image(IMAGE, "v1") == READ
    assert transport.asked[-1].headers["Authorization"] == "Bearer new"


async def test_a_token_that_is_refused_early_is_fetched_again_once() -> None:
    first = say(200, {"token": "first", "expires_in": 300})
    second = say(200, {"token": "second", "expires_in": 300})
    transport = PlayedTransport(challenged(), first, MANIFEST, challenged(), challenged(), second, BLOB)
    assert await Registry(transport=transport).image(IMAGE, "v1") == READ
    assert transport.asked[-1].headers["Authorization"] == "Bearer second"


async def test_a_private_image_is_asked_for_with_user_and_password() -> None:
    transport = PlayedTransport(challenged(), say(200, {"token": "t"}), MANIFEST, BLOB)
    await Registry("", "ana", SecretStr("pat"), HOME, transport=transport).image(IMAGE, "v1")
    sent = [request.headers.get("Authorization") for request in transport.asked]
    assert sent == [None, "Basic YW5hOnBhdA==", "Bearer t", "Bearer t"]


async def test_a_basic_challenge_is_answered_by_who_has_a_password() -> None:
    transport = PlayedTransport(challenged('Basic realm="r"'), MANIFEST, BLOB)
    assert await Registry("", "ana", SecretStr("pat"), HOME, transport=transport).image(IMAGE, "v1") == READ
    with pytest.raises(Unauthorized):
        await Registry(transport=PlayedTransport(challenged('Basic realm="r"'))).image(IMAGE, "v1")


@pytest.mark.parametrize("header", ['Basic realm="r"', 'Bearer realm="https://other.example/token"'])
async def test_the_password_goes_to_no_other_registry(header: str) -> None:
    transport = PlayedTransport(challenged(header), no(401, "UNAUTHORIZED"))
    registry = Registry("", "ana", SecretStr("pat"), HOME, transport=transport)
    with pytest.raises(Unauthorized) as caught:
        await registry.image("other.example/worker", "v1")
    assert {request.headers.get("Authorization") for request in transport.asked} == {None}
    assert caught.value.failure.hint == (
        "Put a valid token in FISK_REGISTRY_PASSWORD, other.example in FISK_REGISTRY_HOST, and restart fisk."
    )


@pytest.mark.parametrize(
    ("home", "image", "service"),
    [
        ("Other.Example:5000", "other.example:5000/worker", "other.example:5001"),
        ("docker.io", "ana/worker", "auth.docker.io"),
        ("registry.gitlab.com", "registry.gitlab.com/ana/worker", "gitlab.com"),
    ],
)
async def test_the_password_goes_to_the_registry_that_it_is_for(home: str, image: str, service: str) -> None:
    transport = PlayedTransport(
        challenged(f'Bearer realm="https://{service}/token"'), say(200, {"token": "t"}), MANIFEST, BLOB
    )
    await Registry("", "ana", SecretStr("pat"), home, transport=transport).image(image, "v1")
    sent = [request.headers.get("Authorization") for request in transport.asked]
    assert sent == [None, "Basic YW5hOnBhdA==", "Bearer t", "Bearer t"]


async def test_where_one_registry_serves_every_name_the_password_is_for_it() -> None:
    challenge = challenged('Bearer realm="https://mirror.example/token"')
    transport = PlayedTransport(challenge, say(200, {"token": "t"}), MANIFEST, BLOB)
    registry = Registry("https://mirror.example", "ana", SecretStr("pat"), transport=transport)
    await registry.image("other.example/worker", "v1")
    assert transport.asked[1].headers["Authorization"] == "Basic YW5hOnBhdA=="


@pytest.mark.parametrize(
    "service",
    ["ghcr.example", "evilghcr.io", "ghcr.io.example", "pkg.io", "127.0.0.1", "[::1", "ghcr.io@evil.io"],
)
async def test_the_password_goes_to_no_token_service_of_another_site(service: str) -> None:
    transport = PlayedTransport(challenged(f'Bearer realm="https://{service}/token"'))
    with pytest.raises(Unexpected, match="another site, where its password does not go"):
        await Registry("", "ana", SecretStr("pat"), HOME, transport=transport).image(IMAGE, "v1")
    assert [request.url.host for request in transport.asked] == [HOME]


@pytest.mark.parametrize("header", ['Basic realm="r"', 'Bearer realm="https://storage.example/token"'])
async def test_a_challenge_of_the_host_that_keeps_the_blobs_is_not_answered(header: str) -> None:
    there = httpx.Response(307, headers={"Location": "https://storage.example/blob"})
    token = say(200, {"token": "t", "expires_in": 300})
    transport = PlayedTransport(challenged(), token, MANIFEST, there, challenged(header))
    with pytest.raises(
        Unexpected, match=r"redirects to storage\.example, and fisk takes its token to no other"
    ):
        await Registry("", "ana", SecretStr("pat"), HOME, transport=transport).image(IMAGE, "v1")
    sent = [(request.url.host, request.headers.get("Authorization")) for request in transport.asked]
    assert sent == [
        (HOME, None),
        (HOME, "Basic YW5hOnBhdA=="),
        (HOME, "Bearer t"),
        (HOME, "Bearer t"),
        ("storage.example", None),
    ]


async def test_a_token_over_plain_http_is_not_fetched() -> None:
    transport = PlayedTransport(challenged('Bearer realm="http://ghcr.io/token"'))
    with pytest.raises(Unexpected, match="tokens over plain http"):
        await Registry("", "ana", SecretStr("pat"), HOME, transport=transport).image(IMAGE, "v1")
    assert len(transport.asked) == 1


async def test_names_are_asked_for_in_lower_case_and_tags_as_they_are() -> None:
    transport = PlayedTransport(MANIFEST, BLOB)
    found = await Registry(transport=transport).image("ghcr.io/Wandeon/FiskAI-App", "V1/../x")
    assert transport.lines[0] == "GET https://ghcr.io/v2/wandeon/fiskai-app/manifests/V1%2F..%2Fx"
    assert found is not None
    assert found.repository == "ghcr.io/Wandeon/FiskAI-App"


# --- what is not there, and what may not be seen


@pytest.mark.parametrize("code", ["MANIFEST_UNKNOWN", "NAME_UNKNOWN"])
async def test_an_unknown_tag_or_name_is_no_image(code: str) -> None:
    assert await Registry(transport=PlayedTransport(no(404, code))).image(IMAGE, "v1") is None


@pytest.mark.parametrize("refusal", [no(401, "UNAUTHORIZED"), no(403, "DENIED")], ids=repr)
async def test_a_refusal_after_the_token_is_never_no_image(refusal: httpx.Response) -> None:
    transport = PlayedTransport(challenged(), say(200, {"token": "t"}), refusal)
    with pytest.raises(Unauthorized) as caught:
        await Registry(home=HOME, transport=transport).image(IMAGE, "v1")
    assert caught.value.code == "registry_unauthorized"
    assert caught.value.failure.hint == "Put a valid token in FISK_REGISTRY_PASSWORD and restart fisk."


@pytest.mark.parametrize("refusal", [no(401, "UNAUTHORIZED"), no(403, "DENIED")], ids=repr)
async def test_a_token_that_is_not_given_is_never_no_image(refusal: httpx.Response) -> None:
    with pytest.raises(Unauthorized):
        await Registry(transport=PlayedTransport(challenged(), refusal)).image(IMAGE, "v1")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (say(404, {"errors": [{"code": "UNSUPPORTED"}]}), Unexpected),
        (say(404, []), Unexpected),
        (httpx.Response(404, html="<h1>404</h1>"), NotJson),
        (httpx.Response(200, html="<h1>Log in</h1>"), NotJson),
        (say(200, {"schemaVersion": 1, "fsLayers": []}), Unexpected),
        (say(429, retry_after="30"), RateLimited),
    ],
)
async def test_what_is_no_registry_is_said_to_be_none(
    answer: httpx.Response, kind: type[SystemFailure]
) -> None:
    with pytest.raises(kind):
        await Registry(transport=PlayedTransport(answer)).image(IMAGE, "v1")


async def test_an_index_with_nothing_in_it_is_for_no_platform() -> None:
    transport = PlayedTransport(httpx.Response(200, content=json.dumps({"manifests": []})))
    found = await Registry(transport=transport).image(IMAGE, "v1")
    assert found is not None
    assert found.platforms == ()
