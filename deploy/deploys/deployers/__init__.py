"""What makes a target run an image, behind one port: see `deployer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.deploys.deployers.compose import ComposeDeployer
from deploy.deploys.deployers.coolify import CoolifyDeployer

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.deploys.deployers.deployer import Deployer
    from deploy.world import World


def deployer_of(world: World, target: Target) -> Deployer:
    """The one that runs this target."""
    if target.kind == "compose":
        return ComposeDeployer(world, target)
    return CoolifyDeployer(world, target.app, target.image)
