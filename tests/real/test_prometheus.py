"""Checks against Debian's Prometheus, and what the stand-in says beside what it really answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from deploy.core.checks import Check
from deploy.deploys.checking import Checked, ask
from deploy.systems.prometheus import Prometheus
from sandbox import prometheus as stand_in
from tests.deploy.conftest import play
from tests.real.prometheus import running
from tests.worlds import with_systems

if TYPE_CHECKING:
    from pathlib import Path

    from tests.deploy.play import Play

__all__ = ["play"]

pytestmark = pytest.mark.debian("prometheus")
UP = Check("up", query='up{job="app"}', above=0)
RANGE = (
    "Prometheus does not evaluate `up[5m]`:"
    " it is a matrix, which has more than one value for a series, or no number"
)
NAN, WRONG, NOTHING = "vector(0) / vector(0)", "rate of errors", "no_such_metric"


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async with running(tmp_path) as address:
        yield address


async def test_a_query_is_judged_by_its_bounds(play: Play, address: str) -> None:
    client = Prometheus()
    world, target = with_systems(play.world, prometheus=client), play.world.targets.named("app")
    up = replace(UP, prometheus=address)
    asked = {
        "holds": up,
        "does not": replace(up, above=1),
        "has a scalar": replace(up, query="scalar(up)", below=2),
        "is no number": replace(up, query=NAN),
        "has no data": replace(up, query=NOTHING),
        "is a range": replace(up, query="up[5m]"),
    }
    found = {name: await ask(world, target, each) for name, each in asked.items()}
    await client.aclose()
    assert found == {
        "holds": Checked("up", "passed"),
        "does not": Checked("up", "failed", "1 is not above 1"),
        "has a scalar": Checked("up", "passed"),
        "is no number": Checked("up", "not known", "its value is no number, as where nothing happened"),
        "has no data": Checked("up", "not known", "Prometheus has no data for it"),
        "is a range": Checked("up", "not known", RANGE),
    }


async def test_a_query_that_it_does_not_understand_is_told_in_its_own_words(play: Play, address: str) -> None:
    client = Prometheus()
    world, target = with_systems(play.world, prometheus=client), play.world.targets.named("app")
    found = await ask(world, target, replace(UP, prometheus=address, query=WRONG))
    await client.aclose()
    assert found.verdict == "not known"
    assert found.why.startswith(f"Prometheus does not evaluate `{WRONG}`: ")
    assert "parse error" in found.why


@pytest.mark.parametrize("query", [UP.query, NOTHING, "scalar(up)", "up[5m]", WRONG])
async def test_the_stand_in_answers_in_the_same_form(address: str, query: str) -> None:
    server = stand_in.Prometheus()
    server.measure(UP.query, 1.0)
    server.measure(NOTHING)
    server.scalars["scalar(up)"] = 1.0
    await server.start()
    try:
        assert await _form(server.url, query) == await _form(address, query)
    finally:
        await server.stop()


async def _form(address: str, query: str) -> tuple[int, Any]:
    """The status of an answer, and what is where in it."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{address}/api/v1/query", params={"query": query})
    body = answer.json()
    data = body.get("data", {})
    first = data["result"][0] if data.get("resultType") == "vector" and data["result"] else {}
    value = first.get("value", data.get("result") if data.get("resultType") == "scalar" else [])
    types = [type(each).__name__.replace("int", "float") for each in value]
    return answer.status_code, (sorted(body), data.get("resultType"), sorted(first), types)
