"""Refusals of a deploy, and failures before anything was changed: each with its own code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.core import errors
from deploy.core.outcomes import Failed, Refused
from sandbox import story
from tests.deploy.play import APP, Play, code

Spoil = Callable[[Play], object]
HTML = "<!DOCTYPE html><html><title>Sign in</title></html>"


def unbuilt(play: Play) -> None:
    for tag in (story.BUILT, "3f2a1b9"):
        play.outside.registry.untag(story.IMAGE, tag)


def nixpacks(play: Play) -> None:
    play.app.columns["build_pack"] = "nixpacks"


def another_image(play: Play) -> None:
    play.app.columns["docker_registry_image_name"] = "ghcr.io/else/where"


def busy(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    play.outside.coolify.queue.ask(play.app, "HEAD")


def token(*abilities: str) -> Spoil:
    def spoil(play: Play) -> None:
        access = play.outside.coolify.access
        access.tokens = {
            text: one for text, one in access.tokens.items() if text != play.outside.coolify_token
        }
        known = access.issue(*abilities)
        access.tokens[play.outside.coolify_token] = access.tokens[known]

    return spoil


def nothing(_: Play) -> None:
    pass


REFUSED: dict[str, tuple[str, Spoil, str]] = {
    "an unknown sha": (story.UNKNOWN, nothing, "commit_not_found"),
    "an ambiguous sha": (story.AMBIGUOUS, nothing, "commit_not_found"),
    "docs alone": (story.DOCS_ONLY, nothing, "not_built"),
    "a build under way": (story.BUILDING, nothing, "build_running"),
    "a failed build": (story.BUILD_FAILED, nothing, "build_failed"),
    "no image": (story.BUILT, unbuilt, "no_image"),
    "another platform": (story.AMD64_ONLY, nothing, "wrong_platform"),
    "another revision": (story.WRONG_REVISION, nothing, "wrong_revision"),
    "a downgrade": (story.MULTI_ARCH, nothing, "downgrade"),
    "another branch": (story.OFF_MAIN, nothing, "off_main"),
    "a build pack that builds": (story.BUILT, nixpacks, "wrong_build_pack"),
    "another image name": (story.BUILT, another_image, "wrong_image_name"),
    "Coolify at work": (story.BUILT, busy, "coolify_busy"),
    "a token that may not deploy": (story.BUILT, token("read", "read:sensitive", "write"), "token_unable"),
    "a token that may not write": (story.BUILT, token("read", "read:sensitive", "deploy"), "token_unable"),
    "a token that may not see logs": (story.BUILT, token("read", "write", "deploy"), "token_unable"),
}


@pytest.mark.parametrize(("ref", "spoil", "refusal"), REFUSED.values(), ids=REFUSED)
async def test_bad_input_is_refused_by_its_code_and_touches_nothing(
    play: Play, ref: str, spoil: Spoil, refusal: str
) -> None:
    spoil(play)
    asked = play.app.deploys
    outcome = await play.deploy(ref)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == refusal
    assert outcome.error.hint
    assert (play.runs, play.set_to, play.app.deploys) == (story.RUNS, (story.RUNS, story.RUNS), asked)


@pytest.mark.parametrize("ref", [story.AMD64_ONLY, story.BUILD_FAILED])
async def test_force_deploys_neither_another_platform_nor_a_missing_image(play: Play, ref: str) -> None:
    outcome = await play.deploy(ref, force=True)
    assert code(outcome) in {"wrong_platform", "no_image"}
    assert (play.runs, play.app.deploys) == (story.RUNS, 0)


async def test_docs_alone_are_told_with_the_nearest_built_ancestor(play: Play) -> None:
    outcome = await play.deploy(story.DOCS_ONLY)
    assert isinstance(outcome, Refused)
    assert [offer.command for offer in outcome.error.offers] == ["deploy 3f2a1b9 --to app"]


async def test_an_ancestor_whose_image_the_gates_would_refuse_is_not_offered(play: Play) -> None:
    """The nearest one's image says that it was built from another commit, the next one does not start."""
    play.outside.registry.untag(story.IMAGE, story.BUILT)
    play.outside.registry.push(story.IMAGE, [story.BUILT], story.BUILT, revision=story.RUNS)
    outcome = await play.deploy(story.DOCS_ONLY)
    assert isinstance(outcome, Refused)
    assert [offer.command for offer in outcome.error.offers] == ["deploy e02d8aa --to app"]


async def test_an_unknown_target_is_refused_and_the_known_ones_named(play: Play) -> None:
    with pytest.raises(errors.UnknownTarget, match=r"There is no target `shop`\.") as refusal:
        play.world.targets.named("shop")
    assert refusal.value.failure.hint == "Known targets: app, staging."


def fault(system: str, match: str, **what: object) -> Spoil:
    def spoil(play: Play) -> None:
        getattr(play.outside, system).faults.queue(match, times=10**6, **what)

    return spoil


def without_token(play: Play) -> None:
    play.outside.coolify.access.tokens.clear()


def api_disabled(play: Play) -> None:
    play.outside.coolify.access.api_enabled = False


BROKEN: dict[str, tuple[Spoil, str]] = {
    "Coolify's token is wrong": (without_token, "coolify_unauthorized"),
    "403 with success true": (api_disabled, "coolify_missing_ability"),
    "HTML instead of JSON from Coolify": (
        fault("coolify", f"GET {APP}", status=200, body=HTML, content_type="text/html"),
        "coolify_not_json",
    ),
    "HTML instead of JSON from GitHub": (
        fault("github", "GET /repos/*/commits/*", status=200, body=HTML, content_type="text/html"),
        "github_not_json",
    ),
    "Coolify takes too long": (fault("coolify", f"GET {APP}", delay=5), "coolify_timed_out"),
    "GitHub takes too long": (fault("github", "GET /repos/*/commits/*", delay=5), "github_timed_out"),
    "Coolify drops connections": (fault("coolify", f"GET {APP}", drop=True), "coolify_unreachable"),
    "Coolify answers 500": (fault("coolify", f"GET {APP}", status=500), "coolify_server_fault"),
    "GitHub's token is wrong": (
        fault("github", "GET /repos/*", status=401, body='{"message":"Bad credentials"}'),
        "github_unauthorized",
    ),
    "the registry answers 503": (fault("registry", "GET /v2/*", status=503), "registry_server_fault"),
}


@pytest.mark.parametrize(("spoil", "failure"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_system_fails_the_deploy_by_its_code_before_anything_changed(
    play: Play, spoil: Spoil, failure: str
) -> None:
    spoil(play)
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == failure
    assert outcome.error.hint
    assert (play.set_to, play.app.deploys) == ((story.RUNS, story.RUNS), 0)
