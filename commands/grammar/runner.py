"""runner: how it is, and a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Family, Invocation, verb


@dataclass(frozen=True, slots=True)
class ShowRunners(Invocation):
    verb: ClassVar[str] = "see runners"


@dataclass(frozen=True, slots=True)
class RestartRunner(Invocation):
    force: bool
    verb: ClassVar[str] = "restart the runner"
    changes: ClassVar[bool] = True


@verb("show")
def show_runners() -> ShowRunners:
    """Each self-hosted runner: its state, its labels, the job that it runs."""
    return ShowRunners()


@verb("restart")
@click.option("--force", is_flag=True, help="even while it works on a job, which dies")
def restart_runner(*, force: bool) -> RestartRunner:
    """Restart the runner's service on its host."""
    return RestartRunner(force)


runner = Family("runner", "The self-hosted runners.", [show_runners, restart_runner], default="show")
