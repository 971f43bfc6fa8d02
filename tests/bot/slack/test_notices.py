"""One message for each build in each channel that wants it, edited to its end: told once, whatever happens."""

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
from tests.bot.replicas import DEPLOYS, INCIDENTS, RUNNING, impatient, outside, play, telling

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from deploy.core.github_model import Build
    from deploy.notices.policy import Notice
    from deploy.world import World
    from tests.bot.replicas import Telling

__all__ = ["impatient", "outside", "play", "telling"]

HALF_AN_HOUR = 1800.0  # seconds, after which the story's builds are slow


# --- once


async def test_a_build_has_one_message_from_its_beginning_to_its_end(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    (message,) = telling.messages()
    assert "Building 3f2a1b9 “Round VAT per line”" in message.text
    assert "<@" not in message.text, "nobody is pinged by a beginning"
    await telling.see(story.BUILT)
    (message,) = telling.messages()
    assert len(message.versions) == 2
    assert message.text.startswith("Built 3f2a1b9 “Round VAT per line” in 18 min")
    assert "Image linux/arm64 (sha256:" in message.text
    assert telling.replies() == ["<@U0MARKO01> your build of 3f2a1b9 is done."]


async def test_whoever_hears_of_the_end_only_is_mentioned_there_and_not_again(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT)
    (text,) = telling.texts()
    assert text.endswith("<@U0MARKO01>")
    assert telling.replies() == []


async def test_an_author_whom_slack_does_not_know_is_named(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILDING, **RUNNING)
    await telling.see(story.BUILDING, status="completed", conclusion="failure")
    (text,) = telling.texts()
    assert "   Ivo Perić" in text
    assert telling.replies() == []


@pytest.mark.parametrize("replicas", [1, 3])
async def test_letters_that_come_again_late_or_to_others_are_told_once(
    telling: Telling, replicas: int
) -> None:
    for number in range(replicas):
        telling.announcer(f"r{number}")
    build = await telling.build(story.BUILT)
    await telling.notices.see(replace(build, status="in_progress", conclusion=""))
    await telling.notices.see(build)
    for _ in range(6):
        await Outbox(telling.state).post("build", f"{build.id}.1")
    await telling.told()
    (message,) = telling.messages()
    assert message.text.startswith("Built 3f2a1b9")
    assert len(message.versions) <= 2


async def test_what_was_noted_before_a_crash_is_told_after_it(telling: Telling) -> None:
    build = await telling.build(story.BUILT)
    await telling.notices.see(build)
    message = await Outbox(telling.state).take("died", 0.01)
    assert message is not None
    telling.announcer("lives")
    await telling.told()
    assert len(telling.messages()) == 1


async def test_while_slack_is_down_nothing_is_lost(telling: Telling) -> None:
    telling.slack.go_down()
    telling.announcer()
    build = await telling.build(story.BUILT)
    await telling.notices.see(replace(build, status="in_progress", conclusion=""))
    await telling.notices.see(build)
    telling.slack.come_back()
    await telling.told()
    assert [text[:13] for text in telling.texts()] == ["Built 3f2a1b9"]


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "0"}}])
async def test_a_ping_that_slack_does_not_take_now_is_made_up_for(
    telling: Telling, fault: dict[str, Any]
) -> None:
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    telling.slack.faults.queue("* /api/chat.postMessage", **fault)
    await telling.see(story.BUILT)
    assert telling.replies() == ["<@U0MARKO01> your build of 3f2a1b9 is done."]


async def test_a_blip_of_fisks_memory_after_a_message_was_posted_makes_no_second_one(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(monkeypatch, telling.notices, "placed")
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    await telling.see(story.BUILT)
    (message,) = telling.messages()
    assert [version.text.partition(" ")[0] for version in message.versions] == ["Building", "Built"]


async def test_each_attempt_has_a_message_and_an_end_that_nobody_saw_is_told(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILD_FAILED, **RUNNING)
    await telling.see(story.BUILD_FAILED, **RUNNING, attempt=2)
    first, second = telling.texts()
    assert first.startswith("Built again: an attempt to build 77be0f2")
    assert second.startswith("Building 77be0f2 “Move to the new PDF renderer” (attempt 2)")
    await telling.see(story.BUILD_FAILED)
    assert telling.texts() == [first, second], "a late word about the first attempt changes nothing"


async def test_news_that_are_old_before_they_are_told_are_not_told(
    telling: Telling, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Build] = []

    async def slowly(world: World, build: Build, now: float) -> Notice:
        if not found:
            await telling.notices.see(replace(build, attempt=2))
        found.append(build)
        return await find(world, build, now)

    monkeypatch.setattr(notices, "find", slowly)
    telling.announcer()
    await telling.see(story.BUILD_FAILED, **RUNNING)
    assert [build.attempt for build in found] == [1, 2]
    assert [text[:58] for text in telling.texts()] == [
        "Building 77be0f2 “Move to the new PDF renderer” (attempt 2"
    ]


async def test_a_replica_that_slept_while_the_end_was_told_does_not_tell_over_it(
    telling: Telling, client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
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

    now = await telling.world.memory.now()
    telling.announcer()
    build = await telling.see(story.BUILT, **RUNNING, started=now)
    monkeypatch.setattr(notices, "SAYING", 0.1)
    monkeypatch.setattr(mutex, "_renew", asleep)
    monkeypatch.setattr(telling.state, "now", later)
    telling.speaker = Speaker(client, Gated())
    sleeper = asyncio.create_task(telling.notifier("sleeper").tell(f"{build.id}.1"))
    await asyncio.wait_for(waits.wait(), 20)
    await telling.see(story.BUILT)
    slot.set()
    await sleeper
    assert [text[:13] for text in telling.texts()] == ["Built 3f2a1b9"]


# --- who hears what


async def test_each_channel_hears_what_its_rule_says(telling: Telling) -> None:
    telling.announcer(rules={DEPLOYS: "failures", INCIDENTS: "mentions"})
    await telling.see(story.BUILT, **RUNNING)
    await telling.see(story.BUILT)
    await telling.see(story.AMD64_ONLY)
    assert [text[:28] for text in telling.texts()] == ["The build of 51ab3c4 “Tell &"]
    assert [text[:13] for text in telling.texts("#incidents")] == ["Built 3f2a1b9"]


async def test_a_message_that_was_begun_is_finished_whatever_the_rule_says_by_then(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    await Rules(telling.state, {}).set(DEPLOYS, "off")
    await telling.see(story.BUILT)
    await telling.see(story.SICK)
    assert [text[:13] for text in telling.texts()] == ["Built 3f2a1b9"]


async def test_a_channel_that_fisk_cannot_speak_in_keeps_no_other_from_hearing(telling: Telling) -> None:
    telling.announcer(rules={"C0000GONE": "all", DEPLOYS: "all"})
    await telling.see(story.BUILT)
    assert len(telling.messages()) == 1


async def test_a_deleted_message_comes_back_for_the_end_only(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    (message,) = telling.messages()
    telling.slack.workspace.delete(message)
    await Outbox(telling.state).post("build", f"{(await telling.build(story.BUILT)).id}.1")
    await telling.told()
    assert telling.messages() == []
    await telling.see(story.BUILT)
    assert [text[:13] for text in telling.texts()] == ["Built 3f2a1b9"]
