"""The kinds of operations on BuildKit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.buildkit.arguments import PruneArguments, RecreateArguments, RestartArguments
from deploy.buildkit.outcomes import BuildKitDown, BuildKitPruned, BuildKitPutBack, BuildKitRestarted
from deploy.buildkit.prune import prune
from deploy.buildkit.recreate import recreate
from deploy.buildkit.restart import restart
from deploy.core.model import Resource
from deploy.engine.kind import Kind, Step

if TYPE_CHECKING:
    from deploy.buildkit.arguments import BuildKitArguments

ASSESS = Step("assess", quiet=True, sometimes=True)


def _host(it: BuildKitArguments) -> tuple[Resource, ...]:
    return (Resource("buildkit", it.host),)


RESTART = Kind(
    "buildkit restart",
    story=restart,
    arguments=RestartArguments,
    doing="Restarting BuildKit on {host}[ {when}]",
    busy="is restarting BuildKit on {host}",
    steps=(
        Step("wait until idle", sometimes=True),
        Step("builds", sometimes=True),
        Step("restart"),
        Step("ready"),
        ASSESS,
    ),
    outcomes=(BuildKitRestarted, BuildKitDown),
    locks=_host,
)
RECREATE = Kind(
    "buildkit recreate",
    story=recreate,
    arguments=RecreateArguments,
    doing="Making BuildKit anew on {host}",
    busy="is making BuildKit anew on {host}",
    steps=(
        Step("builds"),
        Step("set aside"),
        Step("make"),
        Step("ready"),
        Step("clear away", quiet=True),
        Step("put back", sometimes=True),
        Step("ready again", sometimes=True),
        ASSESS,
    ),
    outcomes=(BuildKitRestarted, BuildKitPutBack, BuildKitDown),
    locks=_host,
)
PRUNE = Kind(
    "buildkit prune",
    story=prune,
    arguments=PruneArguments,
    doing="Pruning BuildKit's cache on {host} to {kept}[ {when}]",
    busy="is pruning BuildKit's cache on {host}",
    steps=(
        Step("wait until idle", sometimes=True),
        Step("measure", sometimes=True),
        Step("prune"),
        Step("measure again"),
    ),
    outcomes=(BuildKitPruned,),
    locks=_host,
)
