"""deploy SHA|latest [--to TARGET] [--noop] [--force] [--wait] [--reason TEXT]."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.begin import begin
from commands.carried import carried
from commands.replies import Judged, Started
from deploy.model import LATEST, Offer, short
from deploy.operations import look

if TYPE_CHECKING:
    from commands import grammar
    from commands.request import Request
    from deploy.model import Target
    from deploy.world import World


async def run(asked: grammar.Deploy, request: Request, world: World) -> Judged | Started:
    """Begin a deploy; with --noop say what the gates say; with --wait begin to wait for it."""
    target = world.target(asked.to)
    if asked.noop:
        return await _judge(asked, target, world)
    arguments = {"ref": asked.ref, "force": "yes" if asked.force else "", "target": target.name}
    if asked.wait:
        return await begin(request, world, "wait", target.resource, arguments, reason=asked.reason, locks=())
    again = replace(asked, wait=True).line
    return await begin(request, world, "deploy", target.resource, arguments, reason=asked.reason, again=again)


async def _judge(asked: grammar.Deploy, target: Target, world: World) -> Judged:
    resolved = await look.resolve(world, target, asked.ref)
    report = await look.gates(world, target, resolved, force=asked.force)
    if report.refusals:
        offers = carried(report.refusals[0].offers, force=asked.force, reason=asked.reason)
    else:
        offers = (_go(asked, short(resolved.commit.sha)),)
    return Judged(target, resolved.commit, report, offers)


def _go(asked: grammar.Deploy, sha: str) -> Offer:
    """The same line for real. What follows `latest` goes on to, so that is not pinned."""
    ref = asked.ref if asked.ref == LATEST else sha
    return Offer(f"Deploy {ref}", replace(asked, ref=ref, noop=False).line)
