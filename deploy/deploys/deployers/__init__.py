"""What makes a target run an image, behind one port: see `deployer`. Coolify is the only one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.deploys.deployers.coolify import CoolifyDeployer

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.deploys.deployers.deployer import Deployer
    from deploy.world import World


def deployer_of(world: World, target: Target) -> Deployer:
    """The one that runs this target."""
    return CoolifyDeployer(world, target.app, target.image)
