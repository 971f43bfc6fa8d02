"""The kinds of operations that deploy a commit to a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Resource
from deploy.deploys.arguments import DeployArguments, RollbackArguments, WaitArguments
from deploy.deploys.deploy import TELL, deploy
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.deploys.rollback import rollback
from deploy.deploys.wait import wait
from deploy.engine.kind import Kind, Step

if TYPE_CHECKING:
    from deploy.deploys.arguments import Shipping

SHIP = (
    Step("resolve"),
    Step("gates"),
    Step("clear the way", sometimes=True),
    Step("remember", quiet=True),
    Step("point"),
    Step("trigger"),
    Step(TELL, quiet=True),
    Step("watch"),
    Step("prove"),
    Step("record", quiet=True),
    Step("close on GitHub", quiet=True),
    Step("follow latest", sometimes=True),
)
PUT_BACK = (
    Step("stop", sometimes=True),
    Step("put back", sometimes=True),
    Step("look", sometimes=True),
    Step("point again", sometimes=True),
    Step("trigger again", sometimes=True),
    Step("watch again", sometimes=True),
    Step("prove again", sometimes=True),
    Step("assess", quiet=True, sometimes=True),
)


def _target(it: Shipping) -> tuple[Resource, ...]:
    return (Resource("app", it.target),)


def _nothing(_: Shipping) -> tuple[Resource, ...]:
    """A waiting operation locks nothing, so that it blocks no other."""
    return ()


DEPLOY = Kind(
    "deploy",
    story=deploy,
    arguments=DeployArguments,
    doing="Deploying {what} to {target}",
    busy="is deploying {what} to {target}",
    steps=(*SHIP, *PUT_BACK),
    outcomes=(Deployed, PutBack, NotPutBack),
    locks=_target,
)
ROLLBACK = Kind(
    "rollback",
    story=rollback,
    arguments=RollbackArguments,
    doing="Rolling {target} back[ to {what}]",
    busy="is rolling back {target}",
    steps=(*SHIP, *PUT_BACK),
    outcomes=(Deployed, PutBack, NotPutBack),
    locks=_target,
)
WAIT = Kind(
    "wait",
    story=wait,
    arguments=WaitArguments,
    doing="Waiting to deploy {what} to {target}",
    busy="is waiting to deploy {what} to {target}",
    steps=(Step("resolve"), Step("wait for the build"), Step("wait for the target")),
    outcomes=(),
    locks=_nothing,
)
