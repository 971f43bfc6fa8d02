"""runner, runner restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.begin import begin
from commands.grammar import runner as grammar
from commands.reply import Reply, Started
from commands.request import Request, runs
from deploy.core.values import dataclass
from deploy.runner import report
from deploy.runner.arguments import RestartArguments
from deploy.runner.kinds import RESTART
from deploy.runner.report import Runners
from deploy.runner.restart import the_runner

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class RunnersTable(Reply):
    runners: Runners


@runs(grammar.ShowRunners)
async def show_runners(_asked: grammar.ShowRunners, _request: Request, world: World) -> RunnersTable:
    """The runners and the jobs that wait for them."""
    return RunnersTable(await report.look(world))


@runs(grammar.RestartRunner)
async def restart_runner(asked: grammar.RestartRunner, request: Request, world: World) -> Started:
    """Begin a restart of the runner's service; the operation checks whether a job runs."""
    arguments = RestartArguments(the_runner(world).spec.name, asked.force)
    return await begin(request, world, RESTART, arguments)
