"""Compose projects: native to their host, nothing on `latest`, every container of one commit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from deploy.core.model import Running, Target, follows, short
from deploy.core.units import plural
from deploy.doctor.evidence import Evidence
from deploy.doctor.rule import Rule
from deploy.doctor.rules_buildkit import PROCESSORS
from deploy.doctor.verdicts import Judgement, broken, holds, must, unknown

if TYPE_CHECKING:
    from deploy.core.compose_model import Project
    from deploy.world import World


def rules(world: World) -> Iterator[Rule]:
    """Those of each target that compose runs."""
    for target in world.targets.values():
        if target.kind == "compose":
            yield from _of(target)


def _of(target: Target) -> Iterator[Rule]:
    name, look = target.name, partial(Evidence.project, target=target)
    title = f"{target.host} has the processor of {target.platform}"
    machine = partial(Evidence.machine_of, host=target.host)
    yield Rule(f"compose.native:{name}", title, machine, partial(native, target))
    judged = (
        ("tags", f"No container of {name} runs by the tag latest", by_commit),
        ("one-commit", f"Every container of {name} is of one commit", of_one_commit),
        ("set", f"What {name} runs is what its variables say", as_set),
    )
    for rule, title, judge in judged:
        yield Rule(f"compose.{rule}:{name}", title, look, partial(judge, target))


# --- judging


def native(target: Target, machine: str) -> Judgement:
    """An image for another processor runs under emulation, or not at all."""
    fix = f"Deploy {target.name} to a machine of {target.platform}, or correct `platform` in fisk.toml."
    return must(machine in PROCESSORS.get(target.platform, ()), f"uname says {machine}", fix)


def by_commit(target: Target, seen: tuple[Project, Running]) -> Judgement:
    """Containers by `latest` keep old code until somebody notices."""
    project, _ = seen
    names = [part.name for part in project.parts if follows(part.tag)]
    fix = f"Name the image by a variable in {target.file}, as `${{IMAGE_TAG}}`, and deploy."
    return must(not names, f"by latest: {', '.join(names)}" if names else project.note, fix)


def of_one_commit(target: Target, seen: tuple[Project, Running]) -> Judgement:
    """Workers of several commits share one database."""
    project, running = seen
    if running.sha:
        return holds(f"{plural(len(project.parts), 'container')} of {short(running.sha)}")
    if not project.parts or running.digest:
        return unknown(running.why or "no commit is known")
    return broken(running.why, f"`/fisk deploy SHA --to {target.name}` makes them all anew.")


def as_set(target: Target, seen: tuple[Project, Running]) -> Judgement:
    """Otherwise the next `docker compose up` from anywhere deploys something else."""
    project, running = seen
    if not running.sha or not project.set_to:
        return unknown(running.why or f"{target.folder}/.env sets none of fisk's variables")
    told = f"set to {short(project.set_to)}, runs {short(running.sha)}"
    return must(project.set_to == running.sha, told, f"`/fisk deploy SHA --to {target.name}` makes both one.")
