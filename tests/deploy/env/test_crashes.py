"""A copy or an undo that crashes at any request to Coolify has the same result as without the crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied, EnvPutBack
from deploy.env.plan import Options
from deploy.env.propose import propose

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from tests.deploy.env.copying import Copying, Rows

ALL = Options(overwrite=True, mirror=True)


@pytest.mark.parametrize(
    ("version", "after"),
    [("4.0.0-beta.426", False), ("4.3.11", True)],
    ids=["before it is sent", "after its answer"],
)
async def test_a_copy_and_its_undo_survive_a_death_at_every_request(
    copying: Copying, version: str, *, after: bool
) -> None:
    copying.coolify.version = version
    start = copying.rows(copying.staging)
    wanted: Rows = start
    died, at = True, 0
    while died:
        at += 1
        operation, outcome, died_there = await _dying(copying, await copying.order(ALL), at, after=after)
        assert isinstance(outcome, EnvCopied), (at, outcome)
        wanted = copying.rows(copying.staging) if at == 1 else wanted
        assert copying.rows(copying.staging) == wanted, at
        assert max(wanted.values()) == 1

        target = (await copying.order()).target
        going_back = Order(target, target, base=operation.id, going_back=True)
        _, undone, died_back = await _dying(copying, going_back, at, after=after)
        assert isinstance(undone, EnvPutBack)
        assert copying.rows(copying.staging) == start, at
        died = died_there or died_back
    assert at > 10


async def _dying(copying: Copying, order: Order, at: int, *, after: bool) -> tuple[Operation, Outcome, bool]:
    """Carry an order out; the run dies at the so-manyth request after it was begun."""
    confirmed = await propose(copying.play.world, order)
    died = copying.dying(at, after=after)
    operation = await copying.begin_confirmed(order, confirmed.sure)
    outcome = await copying.play.end(operation)
    return operation, outcome, died()
