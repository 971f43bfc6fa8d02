"""deploy SHA|latest|BRANCH|#PR [--to TARGET] [--noop] [--force] [--wait] [--at 07:00] [--reason TEXT], rollback."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from commands.begin import begin
from commands.grammar import deploys as grammar
from commands.grammar.line import again
from commands.grammar.syntax import DEFAULT_TARGET, is_commit, is_digits
from commands.groups import GroupJudged, to_group
from commands.line import when
from commands.reply import AskFirst, Reply, Started
from commands.request import Request, runs
from deploy.core.errors import NotUnderstood
from deploy.core.model import LATEST, Commit, Offer, Target, short
from deploy.core.units import cut
from deploy.core.values import dataclass
from deploy.deploys import situation
from deploy.deploys.arguments import (
    DeployArguments,
    LaterArguments,
    RollbackArguments,
    WaitArguments,
)
from deploy.deploys.gate_report import GateReport
from deploy.deploys.kinds import DEPLOY, LATER, ROLLBACK, WAIT
from deploy.deploys.named import named_commit
from deploy.deploys.offers import although, keep
from deploy.deploys.overtaken import still_deploys, still_rolls_back

if TYPE_CHECKING:
    from deploy.world import World

SHOWN_TITLE = 60  # characters of a commit's title


@dataclass(frozen=True, slots=True)
class Judged(Reply):
    """The gates' verdicts on a deploy that was not begun."""

    target: Target
    commit: Commit
    report: GateReport
    offers: tuple[Offer, ...]

    @property
    def refused(self) -> bool:
        return bool(self.report.refusals)


@runs(grammar.Deploy)
async def deploy(
    asked: grammar.Deploy, request: Request, world: World
) -> Judged | GroupJudged | Started | AskFirst:
    """Begin a deploy; with --noop only report the gates' verdicts; with --wait or a time begin to wait for that.

    Of a branch, a tag or a pull request it is asked first whether its commit of now is meant.
    """
    if asked.pairs or world.targets.group(asked.to):
        return await to_group(asked, request, world)
    target = world.targets.named(asked.to)
    at = await when(asked, target.name, world)
    if not is_digits(asked.ref):
        return await _by_name(asked, target, world, at)
    if asked.noop:
        return await _judge(asked, target, world, at)
    if asked.seen:
        await still_deploys(world, target, asked.seen, asked.ref, replace(asked, seen="").line)
    if at:
        later = LaterArguments(target.name, asked.ref, asked.force, asked.newest, at, asked.waits)
        return await begin(request, world, LATER, later, reason=asked.reason)
    if asked.waits:
        waiting = WaitArguments(target.name, asked.ref, asked.force, asked.newest)
        return await begin(request, world, WAIT, waiting, reason=asked.reason)
    arguments, again = DeployArguments(target.name, asked.ref, asked.force), replace(asked, wait=True).line
    return await begin(request, world, DEPLOY, arguments, reason=asked.reason, again=again)


async def _by_name(asked: grammar.Deploy, target: Target, world: World, at: float) -> Judged | AskFirst:
    """What a branch, a tag or a pull request names now. Raises NotUnderstood, PullNotMerged, CommitNotFound."""
    if meant := world.targets.find(asked.ref):
        line = f"deploy {LATEST} --to {meant.name}"
        raise NotUnderstood(
            what=f"`{asked.ref}` is a target. Which commit? `/fisk {line}` takes the newest image."
        )
    commit = await named_commit(world.of(target), asked.ref)
    pinned = replace(asked, ref=commit.sha)
    if asked.noop:
        return await _judge(pinned, target, world, at)
    what = f"{asked.ref} is {short(commit.sha)} “{cut(commit.title, SHOWN_TITLE)}” by {commit.author}."
    button = Offer(f"Deploy {short(commit.sha)}", pinned.line)
    return AskFirst(f"{what} Deploy that to {target.name}{asked.when}?", button, keep(""))


async def _judge(asked: grammar.Deploy, target: Target, world: World, at: float) -> Judged:
    resolved = await situation.resolve(world, target, asked.ref)
    report = await situation.gates(world, target, resolved, force=asked.force, at=at)
    if report.refusals:
        offers = keeping_options(report.refusals[0].offers, force=asked.force, reason=asked.reason)
    else:
        offers = (_go(asked, short(resolved.commit.sha), report),)
    return Judged(target, resolved.commit, report, offers)


def _go(asked: grammar.Deploy, sha: str, report: GateReport) -> Offer:
    """The same command without --noop. `latest` stays `latest`, anything else is pinned to the commit."""
    ref = asked.ref if asked.ref == LATEST else sha
    line = replace(asked, ref=ref, noop=False).line
    forced = tuple(each.error.sentence for each in report.verdicts if each.error and each.forced)
    if not forced:
        return Offer(f"Deploy {ref}", line)
    asks = although(forced, asked.to, ref, short(report.running.sha))
    return Offer(f"Deploy {ref}", line, danger=True, asks=asks)


def keeping_options(offers: Iterable[Offer], *, force: bool, reason: str) -> tuple[Offer, ...]:
    """The same offers: each deploy keeps the reason, and one that waits for this commit also keeps `--force`.

    `--force` was given for this commit, so it is not applied to another one.
    """
    if not (force or reason):
        return tuple(offers)
    return tuple(_keeping_options(offer, force=force, reason=reason) for offer in offers)


def _keeping_options(offer: Offer, *, force: bool, reason: str) -> Offer:
    try:
        it = again(offer.command)
    except NotUnderstood:
        return offer  # written by an older version of fisk
    if not isinstance(it, grammar.Deploy):
        return offer
    return replace(offer, command=replace(it, force=it.force or (force and it.wait), reason=reason).line)


@runs(grammar.Rollback)
async def rollback(asked: grammar.Rollback, request: Request, world: World) -> Started:
    """Begin a rollback; a single word that is not a target's name is a commit."""
    name, ref = _target_and_commit(asked.words, world)
    target = world.targets.named(name)
    if asked.seen:
        await still_rolls_back(world, target, asked.seen)
    arguments = RollbackArguments(target.name, ref.lower(), asked.force)
    return await begin(request, world, ROLLBACK, arguments, reason=asked.reason)


def _target_and_commit(words: tuple[str, ...], world: World) -> tuple[str, str]:
    if len(words) == 1 and not world.targets.find(words[0]) and is_commit(words[0]):
        return DEFAULT_TARGET, words[0]
    target, ref, *_ = (*words, *(DEFAULT_TARGET, "")[len(words) :])
    return target, ref
