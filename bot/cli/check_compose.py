"""What `fisk check` tries of a target that docker compose runs: that fisk can look at it, and may deploy it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import short
from deploy.deploys.deployers.project import project
from deploy.systems.host import may_run

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.systems.ssh import Ssh
    from deploy.world import World


async def of_compose(target: Target, world: World) -> str:
    """Nothing is changed by it. Raises errors.HostFailure: CommandNotAllowed where the key may not act."""
    compose = world.systems.compose[target.name]
    command = " ".join(await compose.command())
    services, it = await compose.services(), await project(world, target)
    acts = [await compose.starting(services, anew=anew) for anew in (False, True)]
    for argv in (compose.writing, await compose.pulling(services), *acts):
        await _may(world.systems.hosts[target.host], argv)
    return f"`{command}` on {target.host}: {it.note}, .env says {short(it.set_to) or 'nothing yet'}"


async def _may(ssh: Ssh, argv: Sequence[str]) -> None:
    if (await may_run(ssh, argv)).held is False:
        raise errors.CommandNotAllowed(system=ssh.host.name, user=ssh.host.user, command=shlex.join(argv))
