"""Deployments of Coolify's that hang: they show no sign of life for longer than deploys of their app take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.core.coolify_model import FINISHED
from deploy.core.values import dataclass
from deploy.deploys.deployers.coolify import CANCELS

if TYPE_CHECKING:
    from deploy.core.model import Deployment
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nothing was heard of any deployment under way, and how long finished ones took at most, in seconds."""

    seconds: float
    longest: float


async def silence(world: World, deployments: Sequence[Deployment], now: float) -> Silence | None:
    """Whether those under way hang; None where nothing is, where one of them lives, where no finished one says how
    long they take, or where this Coolify cannot cancel. Raises SystemFailure.

    Coolify notes the time with each line of a deployment's log (ApplicationDeploymentQueue, addLogEntry).
    """
    heard = [max(each.at, each.updated) for each in deployments if each.active]
    took = [each.updated - each.at for each in deployments if each.status == FINISHED and each.at]
    if not heard or not took or now - max(heard) <= max(took):
        return None
    if await world.systems.coolify.version() < CANCELS:
        return None
    return Silence(now - max(heard), max(took))
