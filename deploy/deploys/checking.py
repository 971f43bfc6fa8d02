"""Asks a target's own checks. What cannot be asked is not known, which fails nothing and is told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.bounded_json import loads
from deploy.core.redact import harmless
from deploy.core.together import together
from deploy.core.units import cut, plural
from deploy.core.values import dataclass
from deploy.deploys.check_errors import CheckFailed
from deploy.deploys.deployers.project import project
from deploy.deploys.proof import containers

if TYPE_CHECKING:
    from deploy.core.checks import Check, Scalar
    from deploy.core.model import Target
    from deploy.engine.engine import Op
    from deploy.systems.docker import Docker
    from deploy.systems.health import Answer
    from deploy.systems.ssh import Output
    from deploy.world import World

SHOWN = 120  # characters of what another program says


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check says now. `why` it failed, or is not known; empty where it passed."""

    name: str
    verdict: Literal["passed", "failed", "not known"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """What all of a target's checks said: how many passed, and of the others each with its reason."""

    passed: int
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        failed = (f"failed: {each}" for each in self.failed)
        return "; ".join([f"{plural(self.passed, 'check')} passed", *failed, *self.doubts])

    @property
    def doubts(self) -> tuple[str, ...]:
        return tuple(f"not known: {each}" for each in self.unknown)


async def check(world: World, op: Op, target: Target, sha: str, *, going_back: bool = False) -> Checks:
    """Ask all checks; whatever fails is asked once more.

    `going_back`: what fails is told and stops nothing, since a way back that is undone leads to what was worse.

    Raises:
        CheckFailed: one or more fail, and it does not go back.
    """
    found = await ask_all(world, target)
    if failed(found):
        await op.report(f"failed: {_told(failed(found))}")
        await op.pause(world.timeouts.poll)
        found = await ask_all(world, target)
    if failed(found) and not going_back:
        raise failure(target, sha, failed(found))
    return summed(found)


async def ask_all(world: World, target: Target) -> tuple[Checked, ...]:
    """Ask each of a target's checks now, all at once; never raises for a system."""
    return await together(*(ask(world, target, each) for each in target.checks))


def failed(found: Iterable[Checked]) -> tuple[Checked, ...]:
    return tuple(each for each in found if each.verdict == "failed")


def summed(found: tuple[Checked, ...]) -> Checks:
    unknown = (each for each in found if each.verdict == "not known")
    passed = sum(each.verdict == "passed" for each in found)
    return Checks(passed, (*map(_line, failed(found)),), (*map(_line, unknown),))


def failure(target: Target, sha: str, found: tuple[Checked, ...]) -> CheckFailed:
    """The error that these failed ones amount to."""
    names = " and ".join(f"“{each.name}”" for each in found)
    checks = f"its check {names}" if len(found) == 1 else f"its checks {names}"
    return CheckFailed(sha=sha, checks=checks, why="; ".join(each.why for each in found), target=target.name)


def _told(found: Iterable[Checked]) -> str:
    return "; ".join(map(_line, found))


def _line(it: Checked) -> str:
    return f"{it.name} ({it.why})"


# --- one check


async def ask(world: World, target: Target, it: Check) -> Checked:
    """Ask one check; never raises for a system."""
    try:
        why = await _why(world, target, it)
    except errors.CommandTimedOut:
        return Checked(it.name, "failed", f"it did not end within {it.within:g} s")
    except errors.SystemFailure as error:
        return Checked(it.name, "not known", str(error).rstrip("."))
    if isinstance(why, Unknown):
        return Checked(it.name, "not known", why.why.rstrip("."))
    return Checked(it.name, "failed" if why else "passed", why)


async def _why(world: World, target: Target, it: Check) -> str | Unknown:
    """Why it fails; empty where it passes. Raises SystemFailure where that is not known."""
    if it.run:
        return await _run(world, target, it)
    if it.get:
        return misfit(it, await world.systems.health.fetch(it.get, it.within))
    values = await world.systems.prometheus.values(it.prometheus or "", it.query, it.within)
    return out_of_bounds(it, values)


# --- a command


async def _run(world: World, target: Target, it: Check) -> str | Unknown:
    """In every container of a compose project, in the only one of an application."""
    docker = world.systems.docker.get(target.host)
    if docker is None:
        return Unknown(f"fisk.toml names no host for {target.name}")
    if target.kind == "compose":
        return await _run_in_each(docker, await _parts(world, target, it), target, it)
    running = await containers(docker, target)
    if len(running) > 1:  # what another one says would prove nothing
        return Unknown(f"{len(running)} containers of {target.app} on {target.host}")
    return await _run_in_each(docker, [(id_, "") for id_, _ in running], target, it)


async def _parts(world: World, target: Target, it: Check) -> list[tuple[str, str]]:
    """Id and name of the containers of its service, or of all."""
    parts = (await project(world, target)).parts
    return [(part.id, part.name) for part in parts if it.service in {"", part.service}]


async def _run_in_each(
    docker: Docker, running: Sequence[tuple[str, str]], target: Target, it: Check
) -> str | Unknown:
    """The first reason; `running` are ids, each with the name that it is told by."""
    if not running:
        of = it.service or target.app or target.name
        return f"no container of {of} on {target.host}"
    said = await together(*(docker.execute(id_, it.run, it.within) for id_, _ in running))
    found = ((name, ended(output)) for (_, name), output in zip(running, said, strict=True))
    return next((f"{name}: {why}" if name else why for name, why in found if why), "")


def ended(output: Output) -> str:
    """Why a command failed: its status, and the last line that it said, without secrets; empty for status 0."""
    if output.status == 0:
        return ""
    said = [line for line in harmless(output.err.strip() or output.out).splitlines() if line.strip()]
    last = cut(said[-1].strip().rstrip("."), SHOWN) if said else "it says nothing"
    return f"status {output.status}, {last}"


# --- a URL


def misfit(it: Check, found: Answer) -> str:
    """In what an answer is not as it must be; empty where it is. What it says is not told: it may be anybody's data."""
    if found.status != it.status:
        because = f" ({found.why})" if found.why else ""
        return f"it answers {found.status or 'nothing'}{because}, not {it.status}"
    if it.contains and it.contains not in found.body.decode("utf-8", "replace"):
        return f"its answer does not have “{cut(it.contains, SHOWN)}” in it"
    return _other_fields(it, found.body) if it.json else ""


def _other_fields(it: Check, body: bytes) -> str:
    try:
        answer = loads(body)
    except ValueError:
        return "its answer is no JSON"
    return next(
        (f"`{name}` is not {value}" for name, value in it.json if not _is(_at(answer, name), value)), ""
    )


def _at(answer: Any, name: str) -> Any:
    """What is under a name, which itself may have a dot, or under each of its parts in what is under the one before."""
    if isinstance(answer, dict) and name in answer:
        return answer[name]
    first, _, rest = name.partition(".")
    inner = answer.get(first) if isinstance(answer, dict) else None
    return _at(inner, rest) if rest else inner


def _is(found: Any, wanted: Scalar) -> bool:
    """Whether they are the same, where `true` is no 1."""
    return bool(found == wanted) and isinstance(found, bool) == isinstance(wanted, bool)


# --- a query


def out_of_bounds(it: Check, values: tuple[float, ...]) -> str | Unknown:
    """The first value that is not within the bounds; without data, or where it is no number, nobody knows."""
    if not values:
        return Unknown("Prometheus has no data for it")
    for value in values:
        if math.isnan(value):
            return Unknown("its value is no number, as where nothing happened")
        if why := _beyond(it, value):
            return why
    return ""


def _beyond(it: Check, value: float) -> str:
    if it.below is not None and not value < it.below:
        return f"{value:g} is not below {it.below:g}"
    if it.above is not None and not value > it.above:
        return f"{value:g} is not above {it.above:g}"
    return ""
