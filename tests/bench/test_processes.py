"""The bots that the benches start."""

from __future__ import annotations

import sys

import pytest

from bench.driver import driving
from bench.processes import BARE_BOLT, FISK, running, settings
from bench.start import COMMAND


@pytest.mark.parametrize("bot", [FISK, BARE_BOLT])
async def test_each_bot_takes_commands_with_the_settings_of_the_benches(bot: tuple[str, ...]) -> None:
    async with driving() as driver, settings(driver) as environment, running(bot, environment) as process:
        await driver.first(COMMAND)
        assert process.resident > 10


async def test_a_bot_that_ends_by_itself_ends_its_bench_and_says_so() -> None:
    argv = (sys.executable, "-c", "raise SystemExit(7)")
    with pytest.raises(ExceptionGroup) as group:
        async with driving() as driver, running(argv, {}):
            await driver.connected(1)
    assert [str(each) for each in group.value.exceptions] == [
        f"{' '.join(argv)} ended by itself with status 7"
    ]
