"""The values that cross fisk's boundaries. Times are seconds since the epoch (UTC), as floats."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from pydantic import SerializeAsAny

from deploy.core.actor import Actor, Dialog, Failure, Offer, Origin
from deploy.core.coolify_model import ACTIVE, HEAD, Application, Deployment, LogLine
from deploy.core.github_model import Build, Commit, Comparison, Job, JobStep, Runner
from deploy.core.reference import LATEST
from deploy.core.target import After, Resource, Target
from deploy.core.units import short
from deploy.core.values import dataclass

__all__ = [
    "ACTIVE",
    "HEAD",
    "LATEST",
    "Actor",
    "After",
    "Application",
    "Build",
    "Commit",
    "Comparison",
    "Deployment",
    "Dialog",
    "Failure",
    "Job",
    "JobStep",
    "LogLine",
    "Offer",
    "Origin",
    "Resource",
    "Runner",
    "Target",
    "short",
]  # re-exported: GitHub's and Coolify's values, targets and actors belong to the domain model

WHOLE = 40  # digits of a commit's id


def is_sha(text: str) -> bool:
    """Whether this is a whole commit id, as opposed to `HEAD`, `latest` or nothing."""
    return len(text) == WHOLE and all(digit in "0123456789abcdef" for digit in text)


def follows(tag: str) -> bool:
    """Whether an app with this tag follows `latest`, which an empty tag means in Coolify."""
    return tag in {"", LATEST}


# --- the registry


@dataclass(frozen=True, slots=True)
class Image:
    """What a tag or digest names in a registry.

    Attributes:
        tag: as it was asked for; it may be a digest.
        digest: of what is named, for an index the index's.
        platforms: as `linux/arm64`.
        revision: the commit that its label names, which may be that of a base image.
        manifest: the digest of the manifest for the platform that was asked for; of an image without index, its own.
        config: the digest of the config, which is the image's id in Docker's classic store.
        source: the repository that the label is about, as a URL.
    """

    repository: str
    tag: str
    digest: str
    platforms: tuple[str, ...]
    revision: str = ""
    created: float = 0
    manifest: str = ""
    config: str = ""
    source: str = ""


# --- health


@dataclass(frozen=True, slots=True)
class Health:
    """One answer of a health URL: `status` is the HTTP status, 0 without an answer, for which `why` is the reason.

    `version`: the commit, or else the version, that it says; empty where it does not.
    """

    status: int
    why: str = ""
    version: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 200  # noqa: PLR2004 (the health contract names this one status)


# --- operations


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of an operation; each kind has a subclass."""

    @property
    def what(self) -> str:
        """The commit that it is about, in short form; empty where it is about none."""
        return ""

    @property
    def place(self) -> str:
        """The target, host, runner or application that it works on; empty where there is none."""
        return ""

    @property
    def passes(self) -> tuple[str, ...]:
        """The gates that every operation of its kind goes past, by name."""
        return ()


@dataclass(frozen=True, slots=True)
class Opaque(Arguments):
    """Arguments of a kind, or in a form, that this version of fisk does not know. `text` is their JSON."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """Another person's yes to an operation; `at` is the store's time in seconds."""

    actor: Actor
    at: float


@dataclass(frozen=True, slots=True)
class Operation:
    """A long-running action as requested; immutable.

    Attributes:
        resources: what it locks, from its beginning to its end.
        created: when it was requested, in seconds since the epoch by the store's clock.
        line: the command that requested it.
        usual: the median duration in seconds of earlier ones; 0 where there are none.
        decided: why the actor was allowed, such as `deployers: S0DEPLOYR`.
        approved: who approved it, and when.
        plan: the fingerprint of what they approved.
        break_glass: why it goes past approvals, freezes and holds; empty where it does not.
        asker: where nobody typed it, who may not approve it: whoever pushed what is deployed by itself.
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
    approved: tuple[Approval, ...] = ()
    plan: str = ""
    break_glass: str = ""
    asker: Actor | None = None

    @property
    def asked_by(self) -> Actor:
        """Who asks for it, and so may not approve it."""
        return self.asker or self.actor

    @property
    def passes(self) -> tuple[str, ...]:
        """The gates that it goes past, by name."""
        return ("hold", "freeze") if self.break_glass else self.arguments.passes


@dataclass(frozen=True, slots=True)
class Hold:
    """A person's freeze of a resource, or a window of fisk.toml's. `until`: when it ends by itself; 0: never."""

    resource: Resource
    actor: Actor
    reason: str
    since: float
    until: float = 0


@dataclass(frozen=True, slots=True)
class Release:
    """An image proven to run in a target.

    `weak`: why only a tag says that it is this commit's; empty where the log of its build does. `others`: the digests
    of the target's further images, in their order.
    """

    target: str
    sha: str
    tag: str
    digest: str
    at: float
    operation: str
    actor: Actor
    proof: Literal["digest", "health"] = "health"
    weak: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a step that has no data of its own."""

    note: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """What runs in a target, as far as it is known.

    Attributes:
        sha: the commit that it was built from; empty where nobody can say.
        tag: what Coolify is set to; None where it does not say.
        deployments: Coolify's newest deployment ids at that moment.
        digest: of the image; empty where only its tag is known.
        source: who says so: its host, or the log of Coolify's newest finished deployment.
        deployed: the tag that was deployed, where only that is known.
        at: when Coolify was asked for that deployment; 0 where the host says what runs.
        why: why it is not known, or not known better.
        weak: why only a tag says that the image is this commit's; empty where the log of its build does.
        others: the digests of the target's further images, in their order.
    """

    sha: str
    tag: str | None
    deployments: tuple[str, ...] = field(default=())
    digest: str = ""
    source: Literal["host", "log", ""] = ""
    deployed: str = ""
    at: float = 0
    why: str = ""
    weak: str = ""
    others: tuple[str, ...] = ()

    @property
    def of(self) -> str:
        """The image, as far as it is known: its digest, or the tag that was deployed."""
        return self.digest or self.deployed

    @property
    def pinned(self) -> bool:
        return self.tag is not None and not follows(self.tag)
