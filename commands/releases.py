"""promote [FROM] [TO] [--noop] [--force] [--reason TEXT]."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.begin import begin
from commands.deploys import Judged
from commands.grammar import releases as grammar
from commands.request import Request, runs
from deploy.core.model import Offer, Target, short
from deploy.deploys import situation
from deploy.deploys.offers import although, promoting
from deploy.deploys.overtaken import still_deploys
from deploy.releases.arguments import PromoteArguments
from deploy.releases.errors import SameTarget
from deploy.releases.kinds import PROMOTE
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
