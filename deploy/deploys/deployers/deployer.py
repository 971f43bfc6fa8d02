"""The port: what a deploy and its way back need of whatever runs a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from deploy.core.model import Deployment, Done, short
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.engine.engine import Op


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a target is to run.

    Attributes:
        commit: that the deployment is of; `HEAD` where none is to be named.
        digest: of the image that was judged; empty where only a tag is known.
        tag: for where no digest is known, or the runtime takes none.
        name: of the image, where it is to be set to what it was; empty for the target's own.
        others: the digests of the target's further images, in their order.
        variables: of a compose project's `.env`, where they are to be set to what they were.
    """

    commit: str
    digest: str = ""
    tag: str = ""
    name: str = ""
    others: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def sha(self) -> str:
        return short(self.commit)

    @property
    def of(self) -> str:
        """What a registry is asked for."""
        return self.digest or self.tag


@dataclass(frozen=True, slots=True)
class Pointed:
    """What is set, as a person reads it, and deployments that there were before or when it was set.

    A deployment reads what is set when it begins, so whatever is queued after this runs that, whoever asked for it.
    """

    note: str
    known: tuple[str, ...]
    by: Literal["digest", "tag"] = "digest"


@dataclass(frozen=True, slots=True)
class Watched:
    """A deployment at its good end."""

    deployment: Deployment
    note: str = "Coolify says finished"


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a deployment ended. `status` is empty where none was ever triggered.

    `queued` says that it never began, so that it cannot have touched the running container; `known` are the newest
    deployments by then.
    """

    status: str
    queued: bool = False
    known: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        return f"the deployment is {self.status}" if self.status else "nothing was triggered"


class Deployer(Protocol):
    """Every method may be repeated after a crash, and asks first what is done already. Each may raise SystemFailure.

    `known` are the deployments there were when the image was set: what is newer is this operation's own.
    """

    async def point(self, wanted: Wanted, known: tuple[str, ...] | None = None) -> Pointed:
        """Set what the next deployment runs, and read it back.

        Where it was set already, as by an earlier run, what came after the `known` deployments may be of that run.

        Raises:
            NotPointed: it did not take.
            TagMoved: no digest can be set, and the tag names another image than the one that was judged.
        """

    async def trigger(self, op: Op, wanted: Wanted, known: tuple[str, ...]) -> Deployment:
        """Have it deployed, once. Raises NeverQueued."""

    async def watch(self, op: Op, deployment: Deployment, wanted: Wanted) -> Watched:
        """Wait until it ended well. Raises DeploymentFailed and TookTooLong."""

    async def stop(self, op: Op, wanted: Wanted, known: tuple[str, ...]) -> Stopped:
        """Make sure that no deployment of it goes on. Raises TookTooLong."""

    async def cancel(self, op: Op, deployments: Sequence[str]) -> Done:
        """Cancel what somebody else began, and wait for the end of it. Raises NotCancelled."""

    async def idle(self, op: Op) -> bool:
        """Wait until no deployment is queued or runs; whether that came in time."""
