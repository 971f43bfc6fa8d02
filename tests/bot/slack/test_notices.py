"""One message per build and subscribed channel, edited until the build ends, posted once despite failures."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack import notices
from bot.slack.budget import Budget
from bot.slack.speaker import Speaker
from deploy.engine.outbox import Outbox
from deploy.notices.findings import find
from deploy.notices.store import Rules
from deploy.redis import mutex
from sandbox import story
from tests.bot.outage import away
from tests.bot.replicas import DEPLOYS, INCIDENTS, RUNNING, announcing, impatient, outside, play

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from deploy.core.github_model import Build
    from deploy.notices.policy import Notice
    from deploy.world import World
    from tests.bot.replicas import Announcing

__all__ = ["announcing", "impatient", "outside", "play"]

HALF_AN_HOUR = 1800.0  # seconds, after which the story's builds are slow


# --- once


async def test_a_build_has_one_message_from_its_beginning_to_its_end(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT, **RUNNING)
    (message,) = announcing.messages()
    assert "Building 3f2a1b9 “Round VAT per line”" in message.text
    assert "<@" not in message.text, "nobody is pinged by a beginning"
    await announcing.see(story.BUILT)
    (message,) = announcing.messages()
    assert len(message.versions) == 2
    assert message.text.startswith("Built 3f2a1b9 “Round VAT per line” in 18 min")
    assert "Image linux/arm64 (sha256:" in message.text
    assert announcing.replies() == ["<@U0MARKO01> your build of 3f2a1b9 is done."]


async def test_whoever_hears_of_the_end_only_is_mentioned_there_and_not_again(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT)
    (text,) = announcing.texts()
    assert text.endswith("<@U0MARKO01>")
    assert announcing.replies() == []


async def test_an_author_whom_slack_does_not_know_is_named(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILDING, **RUNNING)
    await announcing.see(story.BUILDING, status="completed", conclusion="failure")
    (text,) = announcing.texts()
    assert "   Ivo Perić" in text
    assert announcing.replies() == []


@pytest.mark.parametrize("replicas", [1, 3])
async def test_letters_that_come_again_late_or_to_others_are_told_once(
    announcing: Announcing, replicas: int
) -> None:
    for number in range(replicas):
        announcing.announcer(f"r{number}")
    build = await announcing.build(story.BUILT)
    await announcing.notices.see(replace(build, status="in_progress", conclusion=""))
    await announcing.notices.see(build)
    for _ in range(6):
        await Outbox(announcing.state).post("build", f"{build.id}.1")
    await announcing.told()
    (message,) = announcing.messages()
    assert message.text.startswith("Built 3f2a1b9")
    assert len(message.versions) <= 2


async def test_what_was_noted_before_a_crash_is_told_after_it(announcing: Announcing) -> None:
    build = await announcing.build(story.BUILT)
    await announcing.notices.see(build)
    message = await Outbox(announcing.state).take("died", 0.01)
    assert message is not None
    announcing.announcer("lives")
    await announcing.told()
    assert len(announcing.messages()) == 1


async def test_while_slack_is_down_nothing_is_lost(announcing: Announcing) -> None:
    announcing.slack.go_down()
    announcing.announcer()
    build = await announcing.build(story.BUILT)
    await announcing.notices.see(replace(build, status="in_progress", conclusion=""))
    await announcing.notices.see(build)
    announcing.slack.come_back()
    await announcing.told()
    assert [text[:13] for text in announcing.texts()] == ["Built 3f2a1b9"]


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "0"}}])
async def test_a_ping_that_slack_does_not_take_now_is_made_up_for(
    announcing: Announcing, fault: dict[str, Any]
) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT, **RUNNING)
    announcing.slack.faults.queue("* /api/chat.postMessage", **fault)
    await announcing.see(story.BUILT)
    assert announcing.replies() == ["<@U0MARKO01> your build of 3f2a1b9 is done."]


async def test_a_blip_of_fisks_memory_after_a_message_was_posted_makes_no_second_one(
    announcing: Announcing, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(monkeypatch, announcing.notices, "placed")
    announcing.announcer()
    await announcing.see(story.BUILT, **RUNNING)
    await announcing.see(story.BUILT)
    (message,) = announcing.messages()
    assert [version.text.partition(" ")[0] for version in message.versions] == ["Building", "Built"]


async def test_each_attempt_has_a_message_and_an_end_that_nobody_saw_is_told(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILD_FAILED, **RUNNING)
    await announcing.see(story.BUILD_FAILED, **RUNNING, attempt=2)
    first, second = announcing.texts()
    assert first.startswith("Built again: an attempt to build 77be0f2")
    assert second.startswith("Building 77be0f2 “Move to the new PDF renderer” (attempt 2)")
    await announcing.see(story.BUILD_FAILED)
    assert announcing.texts() == [first, second], "a late word about the first attempt changes nothing"


async def test_news_that_are_old_before_they_are_told_are_not_told(
    announcing: Announcing, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Build] = []

    async def slowly(world: World, build: Build, now: float) -> Notice:
        if not found:
            await announcing.notices.see(replace(build, attempt=2))
        found.append(build)
        return await find(world, build, now)

    monkeypatch.setattr(notices, "find", slowly)
    announcing.announcer()
    await announcing.see(story.BUILD_FAILED, **RUNNING)
    assert [build.attempt for build in found] == [1, 2]
    assert [text[:58] for text in announcing.texts()] == [
        "Building 77be0f2 “Move to the new PDF renderer” (attempt 2"
    ]


async def test_a_replica_that_slept_while_the_end_was_told_does_not_tell_over_it(
    announcing: Announcing, client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn to edit has come meanwhile, and its right to speak alone has lapsed."""
    waits, slot = asyncio.Event(), asyncio.Event()

    class Gated(Budget):
        async def slot(self, _priority: object) -> None:
            waits.set()
            await slot.wait()

    async def asleep(*_: object) -> None:
        await asyncio.Event().wait()

    async def later() -> float:
        return now + HALF_AN_HOUR

    now = await announcing.world.memory.now()
    announcing.announcer()
    build = await announcing.see(story.BUILT, **RUNNING, started=now)
    monkeypatch.setattr(notices, "SAYING", 0.1)
    monkeypatch.setattr(mutex, "_renew", asleep)
    monkeypatch.setattr(announcing.state, "now", later)
    announcing.speaker = Speaker(client, Gated())
    sleeper = asyncio.create_task(announcing.notifier("sleeper").tell(f"{build.id}.1"))
    await asyncio.wait_for(waits.wait(), 20)
    await announcing.see(story.BUILT)
    slot.set()
    await sleeper
    assert [text[:13] for text in announcing.texts()] == ["Built 3f2a1b9"]


