"""deploy SHA|TARGET=SHA… --to GROUP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from commands.begin import begin
from commands.grammar.syntax import is_commit
from commands.reply import AskFirst, Reply, Started
from deploy.core.errors import NotUnderstood
from deploy.core.model import Commit, Offer, Target, short
from deploy.core.together import together
from deploy.core.units import cut
from deploy.core.values import dataclass
from deploy.deploys import situation
from deploy.deploys.gate_report import GateReport
from deploy.deploys.offers import although, keep
from deploy.groups.arguments import GroupArguments
from deploy.groups.kinds import GROUP
from deploy.groups.pairs import Part, line_of_parts, paired, typed
from deploy.groups.plan import refusals

if TYPE_CHECKING:
    from commands.grammar.deploys import Deploy
    from commands.request import Request
    from deploy.core.group import Group
    from deploy.world import World

SHOWN_TITLE = 60  # characters of a commit's title


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """The gates' verdicts on one target of a group."""

    target: Target
    commit: Commit
    report: GateReport


@dataclass(frozen=True, slots=True)
class GroupJudged(Reply):
    """The gates' verdicts on a deploy to a group that was not begun."""

    group: str
    parts: tuple[JudgedPart, ...]
    offers: tuple[Offer, ...]

    @property
    def refused(self) -> bool:
        return bool(refusals([part.report for part in self.parts]))


async def to_group(asked: Deploy, request: Request, world: World) -> GroupJudged | Started | AskFirst:
    """Begin it; with --noop only report the gates' verdicts; ask first where fisk chose one of the commits.

    Raises NotUnderstood, errors.UnknownTarget, PartMissing, NotInGroup, PairNotNamed, NoneBuilt, errors.CommitNotFound.
    """
    group = _group(asked, world)
    parts = await (typed(world, group, asked.pairs) if asked.pairs else paired(world, group, asked.ref))
    pinned = replace(asked, ref=line_of_parts(parts))
    if asked.noop:
        return await _judge(pinned, group, parts, world)
    if any(part.by == "newest" for part in parts):
        return _ask_first(pinned, group, parts)
    commits = tuple((part.target.name, part.commit.sha) for part in parts)
    arguments = GroupArguments(group.name, commits, group.at_once, asked.force)
    return await begin(request, world, GROUP, arguments, reason=asked.reason)


def _group(asked: Deploy, world: World) -> Group:
    group = world.targets.group(asked.to)
    if group is None:
        groups = ", ".join(f"`{name}`" for name in world.targets.groups) or "none"
        raise NotUnderstood(
            what=f"`{asked.ref}` names commits for a group: say which, with `--to`. Groups: {groups}."
        )
    if asked.waits or asked.when:
        raise NotUnderstood(
            what=f"{group.name} is a group, and begins at once: `--wait`, `--at` and `--in` are for one target."
        )
    if not (asked.pairs or is_commit(asked.ref)):
        raise NotUnderstood(
            what=f"`{asked.ref}` is no commit: for a group give 4 to 40 hex digits, or `TARGET=SHA` for each target."
        )
    return group


def _ask_first(asked: Deploy, group: Group, parts: Sequence[Part]) -> AskFirst:
    chosen = [part for part in parts if part.by == "newest"]
    told = " ".join(
        f"The newest good build of {part.target.name} is {short(part.commit.sha)}"
        f" “{cut(part.commit.title, SHOWN_TITLE)}” by {part.commit.author}."
        for part in chosen
    )
    each = " and ".join(f"{short(part.commit.sha)} to {part.target.name}" for part in parts)
    return AskFirst(f"{told} Deploy {each}?", Offer(f"Deploy {group.name}", asked.line), keep(""))


async def _judge(asked: Deploy, group: Group, parts: Sequence[Part], world: World) -> GroupJudged:
    judged = await together(*(_judged(world, part, force=asked.force) for part in parts))
    if refusals([part.report for part in judged]):
        return GroupJudged(group.name, judged, ())
    return GroupJudged(group.name, judged, (_go(asked, group, judged),))


def _go(asked: Deploy, group: Group, judged: Sequence[JudgedPart]) -> Offer:
    """The same command without --noop, which asks where it forces."""
    label, line = f"Deploy {group.name}", replace(asked, noop=False).line
    verdicts = [each for part in judged for each in part.report.verdicts]
    forced = tuple(each.error.sentence for each in verdicts if each.error and each.forced)
    if not forced:
        return Offer(label, line)
    commits = ", ".join(f"{short(part.commit.sha)} to {part.target.name}" for part in judged)
    return Offer(label, line, danger=True, asks=although(forced, group.name, commits))


async def _judged(world: World, part: Part, *, force: bool) -> JudgedPart:
    resolved = await situation.resolve(world, part.target, part.commit.sha)
    report = await situation.gates(world, part.target, resolved, force=force)
    return JudgedPart(part.target, part.commit, report)
