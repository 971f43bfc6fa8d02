"""Runs that have failed once, and those in which it matters when something comes, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.runs import holds, read

pytestmark = [pytest.mark.timeout(300), pytest.mark.debian("redis-server", "redis-sentinel")]
FOUND = sorted((Path(__file__).parent / "found").glob("*.json"))


@pytest.mark.parametrize("file", FOUND, ids=lambda file: file.stem)
async def test_what_is_promised_holds(file: Path) -> None:
    plan, _ = read(file)
    await holds(plan)
