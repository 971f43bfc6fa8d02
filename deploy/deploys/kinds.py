"""The kinds of operations that deploy a commit to a target."""

from __future__ import annotations

from deploy.core.model import Resource
from deploy.deploys import bake
from deploy.deploys.arguments import (
    BakeArguments,
    DeployArguments,
    LaterArguments,
    PutBackArguments,
    RollbackArguments,
    Shipping,
    WaitArguments,
)
from deploy.deploys.deploy import deploy
from deploy.deploys.later import later
from deploy.deploys.on_github import TELL
from deploy.deploys.outcomes import (
    Baked,
    BakeEnded,
    BakeFailed,
    Deployed,
    NotPutBack,
    PutBack,
    Skipped,
)
from deploy.deploys.plan import plan_deploy, plan_later, plan_rollback
from deploy.deploys.put_back_later import put_back_later
from deploy.deploys.rollback import rollback
from deploy.deploys.wait import wait
from deploy.engine.kind import Kind, Step

HOST = "the host, where fisk.toml names one"
RESOLVE = Step("resolve", "GitHub and the registry")
APPROVED = Step("approved", "those who pressed", sometimes=True)
ASKED = "what the checks of fisk.toml ask"
CLOSE = Step("close on GitHub", "GitHub", quiet=True, acts=True)
SHIP = (
    RESOLVE,
    Step("gates", f"GitHub, the registry, Coolify and {HOST}"),
    APPROVED,
    Step("clear the way", "Coolify", sometimes=True, acts=True),
    Step("remember", f"Coolify and {HOST}", quiet=True),
    Step("point", "Coolify", acts=True),
    Step("trigger", "Coolify", acts=True),
    Step(TELL, "GitHub", quiet=True, acts=True),
    Step("watch", "Coolify"),
    Step("prove", f"the health URL, the registry and {HOST}"),
    Step("check", ASKED, sometimes=True),
    Step("record", "fisk's memory", quiet=True),
    CLOSE,
    Step("bake", "fisk's memory", quiet=True, sometimes=True),
    Step("follow latest", "Coolify", sometimes=True, acts=True),
)
PUT_BACK = (
    Step("stop", "Coolify", sometimes=True, acts=True),
    Step("put back", "Coolify", sometimes=True, acts=True),
    Step("look", f"the health URL and {HOST}", sometimes=True),
    Step("point again", "Coolify", sometimes=True, acts=True),
    Step("trigger again", "Coolify", sometimes=True, acts=True),
    Step("watch again", "Coolify", sometimes=True),
    Step("prove again", f"the health URL, the registry and {HOST}", sometimes=True),
    Step("assess", f"Coolify, the health URL and {HOST}", quiet=True, sometimes=True),
)


def _target(it: Shipping) -> tuple[Resource, ...]:
    return (Resource("app", it.target),)


def _nothing(_: Shipping) -> tuple[Resource, ...]:
    """What waits or watches locks nothing, so that it blocks no other."""
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
    right="deploy",
    plan=plan_deploy,
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
    right="rollback",
    plan=plan_rollback,
)
WAIT = Kind(
    "wait",
    story=wait,
    arguments=WaitArguments,
    doing="Waiting to deploy {what} to {target}",
    busy="is waiting to deploy {what} to {target}",
    steps=(
        RESOLVE,
        Step("wait for the build", "GitHub and the registry"),
        Step("wait for the target", "Coolify and fisk's memory"),
    ),
    outcomes=(Skipped,),
    locks=_nothing,
    right="deploy",
    verb="deploy",
    touches=_target,
    waits=True,
)
LATER = Kind(
    "later",
    story=later,
    arguments=LaterArguments,
    doing="Waiting until {when} to deploy {what} to {target}",
    busy="is to deploy {what} to {target} at {when}",
    steps=(
        RESOLVE,
        Step("look ahead", f"GitHub, the registry, Coolify and {HOST}"),
        Step("wait for its time", "the clock of fisk's memory"),
        Step("begin", "fisk's memory", quiet=True),
    ),
    outcomes=(),
    locks=_nothing,
    right="deploy",
    verb="deploy",
    touches=_target,
    waits=True,
    plan=plan_later,
)
BAKE = Kind(
    bake.BAKE,
    story=bake.bake,
    arguments=BakeArguments,
    doing="Baking {what} in {target}",
    busy="is baking {what} in {target}",
    steps=(Step("bake", f"{ASKED}, Coolify and {HOST}"), Step("put back", "fisk's memory", sometimes=True)),
    outcomes=(Baked, BakeEnded, BakeFailed),
    locks=_nothing,
    right="look",  # it goes on with a deploy, whatever became of the deployer's rights since
    verb="deploy",
    touches=_target,
    waits=True,
)
TAKE_BACK = Kind(
    bake.PUT_BACK,
    story=put_back_later,
    arguments=PutBackArguments,
    doing="Putting back what ran in {target} before {what}",
    busy="is putting back what ran in {target} before {what}",
    steps=(Step("still runs", f"Coolify and {HOST}"), *PUT_BACK, CLOSE),
    outcomes=(PutBack, NotPutBack),
    locks=_target,
    right="look",  # likewise
    verb="deploy",
)
