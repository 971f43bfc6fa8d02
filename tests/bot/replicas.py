"""Replicas that post notices of the sandbox's builds to the Slack stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.metrics import Metrics
from bot.app.tasks import Tasks
from bot.slack import outbox_worker
from bot.slack.channels import Channels
from bot.slack.incidents import Incidents
from bot.slack.live import Live
from bot.slack.notices import Notifier
from bot.slack.outbox_worker import Announcer
from bot.slack.sight import SightNews
from bot.words.format import Format
from deploy.engine.outbox import Outbox
from deploy.notices.store import Notices, Rules
from deploy.redis.mutex import Mutex
from sandbox import story
from tests.deploy.conftest import outside, play
from tests.waiting import until

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.github_model import Build
    from deploy.notices.policy import Rule
    from deploy.redis.connect import State
    from deploy.world import World
    from sandbox.slack import Slack
    from sandbox.slack.message import Message
    from tests.deploy.play import Play

__all__ = ["announcing", "impatient", "outside", "play"]

PEOPLE = {"ana-horvat": "U024BE7LH", "markobabic": "U0MARKO01"}
DEPLOYS, INCIDENTS = "C0DEPLOYS", "C0INCIDNT"
AMONG_PEOPLE = Format(slack=True, people=PEOPLE)
EVERYTHING: dict[str, Rule] = {DEPLOYS: "all"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_worker, "PAUSE", 0.01)
    monkeypatch.setattr(outbox_worker, "WAIT", 0.05)


class Announcing:
    """Replicas that announce, and a hand that lets builds be seen."""

    def __init__(self, world: World, state: State, slack: Slack, speaker: Speaker) -> None:
        self.world, self.state, self.slack, self.speaker = world, state, slack, speaker
        self.notices = Notices(state)
        self.metrics = Metrics()
        self.tasks = Tasks()

    def announcer(self, name: str = "r1", rules: dict[str, Rule] = EVERYTHING, **people: str) -> Notifier:
        """One more replica."""
        fmt = Format(slack=True, people=people or PEOPLE)
        live = Live(self.speaker, self.world.memory.journal, fmt)
        announcer = Announcer(
            Outbox(self.state, again_after=0.2),
            self.world.memory.journal,
            self.speaker,
            live,
            Incidents(Channels(self.speaker, ()), self.speaker, self.world.memory.journal, self.state, fmt),
            fmt=fmt,
            metrics=self.metrics,
            consumer=name,
        )
        notifier = self.notifier(name, rules, fmt)
        notifier.listens(announcer)
        SightNews(
            self.state, Rules(self.state, rules), speaker=self.speaker, fmt=fmt, metrics=self.metrics
        ).listens(announcer)
        self.tasks.spawn(announcer.work(), name)
        return notifier

    def notifier(
        self, name: str, rules: dict[str, Rule] = EVERYTHING, fmt: Format = AMONG_PEOPLE
    ) -> Notifier:
        """What tells of builds in a replica, without the rest of it."""
        return Notifier(
            self.world,
            self.notices,
            Rules(self.state, rules),
            Mutex(self.state, name),
            speaker=self.speaker,
            fmt=fmt,
            metrics=self.metrics,
        )

    async def build(self, sha: str, **changes: Any) -> Build:
        """A commit's build as GitHub tells it, but for what is said here."""
        (build, *_) = await self.world.systems.github.builds(story.WORKFLOW, sha=sha)
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
async def announcing(play: Play, state: State, slack: Slack, speaker: Speaker) -> AsyncIterator[Announcing]:
    announcing = Announcing(play.world, state, slack, speaker)
    yield announcing
    await announcing.tasks.stop()


RUNNING = {"status": "in_progress", "conclusion": ""}
