"""logs TARGET [N] [--since 10m | --of DEPLOYMENT], logs OPERATION."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.access import allow, may
from commands.grammar import logs as grammar
from commands.history import OperationStory, story
from commands.reply import Reply
from commands.request import Request, runs
from deploy.access.policy import Act
from deploy.core.model import Operation
from deploy.core.values import dataclass
from deploy.logs.deployment import DeploymentLog, deployment_log, deployment_of
from deploy.logs.tail import Tail, printed, tail

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class AppLog(Reply):
    """`since`: the age limit of lines in seconds; 0 for none."""

    target: str
    tail: Tail
    since: int
    confidential: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class OperationLog(Reply):
    """Coolify's log of the deployment that an operation asked for."""

    operation: Operation
    log: DeploymentLog
    confidential: ClassVar[bool] = True


@runs(grammar.Logs)
async def logs(asked: grammar.Logs, request: Request, world: World) -> AppLog | OperationLog | OperationStory:
    """The last lines that the app printed, or an operation's log.

    Raises errors.UnknownTarget, errors.UnknownOperation, and what `tail`, `printed` and `deployment_log` raise.
    """
    if asked.operation:
        if not world.targets.find(asked.target):
            return await _of_operation(asked.target.lower(), request, world)
        await allow(request, world, _reading(world.targets.named(asked.target).name))
    target = world.targets.named(asked.target)
    if asked.deployment:
        return AppLog(target.name, await printed(world, target, asked.deployment, asked.lines), 0)
    since = await world.memory.now() - asked.since if asked.since else 0.0
    return AppLog(target.name, await tail(world, target, asked.lines, since), asked.since)


async def _of_operation(id_: str, request: Request, world: World) -> OperationLog | OperationStory:
    """Its steps where there is no deployment of it."""
    snapshot = await world.memory.journal.load(id_)
    deployment = deployment_of(snapshot)
    if deployment:
        reads = await may(request, world, _reading(snapshot.operation.arguments.place))
        if found := await deployment_log(world, deployment, printed=reads):
            return OperationLog(snapshot.operation, found)
    return await story(id_, world)


def _reading(target: str) -> Act:
    return Act(grammar.Logs.typed, (grammar.Logs.right,), (target,))
