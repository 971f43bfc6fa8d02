"""One message for each build in each channel that wants it, edited to its end: told once, whatever happens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot import announce
from bot.announce import Announcer
from bot.metrics import Metrics
from bot.notices import Notifier
from bot.slack.live import Live
from bot.tasks import Tasks
from bot.wording.voice import Voice
from deploy import findings
from deploy.notices import DELETED, Rule
from deploy.state.notices import Notices, Rules
from deploy.state.outbox import Outbox
from deploy.state.turns import Turns
from sandbox import story
from tests.deploy.operations.conftest import outside, play
from tests.deploy.state.conftest import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.slack.speaker import Speaker
    from deploy.forge import Build
    from deploy.state.connect import State
    from deploy.world import World
    from sandbox.slack import Slack
    from sandbox.slack.message import Message
    from sandbox.world import World as Sandbox
    from tests.deploy.operations.play import Play

__all__ = ["outside", "play"]

PEOPLE = {"ana-horvat": "U024BE7LH", "markobabic": "U0MARKO01"}
DEPLOYS, INCIDENTS = "C0DEPLOYS", "C0INCIDNT"
EVERYTHING: dict[str, Rule] = {DEPLOYS: "all"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "PAUSE", 0.01)
    monkeypatch.setattr(announce, "WAIT", 0.05)


class Telling:
    """Replicas that announce, and a hand that lets builds be seen."""

    def __init__(self, world: World, state: State, slack: Slack, speaker: Speaker) -> None:
        self.world, self.state, self.slack, self.speaker = world, state, slack, speaker
        self.notices = Notices(state)
        self.metrics = Metrics()
        self.tasks = Tasks()

    def announcer(self, name: str = "r1", rules: dict[str, Rule] = EVERYTHING, **people: str) -> Notifier:
        """One more replica."""
        voice = Voice(slack=True, people=people or PEOPLE)
        live = Live(self.speaker, self.world.journal, voice)
        announcer = Announcer(
            Outbox(self.state, again_after=0.2),
            self.world.journal,
            self.speaker,
            live,
            voice=voice,
            metrics=self.metrics,
            consumer=name,
        )
        notifier = Notifier(
            self.world,
            self.notices,
            Rules(self.state, rules),
            Turns(self.state, name),
            speaker=self.speaker,
            voice=voice,
            metrics=self.metrics,
        )
        notifier.listens(announcer)
        self.tasks.spawn(announcer.work(), name)
        return notifier

    async def build(self, sha: str, **changes: Any) -> Build:
        """A commit's build as GitHub tells it, but for what is said here."""
        (build, *_) = await self.world.github.builds(story.WORKFLOW, sha=sha)
        return replace(build, **changes)

    async def see(self, sha: str, **changes: Any) -> Build:
        """Let a build be seen, and everything be told that follows from it."""
        build = await self.build(sha, **changes)
        await self.notices.see(build)
        await self.told()
        return build

    async def told(self) -> None:
        await until(Outbox(self.state).empty)

    def messages(self, channel: str = "#deploys") -> list[Message]:
        """What stands in a channel itself."""
        return [each for each in self.slack.messages(channel) if not each.is_reply]

    def texts(self, channel: str = "#deploys") -> list[str]:
        return [each.text for each in self.messages(channel)]

    def replies(self) -> list[str]:
        return [each.text for each in self.slack.messages("#deploys") if each.is_reply]


@pytest.fixture
async def telling(play: Play, state: State, slack: Slack, speaker: Speaker) -> AsyncIterator[Telling]:
    telling = Telling(play.world, state, slack, speaker)
    yield telling
    await telling.tasks.stop()


RUNNING = {"status": "in_progress", "conclusion": ""}


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
    letter = await Outbox(telling.state).take("died", 0.01)
    assert letter is not None
    telling.announcer("lives")
    await telling.told()
    assert len(telling.messages()) == 1


async def test_while_slack_is_down_nothing_is_lost(telling: Telling) -> None:
    telling.slack.go_down()
    telling.announcer()
    build = await telling.build(story.BUILT)
    await telling.notices.see(replace(build, status="in_progress", conclusion=""))
    await asyncio.sleep(0)
    await telling.notices.see(build)
    telling.slack.come_back()
    await telling.told()
    assert [text[:13] for text in telling.texts()] == ["Built 3f2a1b9"]


async def test_each_attempt_has_a_message_and_an_end_that_nobody_saw_is_told(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILD_FAILED, **RUNNING)
    await telling.see(story.BUILD_FAILED, **RUNNING, attempt=2)
    first, second = telling.texts()
    assert first.startswith("Built again: an attempt to build 77be0f2")
    assert second.startswith("Building 77be0f2 “Move to the new PDF renderer” (attempt 2)")
    await telling.see(story.BUILD_FAILED)
    assert telling.texts() == [first, second], "a late word about the first attempt changes nothing"


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


# --- what is true


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
    assert "Its image is not checked: There was no answer within 0.05 s." in text


async def test_a_deleted_run_is_told_as_gone(telling: Telling) -> None:
    telling.announcer()
    await telling.see(story.BUILT, **RUNNING)
    await telling.see(story.BUILT, conclusion=DELETED)
    (text,) = telling.texts()
    assert "is gone: GitHub knows its run no more" in text


# --- slow ones


async def slow(telling: Telling, minutes: float, sha: str = story.BUILT) -> None:
    """Let a build have run for so long by now."""
    now = await telling.world.now()
    build = await telling.build(sha, **RUNNING)
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


async def test_a_slow_build_says_at_which_step_it_is(telling: Telling) -> None:
    telling.announcer()
    await slow(telling, 30, story.BUILDING)
    (text,) = telling.texts()
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
