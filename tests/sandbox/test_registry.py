"""The registry's stand-in: each behaviour of GHCR that fisk relies on."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox import images, story

if TYPE_CHECKING:
    from sandbox.registry import Registry
    from sandbox.world import World

NAME = story.IMAGE
DOCKER = "application/vnd.docker.distribution.manifest"
EVERYTHING = f"{images.OCI_INDEX}, {images.OCI_MANIFEST}, {DOCKER}.list.v2+json, {DOCKER}.v2+json"
CHALLENGE = re.compile(
    r'Bearer realm="(?P<realm>[^"]+)",service="(?P<service>[^"]+)",scope="(?P<scope>[^"]+)"'
)


@pytest.fixture
def registry(world: World) -> Registry:
    return world.registry


async def token(client: httpx.AsyncClient, url: str, basic: str = "") -> httpx.Response:
    """Follow the challenge of a refused answer."""
    refused = await client.get(url)
    challenge = CHALLENGE.fullmatch(refused.headers["WWW-Authenticate"])
    assert refused.status_code == 401
    assert challenge
    query = {"service": challenge["service"], "scope": challenge["scope"]}
    headers = {"Authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"} if basic else {}
    return await client.get(challenge["realm"], params=query, headers=headers)


async def manifest(
    client: httpx.AsyncClient,
    registry: Registry,
    reference: str,
    *,
    accept: str = EVERYTHING,
    method: str = "GET",
    name: str = NAME,
) -> httpx.Response:
    url = f"{registry.url}/v2/{name}/manifests/{reference}"
    granted = (await token(client, url)).json()["token"]
    return await client.request(method, url, headers={"Accept": accept, "Authorization": f"Bearer {granted}"})


async def config(client: httpx.AsyncClient, registry: Registry, reference: str) -> dict[str, Any]:
    """The config blob of a single image, its redirect followed without the token."""
    found = (await manifest(client, registry, reference)).json()
    url = f"{registry.url}/v2/{NAME}/blobs/{found['config']['digest']}"
    granted = (await token(client, url)).json()["token"]
    redirect = await client.get(url, headers={"Authorization": f"Bearer {granted}"})
    assert redirect.status_code == 307
    return dict((await client.get(redirect.headers["Location"])).json())


def codes(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, [error["code"] for error in answer.json()["errors"]]


# --- tokens


async def test_nobody_reads_without_a_token_and_anybody_gets_one(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    answer = await manifest(client, registry, "latest")
    assert answer.status_code == 200


async def test_a_token_opens_its_own_repository_only(registry: Registry, client: httpx.AsyncClient) -> None:
    other = (await token(client, f"{registry.url}/v2/wandeon/other/manifests/latest")).json()["token"]
    url = f"{registry.url}/v2/{NAME}/manifests/latest"
    answer = await client.get(url, headers={"Authorization": f"Bearer {other}"})
    assert codes(answer) == (401, ["UNAUTHORIZED"])


async def test_a_private_repository_wants_a_password(registry: Registry, client: httpx.AsyncClient) -> None:
    registry.private.add(NAME)
    url = f"{registry.url}/v2/{NAME}/manifests/latest"
    assert codes(await token(client, url)) == (401, ["UNAUTHORIZED"])
    assert codes(await token(client, url, basic="fisk:wrong")) == (403, ["DENIED"])
    granted = await token(client, url, basic=f"{registry.user}:{registry.password}")
    answer = await client.get(url, headers={"Authorization": f"Bearer {granted.json()['token']}"})
    assert answer.status_code == 200


async def test_a_missing_repository_may_be_refused_like_a_private_one(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    url = f"{registry.url}/v2/wandeon/nothing/manifests/latest"
    registry.hides_missing = True
    assert codes(await token(client, url)) == (401, ["UNAUTHORIZED"])
    assert codes(await token(client, url, basic=f"{registry.user}:{registry.password}")) == (403, ["DENIED"])


async def test_a_registry_on_a_laptop_asks_for_nothing(registry: Registry, client: httpx.AsyncClient) -> None:
    registry.open = True
    url = f"{registry.url}/v2/{NAME}/manifests/latest"
    answers = [(await client.get(one)).status_code for one in (f"{registry.url}/v2/", url)]
    assert answers == [200, 200]


# --- manifests


async def test_a_digest_is_the_sha256_of_what_it_names(registry: Registry, client: httpx.AsyncClient) -> None:
    by_tag = await manifest(client, registry, story.BUILT)
    digest = f"sha256:{hashlib.sha256(by_tag.content).hexdigest()}"
    by_digest = await manifest(client, registry, digest)
    assert by_tag.headers["Docker-Content-Digest"] == digest
    assert by_digest.content == by_tag.content


async def test_a_digest_may_have_to_be_computed(registry: Registry, client: httpx.AsyncClient) -> None:
    registry.names_digest = False
    assert "Docker-Content-Digest" not in (await manifest(client, registry, "latest")).headers


async def test_head_says_the_digest_without_the_body(registry: Registry, client: httpx.AsyncClient) -> None:
    whole = await manifest(client, registry, story.BUILT)
    head = await manifest(client, registry, story.BUILT, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Docker-Content-Digest"] == whole.headers["Docker-Content-Digest"]


async def test_short_sha_and_sha_name_the_same_image(registry: Registry, client: httpx.AsyncClient) -> None:
    tags = (story.BUILT, story.BUILT[:7], "latest")
    bodies = {(await manifest(client, registry, tag)).content for tag in tags}
    assert len(bodies) == 1


@pytest.mark.parametrize("sha", [story.DOCS_ONLY, story.BUILD_FAILED, story.BUILDING])
async def test_what_was_not_built_has_no_image(
    registry: Registry, client: httpx.AsyncClient, sha: str
) -> None:
    assert codes(await manifest(client, registry, sha)) == (404, ["MANIFEST_UNKNOWN"])


async def test_an_image_appears_when_its_build_ends_and_latest_moves(
    world: World, registry: Registry, client: httpx.AsyncClient
) -> None:
    before = await manifest(client, registry, "latest")
    world.clock.skip(9 * story.MINUTE)
    after = await manifest(client, registry, "latest")
    assert before.content == (await manifest(client, registry, story.BUILT)).content
    assert after.content == (await manifest(client, registry, story.BUILDING)).content


async def test_an_unknown_repository_is_name_unknown(registry: Registry, client: httpx.AsyncClient) -> None:
    answer = await manifest(client, registry, "latest", name="wandeon/nothing")
    assert codes(answer) == (404, ["NAME_UNKNOWN"])


async def test_a_name_with_capitals_is_invalid(registry: Registry, client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{registry.url}/v2/Wandeon/FiskAI-app/manifests/latest")
    assert codes(answer) == (400, ["NAME_INVALID"])


async def test_an_index_is_not_found_by_who_does_not_accept_one(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    answer = await manifest(client, registry, story.MULTI_ARCH, accept=images.OCI_MANIFEST)
    assert codes(answer) == (404, ["MANIFEST_UNKNOWN"])


async def test_an_index_lists_platforms_and_attestations(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    answer = await manifest(client, registry, story.MULTI_ARCH)
    entries = answer.json()["manifests"]
    assert answer.headers["Content-Type"] == images.OCI_INDEX
    assert [
        (
            f"{entry['platform']['os']}/{entry['platform']['architecture']}",
            entry.get("annotations", {}).get("vnd.docker.reference.type"),
        )
        for entry in entries
    ] == [
        ("linux/amd64", None),
        ("linux/arm64", None),
        ("unknown/unknown", "attestation-manifest"),
        ("unknown/unknown", "attestation-manifest"),
    ]


async def test_each_entry_of_an_index_can_be_read(registry: Registry, client: httpx.AsyncClient) -> None:
    entries = (await manifest(client, registry, story.MULTI_ARCH)).json()["manifests"]
    answers = [await manifest(client, registry, entry["digest"]) for entry in entries]
    assert [len(answer.content) for answer in answers] == [entry["size"] for entry in entries]


# --- config blobs


@pytest.mark.parametrize(
    ("sha", "architecture", "revision"),
    [
        (story.BUILT, "arm64", story.BUILT),
        (story.SICK, "arm64", story.SICK),
        (story.AMD64_ONLY, "amd64", story.AMD64_ONLY),
        (story.WRONG_REVISION, "arm64", story.RUNS),
        (story.OFF_MAIN, "arm64", story.OFF_MAIN),
    ],
)
async def test_platform_and_revision_stand_in_the_config(
    registry: Registry, client: httpx.AsyncClient, sha: str, architecture: str, revision: str
) -> None:
    found = await config(client, registry, sha)
    assert (found["os"], found["architecture"]) == ("linux", architecture)
    assert found["config"]["Labels"]["org.opencontainers.image.revision"] == revision


async def test_a_blob_lies_behind_a_link_that_wants_no_token(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    digest = (await manifest(client, registry, "latest")).json()["config"]["digest"]
    url = f"{registry.url}/v2/{NAME}/blobs/{digest}"
    bearer = {"Authorization": f"Bearer {(await token(client, url)).json()['token']}"}
    link = (await client.get(url, headers=bearer)).headers["Location"]
    assert httpx.URL(link).port != httpx.URL(url).port
    assert (await client.get(link, headers=bearer)).status_code == 400
    assert hashlib.sha256((await client.get(link)).content).hexdigest() == digest.removeprefix("sha256:")


async def test_an_unknown_blob_is_not_found_and_an_unsigned_link_is_refused(
    registry: Registry, client: httpx.AsyncClient
) -> None:
    registry.open = True
    unknown = f"sha256:{'0' * 64}"
    answer = await client.get(f"{registry.url}/v2/{NAME}/blobs/{unknown}")
    assert codes(answer) == (404, ["BLOB_UNKNOWN"])
    assert (await client.get(f"{registry.storage.url}/blobs/{unknown}")).status_code == 403


# --- limits


async def test_too_many_requests_say_how_long_to_wait(registry: Registry, client: httpx.AsyncClient) -> None:
    registry.throttle(retry_after=3)
    answer = await client.get(f"{registry.url}/v2/{NAME}/manifests/latest")
    assert codes(answer) == (429, ["TOOMANYREQUESTS"])
    assert answer.headers["Retry-After"] == "3"


async def test_images_of_two_commits_are_two_though_their_labels_and_dates_agree(
    registry: Registry,
) -> None:
    one, other = (
        registry.push(NAME, [], sha, revision=story.RUNS, created=7) for sha in (story.RUNS, story.BUILT)
    )
    assert one.digest != other.digest
    assert one.config != other.config
