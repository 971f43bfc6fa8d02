"""What Coolify knows, as values: applications and deployments. Times are seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.reference import Reference, configured


@dataclass(frozen=True, slots=True)
class Application:
    """An application as *configured* in Coolify; which image runs may differ.

    `not_rolling` names each setting that makes Coolify stop the old container before it starts the new one,
    `builds` each that makes it build from source.
    """

    uuid: str
    name: str
    status: str
    build_pack: str
    image: str
    tag: str
    commit: str
    health_check: bool
    not_rolling: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()

    @property
    def reference(self) -> Reference | None:
        """What the next deployment from anywhere would deploy; None where name and tag name no image."""
        return configured(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A visible line of a Coolify deployment's log."""

    text: str
    error: bool = False


FINISHED, CANCELLED = "finished", "cancelled-by-user"
ACTIVE: frozenset[str] = frozenset({"queued", "in_progress"})


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of Coolify's.

    Attributes:
        commit: its duplicate key, a sha or `HEAD`; set by whoever asked, so it proves nothing about the image.
        at: when it was asked for.
        updated: when Coolify last noted something of it, a line of its log too.
        printed: whether its log holds lines of the application itself, as after a failed health check.
        image: the reference that it began to deploy, by its own log; empty before that, and without read:sensitive.
        cause: why it failed, as Coolify marks it in its log; empty where it does not.
    """

    uuid: str
    status: str
    commit: str
    at: float = 0
    logs: tuple[LogLine, ...] = ()
    cause: str = ""
    printed: bool = False
    updated: float = 0
    image: str = ""

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def note(self) -> str:
        return f"deployment {self.uuid}"
