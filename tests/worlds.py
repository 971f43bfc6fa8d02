"""Copies of a world with parts replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploy.world import Targets

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.world import World


def with_systems(world: World, **changes: Any) -> World:
    return replace(world, systems=replace(world.systems, **changes))


def with_targets(world: World, *targets: Target) -> World:
    """These targets besides the others, or in the place of those of the same name."""
    return replace(world, targets=Targets((*world.targets.values(), *targets), world.targets.workers))
