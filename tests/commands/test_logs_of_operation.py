"""logs OPERATION: what Coolify wrote of a deploy's deployment, and what the app printed, for those who may read it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.grammar import parse
from commands.grammar.logs import Logs
from commands.history import OperationStory
from commands.logs import AppLog, OperationLog
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core import errors
from deploy.core.events import StepFinished
from deploy.core.model import Deployment, LogLine
from deploy.core.outcomes import Completed
from deploy.logs import deployment as deployments
from deploy.redis import codec
from sandbox.host import DATABASE
from tests.commands.test_logs import failed
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from sandbox.world import World
    from tests.commands.conftest import Asking

LOOKERS = Policy(frozenset())


async def after(asking: Asking, deployment: str = "") -> Operation:
    """An operation that asked Coolify for this deployment, and is over."""
    journal = asking.parts.world.memory.journal
    operation = replace(an_operation(), id="d-7k3f2a")
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    if deployment:
        result = codec.dump(Deployment, Deployment(deployment, "queued", "HEAD"))
        await journal.checkpoint(lease, result, StepFinished("trigger", 0))
    await journal.finish(lease, operation, Completed())
    return operation


@pytest.mark.parametrize(
    ("line", "needs"),
    [("logs d-7k3f2a", ("look",)), ("logs D-7K3F2A", ("look",)), ("logs app", ("details",))],
)
def test_an_operations_log_takes_no_more_than_to_look_and_is_for_the_asker_alone(
    line: str, needs: tuple[str, ...]
) -> None:
    asked = parse(line)
    assert isinstance(asked, Logs)
    assert (asked.needs, asked.confidential) == (needs, True)


async def test_what_coolify_wrote_is_shown_with_what_the_app_printed(asking: Asking, outside: World) -> None:
    operation = await after(asking, await failed(outside))
    reply = await asking(f"logs {operation.id}")
    assert isinstance(reply, OperationLog)
    assert (reply.operation.id, reply.log.status, reply.log.withheld) == (operation.id, "failed", False)
    assert "New container is not healthy" in "\n".join(line.text for line in reply.log.lines)
    shown = DATABASE.replace("correct-horse", "***")
    assert f"cannot connect to {shown}" in [line.text for line in reply.log.printed]


async def test_who_may_only_look_is_shown_nothing_that_the_app_printed(
    asking: Asking, outside: World
) -> None:
    operation = await after(asking, await failed(outside))
    reply = await asking(f"logs {operation.id}", policy=LOOKERS)
    assert isinstance(reply, OperationLog)
    assert (reply.log.printed, reply.log.withheld) == ((), True)
    assert "cannot connect" not in str(reply)


@pytest.mark.parametrize("deployment", ["", "k0w8co84kg4cwsoc4s8gw4ok"])
async def test_an_operation_without_a_deployment_or_whose_is_gone_is_shown_by_its_steps(
    asking: Asking, outside: World, deployment: str
) -> None:
    del outside
    operation = await after(asking, deployment)
    assert isinstance(await asking(f"logs {operation.id}"), OperationStory)


async def test_an_id_of_no_operation(asking: Asking) -> None:
    with pytest.raises(errors.UnknownOperation):
        await asking("logs d-7k3f2b")


async def test_a_target_that_is_called_like_an_operation_is_the_target(
    asking: Asking, outside: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its log takes the right that every target's takes."""
    del outside
    targets = asking.parts.world.targets
    named = replace(targets.named("app"), name="d-7k3f2a")
    monkeypatch.setattr(targets, "_targets", {**targets, named.name: named})
    assert isinstance(await asking("logs d-7k3f2a"), AppLog)
    with pytest.raises(NotAllowed):
        await asking("logs d-7k3f2a", policy=LOOKERS)


def test_the_lines_around_the_failure_are_shown_and_the_end_where_none_is_marked() -> None:
    before = [LogLine(f"line {number}") for number in range(100)]
    mark = LogLine("Deployment failed: it is sick", error=True)
    rest = [LogLine(f"then {number}") for number in range(100)]
    around = deployments._around([*before, mark, *rest])
    assert (around[0].text, around[19], around[-1].text, len(around)) == ("line 81", mark, "then 9", 30)
    assert deployments._around(before)[0].text == "line 80"
