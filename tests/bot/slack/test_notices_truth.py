"""What is told of a build is true at that moment, whatever GitHub and the registry do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.builds.conclusions import DELETED
from deploy.engine.outbox import Outbox
from deploy.notices import findings
from sandbox import story
from tests.bot.replicas import RUNNING, impatient, outside, play, telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.world import World as Sandbox
    from tests.bot.replicas import Telling

__all__ = ["impatient", "outside", "play", "telling"]


async def test_a_failure_shows_its_step_and_the_end_of_its_log_and_offers_a_rerun(telling: Telling) -> None:
    telling.announcer()
    build = await telling.see(story.BUILD_FAILED)
    (message,) = telling.messages()
    first, *log = message.text.split("\n")
    assert first.startswith(
        "Build of 77be0f2 “Move to the new PDF renderer” failed at “Build and push” after"
    )
    assert "npm ERR! code ERESOLVE" in "\n".join(log)
    assert f"build rerun {build.id} --failed" in str(message.blocks)


@pytest.mark.parametrize("status", [404, 410, 500])
async def test_a_log_that_cannot_be_had_is_named(telling: Telling, outside: Sandbox, status: int) -> None:
    telling.announcer()
    outside.github.faults.queue("GET */logs", status=status, times=9)
    await telling.see(story.BUILD_FAILED)
    (text,) = telling.texts()
    assert "failed at “Build and push”" in text
    assert "\nIts log cannot be shown: " in text


@pytest.mark.parametrize(
    ("sha", "why"),
    [
        (story.AMD64_ONLY, "it is for linux/amd64, and app runs on linux/arm64."),
        (story.WRONG_REVISION, "it was built from a4c9e1f: do not deploy it."),
    ],
)
async def test_a_green_run_without_a_fitting_image_is_a_failure(telling: Telling, sha: str, why: str) -> None:
    telling.announcer()
    await telling.see(sha)
    (message,) = telling.messages()
    assert why in message.text
    assert "deploy " not in str(message.blocks[-1])


async def test_a_green_run_without_any_image_is_a_failure(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILD_FAILED, conclusion="success")
    (text,) = telling.texts()
    assert "it pushed no image: ghcr.io/wandeon/fiskai-app has no tag 77be0f2" in text


async def test_an_image_that_could_not_be_checked_is_checked_later(
    telling: Telling, outside: Sandbox
) -> None:
    telling.announcer()
    fault = outside.registry.faults.queue("*", status=500, times=99)
    build = await telling.see(story.BUILT)
    (text,) = telling.texts()
    assert "Its image is not checked: The registry answers 500." in text
    assert await telling.notices.under_way(), "it is looked at again"
    fault.times = 0
    await telling.notices.remind(f"{build.id}.1")
    await telling.told()
    (text,) = telling.texts()
    assert "Image linux/arm64 (sha256:" in text
    assert not await telling.notices.under_way()


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_where_github_does_not_say_whose_it_is_it_is_asked_again(
    telling: Telling, outside: Sandbox, status: int
) -> None:
    telling.announcer()
    build = await telling.build(story.BUILT)
    headers = {"Retry-After": "60"} if status < 500 else {}
    fault = outside.github.faults.queue("GET *", status=status, headers=headers, times=99)
    await telling.notices.see(build)
    await telling.told()
    (text,) = telling.texts()
    assert text.endswith("   GitHub does not say whose it is.")
    assert text.startswith("Built 3f2a1b9 “Round VAT per line” in 18 min. Image linux/arm64")
    fault.times = 0
    await telling.notices.remind(f"{build.id}.1")
    await telling.told()
    (text,) = telling.texts()
    assert text.endswith("<@U0MARKO01>")


async def test_a_system_that_keeps_still_delays_no_news(
    telling: Telling, outside: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "WITHIN", 0.05)
    telling.announcer()
    build = await telling.build(story.BUILT)
    outside.registry.faults.queue("*", delay=30, times=9)
    await telling.notices.see(build)
    await telling.told()
    (text,) = telling.texts()
    assert "Its image is not checked: The registry did not answer within 0.05 s." in text


async def test_a_deleted_run_is_told_as_gone(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    await telling.see(story.BUILT, conclusion=DELETED)
    (text,) = telling.texts()
    assert "is gone: GitHub knows its run no more" in text


# --- slow ones


async def slow(telling: Telling, minutes: float) -> None:
    """Let a build have run for so long by now."""
    now = await telling.world.memory.now()
    build = await telling.build(story.BUILT, **RUNNING)
    await telling.notices.see(replace(build, started=now - minutes * 60))
    await telling.told()


async def test_a_slow_build_is_told_once_and_then_as_what_it_probably_is(telling: Telling) -> None:
    telling.announcer()
    await slow(telling, 30)
    build = await telling.build(story.BUILT)
    for _ in range(3):
        await telling.notices.remind(f"{build.id}.1")
        await telling.told()
    (message,) = telling.messages()
    assert "is slow: 30 min so far." in message.text
    assert len(message.versions) == 1


async def test_a_slow_build_says_at_which_step_it_is(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: Callable[[], Any] = telling.state.now

    async def later() -> float:
        return float(await now()) + 18 * 60

    monkeypatch.setattr(telling.state, "now", later)
    telling.announcer()
    await telling.see(story.BUILDING)
    (text,) = telling.texts()
    assert "is slow" in text
    assert "It is at “Build and push”." in text


async def test_a_build_that_crawls_points_at_the_doctor(telling: Telling) -> None:
    telling.announcer()
    await slow(telling, 300)
    (message,) = telling.messages()
    assert "The usual cause is emulation" in message.text
    assert "'value': 'doctor'" in str(message.blocks)


async def test_a_build_becomes_slow_in_its_own_message_and_its_author_hears_it(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    telling.announcer()
    await slow(telling, 1)
    build = await telling.build(story.BUILT)
    now: Callable[[], Any] = telling.state.now
    for minutes in (28, 60):

        async def later(minutes: float = minutes) -> float:
            return float(await now()) + minutes * 60

        monkeypatch.setattr(telling.state, "now", later)
        for _ in range(2):
            await Outbox(telling.state).post("build", f"{build.id}.1")
        await telling.told()
    (message,) = telling.messages()
    said = [version.text for version in message.versions]
    assert ["is slow" in text for text in said] == [False, True, False]
    assert "more than twice the usual" in said[-1]
    assert telling.replies() == ["<@U0MARKO01> your build of 3f2a1b9 is slow."]


async def test_what_channels_were_told_is_counted(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT)
    assert 'fisk_notices_total{verdict="built"} 1.0' in telling.metrics.text().decode()
