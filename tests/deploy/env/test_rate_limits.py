"""A copy waits for Coolify's rate limit, at whatever request it is hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from deploy.engine.op import Op
from deploy.env.outcomes import EnvCopied
from deploy.env.plan import Options
from deploy.env.write import LARGEST, MOST_AT_ONCE, RETRIES, SINGLES, batches
from deploy.systems.coolify.values import Variable
from tests.deploy.env.copying import values
from tests.deploy.play import code

if TYPE_CHECKING:
    from tests.deploy.env.copying import Copying

MINUTE = {"Retry-After": "60"}


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long an operation meant to wait; it does not."""
    seconds: list[float] = []

    async def pause(_op: Op, wanted: float) -> None:
        seconds.append(wanted)

    monkeypatch.setattr(Op, "pause", pause)
    return seconds


@pytest.mark.parametrize(
    ("line", "times"),
    [("GET /api/v1/version", 1), ("GET */envs", 4), ("PATCH */envs/bulk", 2), ("DELETE */envs/*", 1)],
)
async def test_a_limit_met_at_any_request_does_not_end_a_copy(
    copying: Copying, waited: list[float], line: str, times: int
) -> None:
    order = await copying.order(Options(mirror=True))
    operation = await copying.begin(order)
    copying.coolify.faults.queue(line, status=429, body="{}", headers=MINUTE, times=times)
    outcome = await copying.play.end(operation)
    assert isinstance(outcome, EnvCopied), outcome
    assert waited
    assert set(waited) == {60}
    assert "SENTRY_DSN" not in values(copying.staging, preview=True)


@pytest.mark.parametrize("line", ["PATCH */envs/bulk", "PATCH */envs", "DELETE */envs/*"])
async def test_a_limit_that_outlasts_all_patience_ends_the_copy_and_is_not_waited_for_again(
    copying: Copying, waited: list[float], line: str
) -> None:
    copying.empty()
    for key in ("A", "B", "C"):
        copying.app.variables.add(key, "x", preview_too=False)
    copying.coolify.faults.queue(line, status=429, body="{}", headers=MINUTE, times=1000)
    if line == "PATCH */envs":
        copying.coolify.faults.queue("PATCH */envs/bulk", status=500, body="{}", times=1000)
    _, outcome = await copying.copy()
    assert code(outcome) == "coolify_rate_limited"
    assert waited == [60.0] * RETRIES


async def test_removing_many_twins_stays_inside_the_limit(copying: Copying, waited: list[float]) -> None:
    copying.empty()
    for number in range(SINGLES + 20):
        copying.app.variables.add(f"KEY_{number:03}", "x", preview_too=False)
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert len(outcome.previews_made) == SINGLES + 20
    assert values(copying.staging, preview=True) == {}
    assert len(waited) == 20
    assert all(0 < seconds <= 60 for seconds in waited)


def test_requests_are_neither_too_many_nor_too_large() -> None:
    small = [Variable(f"K{number}", SecretStr("x")) for number in range(MOST_AT_ONCE + 1)]
    large = [Variable(f"L{number}", SecretStr("x" * (LARGEST // 2 + 1))) for number in range(2)]
    assert [len(batch) for batch in batches(small)] == [MOST_AT_ONCE, 1]
    assert [len(batch) for batch in batches([*large, small[0]])] == [1, 2]
    assert list(batches([])) == []
