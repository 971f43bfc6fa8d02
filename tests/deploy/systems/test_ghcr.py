"""GHCR's habits, as the stand-in has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from deploy.core.errors import RateLimited, Unauthorized
from deploy.core.model import Image
from sandbox import story
from sandbox.images import OCI_INDEX

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

IMAGE = "ghcr.io/wandeon/fiskai-app"


async def test_a_single_image_is_read_whole(clients: Clients, world: World) -> None:
    shipped = world.registry.find(story.IMAGE, story.BUILT)
    assert shipped is not None
    commit = story.COMMITS[story.BUILT]
    assert await clients.registry().image(IMAGE, story.BUILT) == Image(
        repository=IMAGE,
        tag=story.BUILT,
        digest=shipped.digest,
        platforms=("linux/arm64",),
        revision=story.BUILT,
        created=float(int(world.clock.stamp(commit.built_at))),
        manifest=shipped.digest,
        config=shipped.config,
        source="https://github.com/Wandeon/FiskAI",
    )
    assert world.registry.storage.received, "the blob was fetched from where it lies, without a token"


async def test_an_index_is_read_without_its_attestations(clients: Clients, world: World) -> None:
    shipped = world.registry.find(story.IMAGE, story.MULTI_ARCH)
    assert shipped is not None
    found = await clients.registry().image(IMAGE, story.MULTI_ARCH)
    assert found is not None
    native = world.registry.find(story.IMAGE, found.manifest)
    assert native is not None
    assert (found.digest, found.platforms, found.revision, found.config, native.platforms) == (
        shipped.digest,
        ("linux/amd64", "linux/arm64"),
        story.MULTI_ARCH,
        shipped.config,
        ("linux/arm64",),
    )
    assert OCI_INDEX in world.registry.received[0].headers["Accept"]


async def test_an_index_of_one_platform_is_not_multi_arch(clients: Clients, world: World) -> None:
    world.registry.push(story.IMAGE, ["one"], "9" * 40, index=True)
    found = await clients.registry().image(IMAGE, "one")
    assert found is not None
    assert (found.platforms, found.revision) == (("linux/arm64",), "9" * 40)


async def test_the_revision_is_the_labels_and_not_the_tags(clients: Clients) -> None:
    found = await clients.registry().image(IMAGE, story.WRONG_REVISION)
    assert found is not None
    assert found.revision == story.RUNS


async def test_an_image_for_another_platform_says_so(clients: Clients) -> None:
    found = await clients.registry().image(IMAGE, story.AMD64_ONLY)
    assert found is not None
    assert found.platforms == ("linux/amd64",)


async def test_the_digest_is_computed_where_the_registry_does_not_say(clients: Clients, world: World) -> None:
    world.registry.names_digest = False
    found, shipped = (
        await clients.registry().image(IMAGE, story.MULTI_ARCH),
        world.registry.find(story.IMAGE, story.MULTI_ARCH),
    )
    assert found is not None
    assert shipped is not None
    assert found.digest == shipped.digest


async def test_a_commit_without_an_image_has_none(clients: Clients) -> None:
    assert await clients.registry().image(IMAGE, story.DOCS_ONLY) is None
    assert await clients.registry().image("ghcr.io/wandeon/nope", "latest") is None


async def test_a_laptops_registry_needs_no_token(clients: Clients, world: World) -> None:
    world.registry.open = True
    assert await clients.registry().image(IMAGE, story.BUILT) is not None
    assert world.registry.asked("GET /token") == 0


async def test_what_is_hidden_is_never_called_missing(clients: Clients, world: World) -> None:
    world.registry.hides_missing = True
    with pytest.raises(Unauthorized):
        await clients.registry().image("ghcr.io/wandeon/nope", "latest")
    world.registry.private.add(story.IMAGE)
    with pytest.raises(Unauthorized):
        await clients.registry().image(IMAGE, story.BUILT)
    with pytest.raises(Unauthorized):
        await clients.registry(user="fisk", password=SecretStr("wrong")).image(IMAGE, story.BUILT)
    right = clients.registry(user=world.registry.user, password=SecretStr(world.registry.password))
    assert await right.image(IMAGE, story.BUILT) is not None


async def test_a_long_wait_that_the_registry_asks_for_is_left_to_the_caller(
    clients: Clients, world: World
) -> None:
    world.registry.throttle(retry_after=60)
    with pytest.raises(RateLimited, match="60 s"):
        await clients.registry().image(IMAGE, story.BUILT)


async def test_no_password_is_shown(clients: Clients) -> None:
    registry = clients.registry(user="fisk", password=SecretStr("verysecret"))
    with pytest.raises(Unauthorized) as caught:
        await registry.image(IMAGE, story.BUILT)
    assert "verysecret" not in f"{registry!r} {caught.value.facts} {caught.value.failure}"


async def test_a_digest_is_told_of_whatever_a_tag_names(clients: Clients, world: World) -> None:
    """A cache is no image: it has layers of which none is for a platform."""
    registry = clients.registry()
    shipped = world.registry.find(story.IMAGE, story.BUILT)
    assert shipped is not None
    assert await registry.digest(IMAGE, story.BUILT) == shipped.digest
    assert (await registry.digest(IMAGE, "buildcache") or "").startswith("sha256:")
    assert await registry.digest(IMAGE, "no-such-tag") is None
