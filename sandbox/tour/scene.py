"""What a step looks at: the stand-ins, the servers and what was said, at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sandbox import story
from sandbox.redis_servers import Role
from sandbox.stage import Stage
from sandbox.tour.switches import Outside

CHANNEL = "#deploys"


@dataclass(frozen=True)
class Scene:
    """One moment of a stage."""

    stage: Stage
    outside: Outside
    roles: Sequence[Role]

    # Slack

    @cached_property
    def _told(self) -> str:
        """All that fisk has said, to whomever."""
        posted = self.stage.slack.workspace.posted()
        return "\n".join(self.stage.slack.reading(message) for message in posted if message.is_by_app)

    def said(self, words: str) -> bool:
        return words in self._told

    def said_since(self, moment: float, words: str) -> bool:
        """Whether fisk has said it to anybody since a moment; 0: never."""
        slack = self.stage.slack
        return bool(moment) and any(
            moment < message.versions[-1].at and words in slack.reading(message)
            for message in slack.workspace.posted()
            if message.is_by_app
        )

    def ended_since(self, moment: float, words: str) -> bool:
        """Whether a message has come to say so since a moment; 0: never."""
        slack = self.stage.slack
        return bool(moment) and any(
            moment < message.versions[-1].at and words in slack.reading(message)
            for message in slack.messages(CHANNEL)
            if message.is_by_app and not message.is_reply
        )

    # Coolify and vps01

    def runs(self, target: str) -> str:
        """The sha of the commit whose container is there."""
        return self.stage.world.coolify.running(target)

    def digest(self, target: str) -> str:
        """Of the image that its container is of."""
        return self.stage.world.host.running[target].digest

    @property
    def schema_is_behind(self) -> bool:
        return self.stage.world.host.unmigrated

    def set_to(self, target: str) -> str:
        """The sha of the commit that Coolify would deploy; empty where it is none of ours."""
        world = self.stage.world
        tag = world.coolify.apps[target].tag if target in world.coolify.apps else ""
        shipped = world.registry.find(story.IMAGE, tag.replace("sha256-", "sha256:"))
        return shipped.sha if shipped else ""

    def coolify_tried(self, sha: str) -> bool:
        return any(row.commit == sha for row in self.stage.world.coolify.queue.rows)

    def variables(self, target: str) -> set[str]:
        """The keys of an application's variables."""
        app = self.stage.world.coolify.apps.get(target)
        return {row.key for row in app.variables.rows} if app else set()

    @property
    def buildkit_runs(self) -> bool:
        return self.stage.world.hosts.buildkit.status == "running"

    # GitHub and the workers' host

    @property
    def pushed(self) -> str:
        """The sha of main's newest commit; empty while that is the story's own."""
        head = self.stage.world.github.history.heads[story.BRANCH]
        return "" if head == story.BUILDING else head

    @property
    def workers(self) -> set[str]:
        """The commits that the workers' containers are of."""
        return {shipped.sha for _, shipped in self.stage.world.hosts.compose.containers.made}

    # fisk, and its memory

    @property
    def bot_lives(self) -> bool:
        return self.outside.bot_lives

    @property
    def approvals(self) -> bool:
        return self.stage.approvals

    @property
    def locks(self) -> Mapping[str, str]:
        """Operation by resource; empty where nobody can say."""
        return next((each.locks for each in self.roles if each.locks), {})

    @property
    def master(self) -> str:
        """The master's name; empty where there is none."""
        return next((each.name for each in self.roles if each.role == "master"), "")

    @property
    def replicas(self) -> int:
        """How many follow the master."""
        return max((each.replicas for each in self.roles), default=0)

    @property
    def redis_is_down(self) -> bool:
        return bool(self.roles) and not any(each.role for each in self.roles)

    @property
    def lost_one(self) -> bool:
        return any(not each.role for each in self.roles)
