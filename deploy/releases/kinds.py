"""The kinds of operations that bring to one target what another one has run, or what was just built."""

from __future__ import annotations

from dataclasses import replace

from deploy.deploys.kinds import DEPLOY
from deploy.releases.arguments import PromoteArguments
from deploy.releases.plan import plan_promote
from deploy.releases.promote import promote

PROMOTE = replace(
    DEPLOY,
    name="promote",
    story=promote,
    arguments=PromoteArguments,
    doing="Promoting[ {what}] from {source} to {target}",
    busy="is promoting[ {what}] from {source} to {target}",
    plan=plan_promote,
)
