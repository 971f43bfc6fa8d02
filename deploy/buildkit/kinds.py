"""The kinds of operations on BuildKit."""

from __future__ import annotations

from deploy.buildkit.arguments import BuildKitArguments, PruneArguments, RecreateArguments, RestartArguments
from deploy.buildkit.outcomes import BuildKitDown, BuildKitPruned, BuildKitPutBack, BuildKitRestarted
from deploy.buildkit.prune import prune
from deploy.buildkit.recreate import plan_recreate, recreate
from deploy.buildkit.restart import restart
from deploy.core.model import Resource
from deploy.engine.kind import Kind, Step

ASSESS = Step("assess", "BuildKit and its host", quiet=True, sometimes=True)


def _host(it: BuildKitArguments) -> tuple[Resource, ...]:
    return (Resource("buildkit", it.host),)


RESTART = Kind(
    "buildkit restart",
    story=restart,
    arguments=RestartArguments,
    doing="Restarting BuildKit on {host}[ {when}]",
    busy="is restarting BuildKit on {host}",
    steps=(
        Step("wait until idle", "GitHub", sometimes=True),
        Step("builds", "GitHub", sometimes=True),
        Step("restart", "BuildKit's host", acts=True),
        Step("ready", "BuildKit and its host"),
        ASSESS,
    ),
    outcomes=(BuildKitRestarted, BuildKitDown),
    locks=_host,
    right="buildkit",
)
RECREATE = Kind(
    "buildkit recreate",
    story=recreate,
    arguments=RecreateArguments,
    doing="Making BuildKit anew on {host}",
    busy="is making BuildKit anew on {host}",
    steps=(
        Step("builds", "GitHub"),
        Step("approved", "those who pressed", sometimes=True),
        Step("set aside", "BuildKit's host", acts=True),
        Step("make", "BuildKit's host", acts=True),
        Step("ready", "BuildKit and its host"),
        Step("clear away", "BuildKit's host", quiet=True, acts=True),
        Step("put back", "BuildKit's host", sometimes=True, acts=True),
        Step("ready again", "BuildKit and its host", sometimes=True),
        ASSESS,
    ),
    outcomes=(BuildKitRestarted, BuildKitPutBack, BuildKitDown),
    locks=_host,
    right="buildkit",
    plan=plan_recreate,
)
PRUNE = Kind(
    "buildkit prune",
    story=prune,
    arguments=PruneArguments,
    doing="Pruning BuildKit's cache on {host} to {kept}[ {when}]",
    busy="is pruning BuildKit's cache on {host}",
    steps=(
        Step("wait until idle", "GitHub", sometimes=True),
        Step("measure", "BuildKit and its host", sometimes=True),
        Step("prune", "BuildKit", acts=True),
        Step("measure again", "BuildKit and its host"),
    ),
    outcomes=(BuildKitPruned,),
    locks=_host,
    right="buildkit",
)
