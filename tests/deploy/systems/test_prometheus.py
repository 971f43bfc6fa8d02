"""Prometheus is asked for the values of a query, and what is no value is told as such."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator

import pytest

from deploy.core import errors
from deploy.systems.prometheus import Prometheus
from sandbox import prometheus as stand_in

UP = 'up{job="app"}'


@pytest.fixture
async def server() -> AsyncIterator[stand_in.Prometheus]:
    server = stand_in.Prometheus()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client() -> AsyncIterator[Prometheus]:
    client = Prometheus()
    yield client
    await client.aclose()


@pytest.mark.parametrize("values", [(), (1.0,), (0.25, math.inf)])
async def test_a_vector_has_a_value_for_each_series(
    server: stand_in.Prometheus, client: Prometheus, values: tuple[float, ...]
) -> None:
    server.measure(UP, *values)
    assert await client.values(server.url, UP, 5) == values
    assert server.received[-1].query == {"query": UP}


async def test_a_scalar_is_one_value_and_may_be_no_number(
    server: stand_in.Prometheus, client: Prometheus
) -> None:
    server.scalars["scalar(up)"] = math.nan
    (value,) = await client.values(server.url, "scalar(up)", 5)
    assert math.isnan(value)


async def test_what_prometheus_does_not_evaluate_is_told_in_its_own_words(
    server: stand_in.Prometheus, client: Prometheus
) -> None:
    with pytest.raises(errors.QueryRefused) as caught:
        await client.values(server.url, "rate of errors", 5)
    assert (caught.value.code, str(caught.value), caught.value.failure.hint) == (
        "prometheus_query_refused",
        (
            "Prometheus does not evaluate `rate of errors`:"
            ' invalid parameter "query": 1:1: parse error: unexpected identifier.'
        ),
        f"Correct `query` in fisk.toml; its own page at {server.url} tries queries.",
    )


async def test_a_range_of_values_is_none(server: stand_in.Prometheus, client: Prometheus) -> None:
    with pytest.raises(errors.QueryRefused, match="it is a matrix, which has more than one value"):
        await client.values(server.url, "up[5m]", 5)


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success"},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}},
        {"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "many"]}]}},
        {"status": "success", "data": {"resultType": "histogram", "result": []}},
        {"status": "success", "data": []},
        [],
    ],
)
async def test_what_prometheus_never_says_is_not_understood(
    server: stand_in.Prometheus, client: Prometheus, body: object
) -> None:
    server.faults.queue("GET /api/v1/query", status=200, body=json.dumps(body))
    with pytest.raises(errors.Unexpected) as caught:
        await client.values(server.url, UP, 5)
    assert caught.value.system == "Prometheus"


async def test_a_prometheus_that_is_down_is_named(server: stand_in.Prometheus, client: Prometheus) -> None:
    await server.stop()
    with pytest.raises(errors.Unreachable, match="Prometheus cannot be reached"):
        await client.values(server.url, UP, 5)
