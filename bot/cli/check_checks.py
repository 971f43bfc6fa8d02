"""Whether a target's own checks can be asked at all, for `fisk check`; a command is looked up in the gate, not run."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.cli.trials import Trial, Without
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.deploys.checking import misfit, out_of_bounds
from deploy.systems.docker import in_container
from deploy.systems.host import may_run

if TYPE_CHECKING:
    from deploy.core.checks import Check
    from deploy.core.model import Target
    from deploy.world import World

ANY = "0" * 64  # stands for a container's id
NOW = "; now it would fail: {}"


def checks(target: Target, world: World) -> dict[str, Trial]:
    """A trial of each check."""
    return {
        f"{target.name}: check {each.name}": partial(_tried, target, each, world) for each in target.checks
    }


async def _tried(target: Target, it: Check, world: World) -> str | Without:
    if it.run:
        return await _run(target, it, world)
    return await (_get(it, world) if it.get else _query(it, world))


async def _run(target: Target, it: Check, world: World) -> str | Without:
    """Raises errors.CommandNotAllowed."""
    ssh = world.systems.hosts[target.host]
    right = await may_run(ssh, in_container(ANY, it.run))
    if right.held is False:
        command = " ".join(("docker exec <id>", _words(it)))
        raise errors.CommandNotAllowed(system=target.host, user=ssh.host.user, command=command)
    if right.held is None:
        return Without(f"whether fisk may run it is not known, because {right.why}")
    return f"fisk may run `{_words(it)}` in the container"


def _words(it: Check) -> str:
    """As it stands behind the container in the gate's list."""
    return shlex.join(it.run)


async def _get(it: Check, world: World) -> str:
    """Raises errors.Unreachable."""
    found = await world.systems.health.fetch(it.get or "", it.within)
    if not found.status:
        raise errors.Unreachable(system=urlsplit(it.get or "").hostname or "Its URL", why=found.why)
    why = misfit(it, found)
    return "fisk may ask it" + (NOW.format(why) if why else "")


async def _query(it: Check, world: World) -> str | Without:
    """Raises errors.SystemFailure."""
    values = await world.systems.prometheus.values(it.prometheus or "", it.query, it.within)
    why = out_of_bounds(it, values)
    if isinstance(why, Unknown):
        return Without(f"fisk may ask it, but {why.why}")
    return "fisk may ask it" + (NOW.format(why) if why else "")
