"""runner: how it is, and a restart."""

from __future__ import annotations

import click

from commands.grammar.syntax import Family, Invocation, verb
from deploy.core.values import dataclass


@verb("show", "see runners")
@dataclass(frozen=True, slots=True)
class ShowRunners(Invocation):
    """Each self-hosted runner: its state, its labels, the job that it runs."""


@verb("restart", "restart the runner", "buildkit")
@click.option("--force", is_flag=True, help="even while it works on a job, which dies")
@dataclass(frozen=True, slots=True)
class RestartRunner(Invocation):
    """Restart the runner's service on its host."""

    force: bool


runner = Family("runner", "The self-hosted runners.", [ShowRunners, RestartRunner], default="show")
