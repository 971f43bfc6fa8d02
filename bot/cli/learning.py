"""Learns what a shell can offer on a line: this installation's targets, commits and operations, into a file."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.load import load, require_platform
from bot.app.wiring import opened
from bot.cli.completion import Known, kept, read
from bot.words.conclusions import brief
from bot.words.format import TERMINAL
from commands.grammar.syntax import DEFAULT_TARGET
from deploy.builds import report
from deploy.core.model import Build, short
from deploy.core.units import cut
from deploy.core.visible import visible
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.app.settings import Settings
    from deploy.engine.snapshot import Snapshot
    from deploy.world import World

WITHIN = 5.0  # seconds for all that is asked
LISTED = 20
LONGEST = 60  # characters of what stands beside a word
WORD = re.compile(r"[\w.@/+#-]+")  # a shell takes others apart, or obeys them


def learn() -> int:
    """Learn it; what cannot be learned now stays as it was. Raises FiskError and OSError, which nobody sees."""
    asyncio.run(_learn(load(), kept()))
    return 0


async def _learn(settings: Settings, file: Path) -> None:
    """What is learned first stays where the rest fails. Whoever is at a terminal may look. Raises FiskError."""
    require_platform(settings)  # else nothing is opened, which would make an empty memory
    targets = sorted(settings.targets, key=lambda name: name != DEFAULT_TARGET)
    apps = dict.fromkeys((*targets, *settings.apps))
    groups = [(name, ", ".join(group.targets)) for name, group in settings.groups.items()]
    _keep(
        file,
        {
            "targets": _words((name, "") for name in targets),
            "places": _words((*((name, "") for name in targets), *groups)),
            "apps": _words((name, "") for name in apps),
        },
    )
    async with asyncio.timeout(WITHIN), opened(settings) as parts:
        _keep(file, await _operations(parts.world))
        _keep(file, await _builds(parts.world))


async def _operations(world: World) -> Known:
    running = await world.memory.journal.running()
    under_way = _words((each.operation.id, _doing(each)) for each in reversed(running))
    done = await world.memory.history.operations(limit=LISTED)
    over = _words((each.operation.id, f"{each.operation.line}: {each.state}") for each in done)
    releases = [each for name in world.targets for each in await world.memory.history.releases(name, LISTED)]
    proven = _words((short(each.sha), f"in {each.target}") for each in releases)
    return {"under_way": under_way, "operations": [*under_way, *over], "releases": proven}


def _doing(each: Snapshot) -> str:
    return f"{TERMINAL.person(each.operation.actor)} {KINDS.busy(each.operation)}"


async def _builds(world: World) -> Known:
    target = world.targets.find(DEFAULT_TARGET) or next(iter(world.targets.values()))
    found = (await report.listing(world, target, LISTED)).builds
    built = (each for each in found if each.conclusion == "success")
    return {"builds": _words(map(_build, found)), "built": _words(map(_build, built))}


def _build(build: Build) -> tuple[str, str]:
    return short(build.sha), f"{build.title}: {brief(build.conclusion) if build.over else 'under way'}"


def _words(found: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [
        [word, cut(" ".join(visible(what).split()), LONGEST)] for word, what in found if WORD.fullmatch(word)
    ]


def _keep(file: Path, more: Known) -> None:
    """Add to the file, which is whole at any time."""
    descriptor, made = tempfile.mkstemp(dir=file.parent)  # for its owner alone
    with os.fdopen(descriptor, "w") as stream:
        json.dump({**read(file), **more}, stream)
    Path(made).replace(file)
