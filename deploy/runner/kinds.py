"""The kinds of operations on the self-hosted runner."""

from __future__ import annotations

from deploy.core.model import Resource
from deploy.engine.kind import Kind, Step
from deploy.runner.arguments import RestartArguments
from deploy.runner.outcomes import RunnerDown, RunnerRestarted
from deploy.runner.restart import restart


def _runner(it: RestartArguments) -> tuple[Resource, ...]:
    return (Resource("runner", it.runner),)


RESTART = Kind(
    "runner restart",
    story=restart,
    arguments=RestartArguments,
    doing="Restarting the runner {runner}",
    busy="is restarting the runner {runner}",
    steps=(
        Step("job", "GitHub"),
        Step("restart", "the runner's host", acts=True),
        Step("active", "the runner's host"),
        Step("online", "GitHub"),
    ),
    outcomes=(RunnerRestarted, RunnerDown),
    locks=_runner,
    right="buildkit",
)
