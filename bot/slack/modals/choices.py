"""What can be chosen in forms, each as a source of choices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot.slack.modals.form import Asking, Choice, Choices
from bot.words.candidates import age_of, in_a_line, standing
from bot.words.conclusions import brief
from commands.grammar.syntax import DEFAULT_TARGET
from deploy.access.access import Access
from deploy.access.policy import Act
from deploy.builds import report
from deploy.core.ask import Unknown, ask
from deploy.core.model import Build, Release, Target, short
from deploy.core.units import age
from deploy.deploys.candidates import Candidate, candidates
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot

LISTED = 20


async def targets(asking: Asking) -> Choices:
    """Those for which somebody may do it, the default first."""
    access, verb = asking.world.memory.stores.of(Access), asking.verb
    found = []
    for name in sorted(asking.world.targets, key=lambda name: name != DEFAULT_TARGET):
        act = Act(verb.typed, (verb.right,), (name,))
        if (await access.decide(asking.actor, act, asking.origin)).allowed:
            found.append(Choice(name, name))
    return tuple(found)


async def applications(asking: Asking) -> Choices:
    """The names of what has variables: whether somebody may is judged once both are known."""
    apps = asking.world.memory.stores.of(Access).rules.apps
    return tuple(Choice(name, name) for name in dict.fromkeys((*asking.world.targets, *apps)))


async def built(asking: Asking) -> Choices:
    """The newest built commits for the chosen target."""
    found = await candidates(asking.world, _target(asking))
    return found if isinstance(found, Unknown) else tuple(map(_candidate, found))


def _candidate(each: Candidate) -> Choice:
    return Choice(each.ref, in_a_line(each), standing(each, time.time()))


async def releases(asking: Asking) -> Choices:
    """What was proven in the chosen target, newest first."""
    found = await ask("fisk's memory", asking.world.memory.history.releases(_target(asking).name))
    if isinstance(found, Unknown):
        return found
    return tuple({short(each.sha): _release(each) for each in reversed(found)}.values())[::-1]


def _release(each: Release) -> Choice:
    by = each.actor.name or each.actor.user
    return Choice(short(each.sha), short(each.sha), f"by {by}, {age_of(each.at, time.time())}")


async def builds(asking: Asking) -> Choices:
    """The newest builds, of every branch."""
    world = asking.world
    target = next(iter(world.targets.values()))
    found = await ask("GitHub", report.listing(world, world.targets.find(DEFAULT_TARGET) or target, LISTED))
    if isinstance(found, Unknown):
        return found
    return tuple(_build(each, found.now) for each in found.builds)


def _build(build: Build, now: float) -> Choice:
    state = brief(build.conclusion) if build.over else "under way"
    return Choice(
        str(build.id), f"{short(build.sha)} {build.title}", f"{state}, {age(now - build.started)} ago"
    )


async def under_way(asking: Asking) -> Choices:
    """The operations that are under way."""
    found = await ask("fisk's memory", asking.world.memory.journal.running())
    return found if isinstance(found, Unknown) else tuple(map(_operation, found))


def _operation(each: Snapshot) -> Choice:
    operation = each.operation
    who = operation.actor.name or operation.actor.user
    doing = f"{who} {KINDS.busy(operation)}" if each.known else "no record that fisk can read"
    return Choice(operation.id, f"{operation.id}: {doing}", f"step {each.step}" if each.step else "")


def _target(asking: Asking) -> Target:
    """The chosen one. Raises errors.UnknownTarget."""
    return asking.world.targets.named(asking.state.get("target") or DEFAULT_TARGET)
