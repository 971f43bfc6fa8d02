"""promote [FROM] [TO] [--noop] [--force] [--reason TEXT], follow [TARGET] [on|off]."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from commands.begin import begin
from commands.deploys import Judged
from commands.grammar import releases as grammar
from commands.record import record
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.ask import ask
from deploy.core.freeze import RULE
from deploy.core.model import Actor, Offer, Target, short
from deploy.core.values import dataclass
from deploy.deploys import situation
from deploy.deploys.offers import although, promoting
from deploy.deploys.overtaken import still_deploys
from deploy.groups.share import share
from deploy.releases.arguments import PromoteArguments
from deploy.releases.errors import SameTarget
from deploy.releases.follower import AMONG, ENDED
from deploy.releases.following import Following, put_back, stops, switched_off, switched_on
from deploy.releases.follows import Follows, following, said
from deploy.releases.kinds import PROMOTE
from deploy.releases.obstacles import in_the_way
from deploy.releases.promote import as_promotion, resolve_promotion

if TYPE_CHECKING:
    from commands.reply import Started
    from deploy.deploys.gate_report import GateReport
    from deploy.world import World

USUAL_SOURCE = "staging"


@runs(grammar.Promote)
async def promote(asked: grammar.Promote, request: Request, world: World) -> Judged | Started:
    """Begin a promotion; with --noop only report the gates' verdicts. Raises SameTarget and Overtaken."""
    target = world.targets.named(asked.to)
    source = world.targets.named(_source(asked, target))
    if source.name == target.name:
        raise SameTarget(target=target.name, known=", ".join(world.targets))
    arguments = PromoteArguments(target.name, asked.of, source.name, asked.force)
    if asked.noop:
        return await _judge(arguments, asked, target, world)
    if asked.seen:
        await still_deploys(world, target, asked.seen, asked.of, replace(asked, seen="").line)
    return await begin(request, world, PROMOTE, arguments, reason=asked.reason)


def _source(asked: grammar.Promote, target: Target) -> str:
    """As typed; else where the target wants it to have run, else staging."""
    if asked.words:
        return asked.words[0]
    return target.after.target if target.after else USUAL_SOURCE


async def _judge(arguments: PromoteArguments, asked: grammar.Promote, target: Target, world: World) -> Judged:
    resolved = await resolve_promotion(world, arguments)
    report = await situation.gates(world, target, resolved, force=asked.force)
    if report.refusals:
        offers = as_promotion(report.refusals[0], arguments, resolved).offers
    else:
        offers = (_go(arguments, short(resolved.commit.sha), report),)
    return Judged(target, resolved.commit, report, offers)


def _go(arguments: PromoteArguments, sha: str, report: GateReport) -> Offer:
    """The same command without --noop, for this very commit."""
    source, target, runs = arguments.source, arguments.target, short(report.running.sha)
    offer = promoting(source, target, sha, runs, label=f"Promote {sha}")
    forced = tuple(each.error.sentence for each in report.verdicts if each.error and each.forced)
    if not forced:
        return offer
    asks = although(forced, target, sha, runs)
    return replace(offer, command=f"{offer.command} --force", danger=True, asks=asks)


# --- follow


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target stands to its branch. `how`: None where it does not follow; `waits`: what the wanted build does for.

    `off`: who switched off what fisk.toml says.
    """

    target: str
    branch: str
    how: Following | None
    waits: str = ""
    off: Actor | None = None


@dataclass(frozen=True, slots=True)
class FollowTable(Reply):
    """Targets with their standing; `now` is the store's clock."""

    targets: tuple[Standing, ...]
    now: float


@dataclass(frozen=True, slots=True)
class Switched(Reply):
    """Somebody switched it. `wants`: the commit that is begun now."""

    target: str
    on: bool
    by: Actor
    branch: str
    wants: str = ""
    public: ClassVar[bool] = True


@runs(grammar.Follow)
async def follow(asked: grammar.Follow, request: Request, world: World) -> FollowTable | Switched:
    """Show which targets follow, or switch one. Raises errors.UnknownTarget."""
    targets = (world.targets.named(asked.target),) if asked.target else tuple(world.targets.values())
    if asked.state:
        return await _switch(targets[0], request, world, on=asked.state == "on")
    standing = [await _standing(each, world) for each in targets]
    return FollowTable(tuple(standing), await world.memory.now())


async def _switch(target: Target, request: Request, world: World, *, on: bool) -> Switched:
    """Where fisk.toml says `follow`, it answers for what is begun, whoever switches it on again."""
    await record(request, world)
    now = await world.memory.now()
    by = RULE if on and said(world, target.name) else request.actor
    become = partial(switched_on if on else switched_off, by=by, where=request.origin, now=now)
    await world.memory.stores.of(Follows).change(target.name, become)
    how = await following(world, target)
    wants = how.wants.sha if how and how.wants else ""
    return Switched(target.name, on, request.actor, world.of(target).systems.github.branch, wants)


async def _standing(target: Target, world: World) -> Standing:
    how, branch = await following(world, target), world.of(target).systems.github.branch
    if how is None:
        stored = await world.memory.stores.of(Follows).of(target.name)
        off = stored.by if stored and said(world, target.name) else None
        return Standing(target.name, branch, None, off=off)
    ended = await world.memory.history.operations(target.resource, ENDED, among=AMONG)
    stopped = put_back(how, (share(each, target.name) or each for each in ended))
    how = stops(how, stopped) if stopped else how
    if how.wants is None or not how.goes:
        return Standing(target.name, branch, how)
    waits = await ask("A system", in_the_way(world, target, how.wants))
    return Standing(target.name, branch, how, waits if isinstance(waits, str) else waits.why)
