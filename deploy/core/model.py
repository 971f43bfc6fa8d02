"""The values that cross fisk's boundaries. Times are seconds since the epoch (UTC), as floats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pydantic import SerializeAsAny

from deploy.core.actor import Actor, Failure, Offer, Origin
from deploy.core.fields import HttpUrl, ImageName, Text
from deploy.core.github_model import Build, Commit, Comparison, Job, JobStep, Runner

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Actor",
    "Build",
    "Commit",
    "Comparison",
    "Failure",
    "Job",
    "JobStep",
    "Offer",
    "Origin",
    "Runner",
]  # GitHub's values, and those of people who ask, are the domain's, too

SHORT, WHOLE = 7, 40  # digits of a commit's id
LATEST = "latest"
HEAD = "HEAD"  # what Coolify keys the deployments of an image app by until somebody sets a commit


def short(sha: str) -> str:
    """The first seven digits, the form in which people name a commit."""
    return sha[:SHORT]


def is_sha(text: str) -> bool:
    """Whether this is a whole commit id, as opposed to `HEAD`, `latest` or nothing."""
    return len(text) == WHOLE and all(digit in "0123456789abcdef" for digit in text)


def follows(tag: str) -> bool:
    """Whether an app that is set to this tag follows `latest`, as Coolify takes an empty one to mean."""
    return tag in {"", LATEST}


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """What an operation locks, or a person holds: `app:NAME`, `buildkit:HOST`, `env:UUID` and so on."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def plain(self) -> str:
        """As people type it: a target by its name, anything else as it is."""
        return self.name if self.kind == "app" else str(self)

    @classmethod
    def parse(cls, text: str) -> Resource:
        kind, _, name = text.partition(":")
        return cls(kind, name)


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be deployed: a `[targets.NAME]` table of fisk.toml.

    Attributes:
        image: without a tag.
        app: the uuid of its Coolify application.
        health: answers 200 where it is healthy.
        platform: what its host runs.
        workflow: the file below .github/workflows that builds it.
        environment: its name on GitHub's deployments page.
        host: the machine that its container runs on, where it is known.
        protected: somebody else must confirm what changes its variables.
        ignored_paths: globs; a push that touches only such files starts no build.
    """

    name: str
    image: ImageName
    app: Text
    health: HttpUrl
    platform: str = "linux/arm64"
    workflow: str = "build.yml"
    environment: str = "production"
    host: str = ""
    protected: bool = False
    ignored_paths: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """What operations on this target lock."""
        return Resource("app", self.name)


# --- the registry


@dataclass(frozen=True, slots=True)
class Image:
    """A tag in a registry. `digest` is what the tag names (of an index: the index); platforms as `linux/arm64`."""

    repository: str
    tag: str
    digest: str
    platforms: tuple[str, ...]
    revision: str = ""
    created: float = 0


# --- Coolify


@dataclass(frozen=True, slots=True)
class Application:
    """An application as Coolify has it *configured*; which image runs is another question.

    `not_rolling` names each setting for which Coolify stops the old container before it starts the new one,
    `builds` each by which it would build something.
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


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a deployment's log that Coolify means to be seen."""

    text: str
    error: bool = False


ACTIVE: frozenset[str] = frozenset({"queued", "in_progress"})


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of Coolify's. `commit` is its duplicate key, a sha or `HEAD`; it never says which tag ran.

    `cause` is why it failed, as Coolify marks it in its log; empty where it does not.
    """

    uuid: str
    status: str
    commit: str
    at: float = 0
    logs: tuple[LogLine, ...] = ()
    cause: str = ""

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def note(self) -> str:
        return f"deployment {self.uuid}"


@dataclass(frozen=True, slots=True)
class Health:
    """One answer of a health URL: `status` is the HTTP status, 0 where nothing answered, and then `why` says so."""

    status: int
    why: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 200  # noqa: PLR2004 (the health contract names this one status)


# --- operations


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a kind of operation is asked for with; each kind has its own, made of these."""

    @property
    def what(self) -> str:
        """The commit that it is about, in the form in which people name it; empty where it is about none."""
        return ""

    @property
    def place(self) -> str:
        """Where it is done: a target, a host, a runner, an application; empty where nobody would say so."""
        return ""


@dataclass(frozen=True, slots=True)
class Opaque(Arguments):
    """Those of a kind, or a form, that this fisk does not know: another fisk may. `text` is their JSON."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A long action as it was asked for; immutable.

    Attributes:
        resources: what it locks, from its beginning to its end.
        created: when it was asked for, in the memory's seconds since the epoch.
        line: the line that asked for it.
        usual: how many seconds one like it usually takes; 0 where there is no experience.
        decided: why the actor was let through, such as `deployers: S0DEPLOYR`.
    """

    id: str
    kind: str
    actor: Actor
    origin: Origin
    arguments: SerializeAsAny[Arguments]
    resources: tuple[Resource, ...]
    created: float
    reason: str = ""
    decided: str = ""
    line: str = ""
    usual: float = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """A person's freeze of a resource."""

    resource: Resource
    actor: Actor
    reason: str
    since: float


@dataclass(frozen=True, slots=True)
class Release:
    """An image proven to run in a target."""

    target: str
    sha: str
    tag: str
    digest: str
    at: float
    operation: str
    actor: Actor
    proof: Literal["digest", "health"] = "health"


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a step that has nothing else to say."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs in a target, as far as it is known. `sha` is empty where nobody can say."""

    sha: str
    tag: str
    deployments: tuple[str, ...] = field(default=())  # Coolify's newest deployment ids at that moment

    @property
    def pinned(self) -> bool:
        return not follows(self.tag)


def deployed(application: Application, deployments: Sequence[Deployment]) -> str:
    """The commit of the newest finished deployment; empty where it does not tell which image that ran.

    That is so where it is `HEAD`, and where it stayed set in an app that follows `latest`: each restart repeats it.
    """
    finished = next((each.commit for each in deployments if each.status == "finished"), "")
    repeated = follows(application.tag) and finished == application.commit
    return finished if is_sha(finished) and not repeated else ""
