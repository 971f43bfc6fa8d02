"""The end of a container's log: from its host or, where fisk.toml names none, from Coolify."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from deploy.core.errors import Rejected
from deploy.core.redact import harmless_lines
from deploy.core.together import together
from deploy.core.units import cut, moment, plural
from deploy.core.values import dataclass
from deploy.deploys.deployers.project import project
from deploy.deploys.proof import containers
from deploy.logs.errors import NoContainer, NothingPrinted, NoTimes, NotRunning

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.world import World

LONGEST = 2000  # characters of a line that are looked at
FAILED_AMONG = 100  # an application's newest deployments
WIDTH = 400  # characters of a line that are shown
BAD_REQUEST = 400  # which Coolify answers here for one reason alone: nothing runs
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ", re.MULTILINE)
_STAMPED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (.*)", re.DOTALL)  # as Docker writes times


@dataclass(frozen=True, slots=True)
class Line:
    """`at` is in seconds since the epoch, 0 where nobody said."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Tail:
    """`lines` are without secrets, oldest first; `source` says whose container printed them and who told."""

    lines: tuple[Line, ...]
    source: str


async def tail(world: World, target: Target, count: int, since: float) -> Tail:
    """The last `count` lines, of those the ones that were printed since then; `since` 0: all of them.

    Raises:
        NoContainer, NotRunning: there is nothing that could have printed.
        NoTimes: Coolify is too old for `since`.
        SystemFailure: who has the log does not answer.
    """
    if target.kind == "compose":
        printed, source = await _from_project(world, target, count)
    elif target.host in world.systems.hosts:
        printed, source = await _from_host(world, target, count)
    else:
        printed, source = await _from_coolify(world, target, count), "by Coolify"
    lines = await asyncio.to_thread(readable, printed, count)
    if since and any(not line.at for line in lines):
        raise NoTimes(target=target.name)
    return Tail(tuple(line for line in lines if line.at >= since), source)


async def printed(world: World, target: Target, deployment: str, count: int) -> Tail:
    """The last `count` lines of the container that a deployment started and that its health check turned down.

    Raises:
        NothingPrinted: the target has no such deployment, or Coolify kept no lines of it.
        SystemFailure: Coolify does not answer.
    """
    coolify = world.systems.coolify
    listed = await coolify.deployments(target.app, take=FAILED_AMONG)
    texts = await coolify.printed(deployment) if any(each.uuid == deployment for each in listed) else ()
    if not texts:
        raise NothingPrinted(deployment=deployment, target=target.name)
    lines = await asyncio.to_thread(readable, texts, count)
    return Tail(lines, f"the container that Coolify's deployment {deployment} took away")


async def _from_host(world: World, target: Target, count: int) -> tuple[tuple[str, ...], str]:
    """Of the newest container, running or not: the log of what has just crashed is the one that is needed."""
    docker = world.systems.docker[target.host]
    found = await containers(docker, target, ended=True)
    if not found:
        raise NoContainer(target=target.name, host=target.host)
    identity, name = found[0]
    return await docker.stamped_logs(identity, count), f"{name} on {target.host}"


async def _from_project(world: World, target: Target, count: int) -> tuple[tuple[str, ...], str]:
    """Of each of its containers, with the service's name before each line."""
    found, docker = (await project(world, target)).parts, world.systems.docker[target.host]
    if not found:
        raise NoContainer(target=target.name, host=target.host)
    told = await together(*(docker.stamped_logs(part.id, count) for part in found))
    named = (_by(part.service, text) for part, texts in zip(found, told, strict=True) for text in texts)
    return tuple(named), f"{plural(len(found), 'container')} on {target.host}"


def _by(service: str, text: str) -> str:
    return _STAMP.sub(rf"\g<0>{service}: ", text)


async def _from_coolify(world: World, target: Target, count: int) -> tuple[str]:
    try:
        return (await world.systems.coolify.logs(target.app, count),)
    except Rejected as refused:
        if refused.status == BAD_REQUEST:
            raise NotRunning(target=target.name) from None
        raise


def readable(printed: Sequence[str], count: int) -> tuple[Line, ...]:
    """The lines of all streams in the order of their times, as they may be shown."""
    lines = sorted((line for text in printed for line in _lines(text)), key=lambda line: line.at)[-count:]
    shown = harmless_lines(line.text for line in lines)
    return tuple(
        Line(line.at, cut(text, WIDTH)) for line, text in zip(lines, shown, strict=True) if text.strip()
    )


def _lines(text: str) -> Iterator[Line]:
    for line in filter(None, text.split("\n")):
        found = _STAMPED.match(line)
        yield Line(moment(found[1]), found[2][:LONGEST]) if found else Line(0, line[:LONGEST])
