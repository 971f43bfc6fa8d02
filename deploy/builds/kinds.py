"""The kinds of operations on builds at GitHub."""

from __future__ import annotations

from deploy.builds.arguments import CancelArguments, OneBuild, RerunArguments, StartArguments
from deploy.builds.outcomes import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure
from deploy.builds.read_back import ASK
from deploy.builds.rerun import cancel, rerun
from deploy.builds.start import start
from deploy.core.model import Resource
from deploy.engine.kind import Kind, Step

REMEMBER = Step("remember", "GitHub", quiet=True)
READ_BACK = (Step(ASK, "GitHub", acts=True), Step("see it there", "GitHub"))


def _build(it: OneBuild) -> tuple[Resource, ...]:
    return (Resource("build", str(it.build)),)


def _workflow(it: StartArguments) -> tuple[Resource, ...]:
    where = f"{it.repository}/" if it.repository else ""
    return (Resource("workflow", f"{where}{it.workflow}"),)


RERUN = Kind(
    "build rerun",
    story=rerun,
    arguments=RerunArguments,
    doing="Running the build of {what} again",
    busy="is running again the build of {what}",
    steps=(
        Step("find", "GitHub", quiet=True, sometimes=True),
        Step("ask GitHub to stop it", "GitHub", sometimes=True, acts=True),
        Step("stop it", "GitHub", sometimes=True),
        REMEMBER,
        *READ_BACK,
    ),
    outcomes=(BuildRunsAgain, BuildStopped, BuildUnsure),
    locks=_build,
    right="builds",
)
CANCEL = Kind(
    "build cancel",
    story=cancel,
    arguments=CancelArguments,
    doing="Stopping the build of {what}",
    busy="is stopping the build of {what}",
    steps=(REMEMBER, *READ_BACK),
    outcomes=(BuildStopped, BuildUnsure),
    locks=_build,
    right="builds",
)
START = Kind(
    "build start",
    story=start,
    arguments=StartArguments,
    doing="Starting a build by {workflow}",
    busy="is starting a build by {workflow}",
    steps=(REMEMBER, *READ_BACK),
    outcomes=(BuildStarted, BuildUnsure),
    locks=_workflow,
    right="builds",
)