# --- who hears what


async def test_each_channel_hears_what_its_rule_says(announcing: Announcing) -> None:
    announcing.announcer(rules={DEPLOYS: "failures", INCIDENTS: "mentions"})
    await announcing.see(story.BUILT, **RUNNING)
    await announcing.see(story.BUILT)
    await announcing.see(story.AMD64_ONLY)
    assert [text[:28] for text in announcing.texts()] == ["The build of 51ab3c4 “Tell &"]
    assert [text[:13] for text in announcing.texts("#incidents")] == ["Built 3f2a1b9"]


async def test_a_message_that_was_begun_is_finished_whatever_the_rule_says_by_then(
    announcing: Announcing,
) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT, **RUNNING)
    await Rules(announcing.state, {}).set(DEPLOYS, "off")
    await announcing.see(story.BUILT)
    await announcing.see(story.SICK)
    assert [text[:13] for text in announcing.texts()] == ["Built 3f2a1b9"]


async def test_a_channel_that_fisk_cannot_speak_in_keeps_no_other_from_hearing(
    announcing: Announcing,
) -> None:
    announcing.announcer(rules={"C0000GONE": "all", DEPLOYS: "all"})
    await announcing.see(story.BUILT)
    assert len(announcing.messages()) == 1


async def test_a_deleted_message_comes_back_for_the_end_only(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.see(story.BUILT, **RUNNING)
    (message,) = announcing.messages()
    announcing.slack.workspace.delete(message)
    await Outbox(announcing.state).post("build", f"{(await announcing.build(story.BUILT)).id}.1")
    await announcing.told()
    assert announcing.messages() == []
    await announcing.see(story.BUILT)
    assert [text[:13] for text in announcing.texts()] == ["Built 3f2a1b9"]
