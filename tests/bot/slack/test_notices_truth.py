"""A notice is true when it is posted, whatever GitHub and the registry do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from deploy.builds.conclusions import DELETED
from deploy.engine.outbox import Outbox
from deploy.notices import findings
from sandbox import story
from tests.bot.replicas import RUNNING, announcing, impatient, outside, play

if TYPE_CHECKING:
    from sandbox.world import World as Sandbox
    from tests.bot.replicas import Announcing

__all__ = ["announcing", "impatient", "outside", "play"]


async def test_a_failure_shows_its_step_and_the_end_of_its_log_and_offers_a_rerun(
    announcing: Announcing,
) -> None:
    announcing.announcer()
    build = await announcing.see(story.BUILD_FAILED)
    (message,) = announcing.messages()
    first, *log = message.text.split("\n")
    assert first.startswith(
        "Build of 77be0f2 “Move to the new PDF renderer” failed at “Build and push” after"
    )
    assert "npm ERR! code ERESOLVE" in "\n".join(log)
    assert f"build rerun {build.id} --failed" in str(message.blocks)


@pytest.mark.parametrize("status", [404, 410, 500])
async def test_a_log_that_cannot_be_had_is_named(
    announcing: Announcing, outside: Sandbox, status: int
) -> None:
    announcing.announcer()
    outside.github.faults.queue("GET */logs", status=status, times=9)
    await announcing.see(story.BUILD_FAILED)
    (text,) = announcing.texts()
    assert "failed at “Build and push”" in text
    assert "\nIts log cannot be shown: " in text


@pytest.mark.parametrize(
    ("sha", "why"),
    [
        (story.AMD64_ONLY, "it is for linux/amd64, and app runs on linux/arm64."),
        (story.WRONG_REVISION, "it was built from a4c9e1f: do not deploy it."),
    ],
)
async def test_a_green_run_without_a_fitting_image_is_a_failure(
    announcing: Announcing, sha: str, why: str
) -> None:
    announcing.announcer()
    await announcing.see(sha)
    (message,) = announcing.messages()
    assert why in message.text
    assert "deploy " not in str(message.blocks[-1])


async def test_a_green_run_without_any_image_is_a_failure(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILD_FAILED, conclusion="success")
    (text,) = announcing.texts()
    assert "it pushed no image: ghcr.io/wandeon/fiskai-app has no tag 77be0f2" in text


async def test_an_image_that_could_not_be_checked_is_checked_later(
    announcing: Announcing, outside: Sandbox
) -> None:
    announcing.announcer()
    fault = outside.registry.faults.queue("*", status=500, times=99)
    build = await announcing.see(story.BUILT)
    (text,) = announcing.texts()
    assert "Its image is not checked: The registry answers 500." in text
    assert await announcing.notices.under_way(), "it is looked at again"
    fault.times = 0
    await announcing.notices.remind(f"{build.id}.1")
    await announcing.told()
    (text,) = announcing.texts()
    assert "Image linux/arm64 (sha256:" in text
    assert not await announcing.notices.under_way()


@pytest.mark.parametrize("status", [403, 429, 500])
async def test_where_github_does_not_say_whose_it_is_it_is_asked_again(
    announcing: Announcing, outside: Sandbox, status: int
) -> None:
    announcing.announcer()
    build = await announcing.build(story.BUILT)
    headers = {"Retry-After": "60"} if status < 500 else {}
    fault = outside.github.faults.queue("GET *", status=status, headers=headers, times=99)
    await announcing.notices.see(build)
    await announcing.told()
    (text,) = announcing.texts()
    assert text.endswith("   GitHub does not say whose it is.")
    assert text.startswith("Built 3f2a1b9 “Round VAT per line” in 18 min. Image linux/arm64")
    fault.times = 0
    await announcing.notices.remind(f"{build.id}.1")
    await announcing.told()
    (text,) = announcing.texts()
    assert text.endswith("<@U0MARKO01>")


async def test_a_system_that_keeps_still_delays_no_news(
    announcing: Announcing, outside: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "WITHIN", 0.05)
    announcing.announcer()
    build = await announcing.build(story.BUILT)
    outside.registry.faults.queue("*", delay=30, times=9)
    await announcing.notices.see(build)
    await announcing.told()
    (text,) = announcing.texts()
    assert "Its image is not checked: The registry did not answer within 0.05 s." in text


async def test_a_deleted_run_is_told_as_gone(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT, **RUNNING)
    await announcing.see(story.BUILT, conclusion=DELETED)
    (text,) = announcing.texts()
    assert "is gone: GitHub knows its run no more" in text


# --- slow ones


async def slow(announcing: Announcing, minutes: float) -> None:
    """Let a build have run for so long by now."""
    now = await announcing.world.memory.now()
    build = await announcing.build(story.BUILT, **RUNNING)
    await announcing.notices.see(replace(build, started=now - minutes * 60))
    await announcing.told()


async def test_a_slow_build_is_told_once_and_then_as_what_it_probably_is(announcing: Announcing) -> None:
    announcing.announcer()
    await slow(announcing, 30)
    build = await announcing.build(story.BUILT)
    for _ in range(3):
        await announcing.notices.remind(f"{build.id}.1")
        await announcing.told()
    (message,) = announcing.messages()
    assert "is slow: 30 min so far." in message.text
    assert len(message.versions) == 1


async def test_a_slow_build_says_at_which_step_it_is(
    announcing: Announcing, monkeypatch: pytest.MonkeyPatch
) -> None:
    now: Callable[[], Any] = announcing.state.now

    async def later() -> float:
        return float(await now()) + 18 * 60

    monkeypatch.setattr(announcing.state, "now", later)
    announcing.announcer()
    await announcing.see(story.BUILDING)
    (text,) = announcing.texts()
    assert "is slow" in text
    assert "It is at “Build and push”." in text


async def test_a_build_that_crawls_points_at_the_doctor(announcing: Announcing) -> None:
    announcing.announcer()
    await slow(announcing, 300)
    (message,) = announcing.messages()
    assert "The usual cause is emulation" in message.text
    assert "'value': 'doctor'" in str(message.blocks)


async def test_a_build_becomes_slow_in_its_own_message_and_its_author_hears_it(
    announcing: Announcing, monkeypatch: pytest.MonkeyPatch
) -> None:
    announcing.announcer()
    await slow(announcing, 1)
    build = await announcing.build(story.BUILT)
    now: Callable[[], Any] = announcing.state.now
    for minutes in (28, 60):

        async def later(minutes: float = minutes) -> float:
            return float(await now()) + minutes * 60

        monkeypatch.setattr(announcing.state, "now", later)
        for _ in range(2):
            await Outbox(announcing.state).post("build", f"{build.id}.1")
        await announcing.told()
    (message,) = announcing.messages()
    said = [version.text for version in message.versions]
    assert ["is slow" in text for text in said] == [False, True, False]
    assert "more than twice the usual" in said[-1]
    assert announcing.replies() == ["<@U0MARKO01> your build of 3f2a1b9 is slow."]


async def test_what_channels_were_told_is_counted(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT)
    assert 'fisk_notices_total{verdict="built"} 1.0' in announcing.metrics.text().decode()
