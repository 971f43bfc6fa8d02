"""All kinds of operations, above the features that they belong to."""

from __future__ import annotations

from deploy.access.approvals import approval
from deploy.buildkit import kinds as buildkit
from deploy.builds import kinds as builds
from deploy.deploys import kinds as deploys
from deploy.engine.kind import Kinds
from deploy.env import kinds as env
from deploy.groups import kinds as groups
from deploy.releases import kinds as releases
from deploy.runner import kinds as runner

ACTING = (
    deploys.DEPLOY,
    deploys.ROLLBACK,
    deploys.WAIT,
    groups.GROUP,
    deploys.BAKE,
    deploys.TAKE_BACK,
    deploys.LATER,
    releases.PROMOTE,
    releases.FOLLOW,
    builds.RERUN,
    builds.CANCEL,
    builds.START,
    buildkit.RESTART,
    buildkit.RECREATE,
    buildkit.PRUNE,
    runner.RESTART,
    env.COPY,
    env.UNDO,
)
KINDS = Kinds((*ACTING, approval(Kinds(ACTING))))
