"""The kinds of operations on environment variables."""

from __future__ import annotations

from dataclasses import replace

from deploy.core.model import Resource
from deploy.deploys.kinds import APPROVED, PUT_BACK, SHIP
from deploy.engine.kind import Kind, Step
from deploy.env.copy import BACK, copy_env, undo_env
from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied, EnvHalf, EnvPutBack
from deploy.env.propose import plan_env

WRITE = (
    Step("plan", "Coolify"),
    APPROVED,
    Step("copy previews", "Coolify", acts=True),
    Step("copy production", "Coolify", acts=True),
    Step("remove", "Coolify", acts=True),
    Step("read back", "Coolify"),
)
LOOK = Step("look", "Coolify", sometimes=True)
TAKE_BACK = tuple(replace(step, name=f"{BACK}{step.name}", sometimes=True) for step in (*WRITE, LOOK))
REDEPLOY = tuple(replace(step, sometimes=True) for step in (*SHIP, *PUT_BACK) if step is not APPROVED)


def _application(it: Order) -> tuple[Resource, ...]:
    return Resource("env", it.target.uuid), it.target.resource


def _both(it: Order) -> tuple[Resource, ...]:
    """What is read from an application leaves it, so that its rules count, too."""
    return (*_application(it), Resource("env", it.source.uuid))


COPY = Kind(
    "env copy",
    story=copy_env,
    arguments=Order,
    doing="Copying variables from {source_name} to {place}",
    busy="is copying variables to {place}",
    steps=(*WRITE, LOOK, *TAKE_BACK, *REDEPLOY),
    outcomes=(EnvCopied, EnvHalf, EnvPutBack),
    locks=_application,
    right="env",
    touches=_both,
    plan=plan_env,
)
UNDO = Kind(
    "env undo",
    story=undo_env,
    arguments=Order,
    doing="Putting back the variables of {place}",
    busy="is putting back the variables of {place}",
    steps=(*WRITE, LOOK),
    outcomes=(EnvPutBack, EnvHalf),
    locks=_application,
    right="env",
    plan=plan_env,
)
