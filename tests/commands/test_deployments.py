"""cancel DEPLOYMENT: a deployment of Coolify's that hangs, or that nobody wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.deployments import CancelledInCoolify
from commands.reply import AskFirst
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core.model import Offer
from deploy.deploys.deployment_errors import CannotCancel, DeploymentOver, NoDeployment

if TYPE_CHECKING:
    from commands.deploys import Judged
    from sandbox.coolify.deployments import Deployment
    from sandbox.world import World
    from tests.commands.conftest import Asking


def hangs(outside: World) -> Deployment:
    """Somebody deployed in Coolify, and it does not go on."""
    outside.coolify.queue.freeze()
    row = outside.coolify.queue.ask(outside.coolify.apps["app"], "HEAD").deployment
    assert row is not None
    row.created -= 42 * 60
    return row


async def test_it_is_asked_first_and_says_since_when(asking: Asking, outside: World) -> None:
    row = hangs(outside)
    reply = await asking(f"cancel {row.uuid}")
    assert reply == AskFirst(
        f"Coolify's deployment {row.page} is queued for 42 min. Cancelling it leaves what runs,"
        " but one in its health check may still take over.",
        Offer("Cancel it in Coolify", f"cancel {row.uuid} --sure", danger=True),
        "Let it run",
    )
    assert row.status == "queued"


async def test_what_was_confirmed_is_cancelled_and_on_record(asking: Asking, outside: World) -> None:
    row = hangs(outside)
    reply = await asking(f"cancel {row.uuid} --sure")
    assert isinstance(reply, CancelledInCoolify)
    assert (reply.deployment.uuid, reply.deployment.status) == (row.uuid, "cancelled-by-user")
    newest = (await asking.parts.world.memory.audit.since(0))[0]
    assert newest.what == f"cancel {row.uuid} --sure"


async def test_a_refused_deploy_tells_its_age_and_offers_it(asking: Asking, outside: World) -> None:
    row = hangs(outside)
    refusal = (await judged(asking)).report.refusals[0]
    assert refusal.sentence == (
        f"Coolify is already deploying app ({row.page}, queued for 42 min), and fisk did not start it."
    )
    assert Offer("Cancel it in Coolify", f"cancel {row.uuid}") in refusal.offers


async def judged(asking: Asking) -> Judged:
    reply: Judged = await asking("deploy 3f2a1b9 --noop")  # type: ignore[assignment]
    return reply


async def test_one_that_is_over_or_unknown_is_refused(asking: Asking, outside: World) -> None:
    over = outside.coolify.queue.rows[0]
    with pytest.raises(DeploymentOver, match=f"{over.uuid} is over: finished"):
        await asking(f"cancel {over.uuid}")
    with pytest.raises(NoDeployment):
        await asking(f"cancel {'a' * 24}")


async def test_a_coolify_that_cannot_cancel_says_so(asking: Asking, outside: World) -> None:
    row = hangs(outside)
    outside.coolify.version = "4.0.0-beta.430"
    with pytest.raises(CannotCancel, match=r"Coolify 4\.0\.0-beta\.430 cannot cancel a deployment"):
        await asking(f"cancel {row.uuid} --sure")


async def test_whoever_may_not_deploy_cancels_none(asking: Asking, outside: World) -> None:
    row = hangs(outside)
    with pytest.raises(NotAllowed):
        await asking(f"cancel {row.uuid} --sure", policy=Policy())
    assert row.status == "queued"
