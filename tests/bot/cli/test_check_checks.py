"""`fisk check` tries whether each of a target's own checks can be asked; it runs no command for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.cli.main import DONE, FAILED
from sandbox.output import Output
from sandbox.world import ERRORS
from tests.bot.cli.checking import lines, stage, world

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.world import World

__all__ = ["stage", "world"]

pytestmark = pytest.mark.usefixtures("stage")
SCHEMA, STATUS, QUERY = "app: check schema", "app: check status", "app: check errors"
COMMAND = "node_modules/.bin/prisma migrate status"


@pytest.fixture(autouse=True)
def checked(world: World, stage: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert stage
    world.checks, world.bake = True, "10m"
    (tmp_path / "fisk.toml").write_text(world.config_toml())


async def test_each_that_can_be_asked_says_so(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    told = await lines(capsys, DONE)
    assert {name: text for name, text in told.items() if "check" in name} == {
        f"✓ {SCHEMA}": f"fisk may run `{COMMAND}` in the container",
        f"✓ {STATUS}": "fisk may ask it",
        f"✓ {QUERY}": "fisk may ask it",
    }
    assert world.hosts.vps01.asked(f"fisk-gate may docker exec {'0' * 64} {COMMAND}") == 1
    assert world.hosts.vps01.asked("docker exec 0") == 0


async def test_what_would_fail_now_is_told_and_is_no_error(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.prometheus.measure(ERRORS, 0.3)
    told = await lines(capsys, DONE)
    assert told[f"✓ {QUERY}"] == "fisk may ask it; now it would fail: 0.3 is not below 0.05"


async def test_a_query_without_data_is_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.prometheus.measure(ERRORS)
    told = await lines(capsys, DONE)
    assert told[f"○ {QUERY}"] == "fisk may ask it, but Prometheus has no data for it"


async def test_a_prometheus_that_is_away_is_an_error(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.prometheus.stop()
    told = await lines(capsys, FAILED)
    assert told[f"✗ {QUERY}"].startswith("Prometheus cannot be reached (nothing listens there).")


async def test_a_url_that_nobody_answers_is_an_error(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, url = tmp_path / "fisk.toml", world.host.health_url("app")
    config.write_text(config.read_text().replace(f'get = "{url}"', 'get = "http://127.0.0.1:1/"'))
    told = await lines(capsys, FAILED)
    assert told[f"✗ {STATUS}"].startswith("127.0.0.1 cannot be reached (nothing listens there).")


async def test_a_gate_that_does_not_list_a_command_is_an_error(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = Output("", f"fisk-gate: not on the list: docker exec {'0' * 64} {COMMAND}\n", 126)
    world.hosts.vps01.trouble("fisk-gate may docker exec", refused)
    told = await lines(capsys, FAILED)
    line = told[f"✗ {SCHEMA}"]
    assert f"does not allow `docker exec <id> {COMMAND}`. Add that line to the gate's list" in line
