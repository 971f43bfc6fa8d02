"""cancel DEPLOYMENT: one of Coolify's, by its own id."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, ClassVar

from commands.access import allow
from commands.record import record
from commands.reply import AskFirst, Reply
from deploy.access.policy import Act
from deploy.core.model import Actor, Deployment, Offer
from deploy.core.units import age
from deploy.core.values import dataclass
from deploy.deploys.deployers.coolify import CANCELS
from deploy.deploys.deployment_errors import CannotCancel, DeploymentOver, NoDeployment

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.world import World

IDENTITY = re.compile(
    r"[a-z0-9]{20,32}"
)  # of a deployment in Coolify; an operation's begins with a letter and a dash


@dataclass(frozen=True, slots=True)
class CancelledInCoolify(Reply):
    """What became of the deployment: `cancelled-by-user`, or the end that came first."""

    deployment: Deployment
    by: Actor
    public: ClassVar[bool] = True


async def cancel(
    deployment: str, request: Request, world: World, *, sure: bool
) -> AskFirst | CancelledInCoolify:
    """Cancel a deployment, after a confirmation; on record before it is done.

    Raises:
        NotAllowed: no role without `targets` lets them; Coolify does not say whose a deployment is.
        NoDeployment: Coolify has none of that id.
        DeploymentOver: it has ended.
        CannotCancel: this version of Coolify cannot.
        SystemFailure: Coolify does not answer.
    """
    await allow(request, world, Act("cancel", ("locks",)))
    found = await world.systems.coolify.deployment(deployment)
    if found is None:
        raise NoDeployment(deployment=deployment)
    if not found.active:
        raise DeploymentOver(deployment=found.shown, state=found.status)
    if await world.systems.coolify.version() < CANCELS:
        raise CannotCancel(version=world.systems.coolify.version_text)
    if not sure:
        return _ask(found)
    await record(request, world)
    return CancelledInCoolify(await world.systems.coolify.cancel(deployment), request.actor)


def _ask(found: Deployment) -> AskFirst:
    since = f" for {age(time.time() - found.at)}" if found.at else ""
    question = (
        f"Coolify's deployment {found.shown} is {found.status.replace('_', ' ')}{since}. Cancelling it leaves"
        " what runs, but one in its health check may still take over."
    )
    cancel = Offer("Cancel it in Coolify", f"cancel {found.uuid} --sure", danger=True)
    return AskFirst(question, cancel, "Let it run")
