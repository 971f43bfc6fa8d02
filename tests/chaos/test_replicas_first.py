"""Seeds of ten runs with a master with two replicas: whatever comes, what is promised holds."""

from __future__ import annotations

import pytest

from tests.chaos.draw import draw
from tests.chaos.runs import holds

pytestmark = [pytest.mark.timeout(300), pytest.mark.debian("redis-server", "redis-sentinel")]


@pytest.mark.parametrize("seed", range(1, 11))
async def test_what_is_promised_holds(seed: int) -> None:
    await holds(draw(seed, "replicas"))
