"""Prometheus, asked for the present values of a query.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/, "Instant queries".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import httpx
from pydantic import BeforeValidator

from deploy.core import errors
from deploy.core.json_fields import Text, called, read
from deploy.core.redact import harmless
from deploy.systems.error_mapping import plain
from deploy.systems.http import Http

if TYPE_CHECKING:
    from deploy.systems.http import Observe

SYSTEM = "Prometheus"
# Statuses with an error of Prometheus's own in the body: a bad query, one that fails, one that takes too long.
REFUSALS = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY, httpx.codes.SERVICE_UNAVAILABLE)
MOST = 2**20  # bytes of an answer


def _values(data: Any) -> tuple[float, ...]:
    """Of a vector, each series' sample; of a scalar its own; Prometheus writes each as [time, "value"]."""
    samples = {
        "vector": lambda result: [each["value"] for each in result],
        "scalar": lambda result: [result],
    }
    return tuple(float(value) for _, value in samples[data["resultType"]](data["result"]))


def _read_values(data: Any) -> tuple[float, ...]:
    try:
        return _values(data)
    except (KeyError, TypeError, ValueError):
        raise ValueError("it is neither a vector nor a scalar") from None


@dataclass(frozen=True, slots=True)
class _Values:
    values: Annotated[tuple[float, ...], BeforeValidator(_read_values), called("data")]


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: Annotated[Text, called("error")]


class Prometheus:
    """Any number of them, each with a client of its own; `observe` is told of every request."""

    def __init__(self, observe: Observe | None = None) -> None:
        self._observe = observe
        self._clients: dict[str, Http] = {}

    async def values(self, address: str, query: str, within: float) -> tuple[float, ...]:
        """What a query evaluates to now: a value for each series, none where there is no data.

        Raises:
            errors.QueryRefused: Prometheus does not evaluate it.
            errors.SystemFailure: it does not answer within so many seconds, or not as Prometheus does.
        """
        response = await self._client(address).request(
            "GET",
            "/api/v1/query",
            params={"query": query},
            accept_status=REFUSALS,
            timeout=within,
            safe=False,
            most=MOST,
        )
        answer = self._client(address).read(response)
        if response.is_success:
            return read(SYSTEM, _Values, answer).values
        why = plain(harmless(read(SYSTEM, _Refusal, answer).error)) or f"status {response.status_code}"
        raise errors.QueryRefused(system=SYSTEM, query=query, why=why, address=address)

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _client(self, address: str) -> Http:
        if address not in self._clients:
            self._clients[address] = Http(SYSTEM, address, observe=self._observe)
        return self._clients[address]
