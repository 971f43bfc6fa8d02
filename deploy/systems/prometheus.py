"""Prometheus, asked for the present values of a query.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/, "Instant queries".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import httpx
from pydantic import BeforeValidator

from deploy.core import errors
from deploy.core.json_fields import RequiredText, Text, called, read
from deploy.core.redact import harmless
from deploy.core.values import dataclass
from deploy.systems.error_mapping import plain
from deploy.systems.http import Http

if TYPE_CHECKING:
    from deploy.systems.http import Observe

SYSTEM = "Prometheus"
# Statuses with an error of Prometheus's own in the body: a bad query, one that fails, one that takes too long.
REFUSALS = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY, httpx.codes.SERVICE_UNAVAILABLE)
RANGES = frozenset({"matrix", "string"})  # what a query may evaluate to and a bound says nothing of
MOST = 2**20  # bytes of an answer


def _samples(data: Any) -> Any:
    """Each series' sample of a vector, or the only one of a scalar; of any other kind there are none to read."""
    kind, result = (
        (data.get(name) for name in ("resultType", "result")) if isinstance(data, dict) else ("", "")
    )
    if kind == "vector" and isinstance(result, list):
        return [each.get("value") if isinstance(each, dict) else each for each in result]
    return [result] if kind == "scalar" else [] if kind in RANGES else None


# Prometheus writes a sample as [time, "value"], where the value may be NaN or +Inf.
Sample = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Answer:
    kind: Annotated[RequiredText, called(("data", "resultType"))]
    samples: Annotated[tuple[Sample, ...], BeforeValidator(_samples), called("data")]


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
        if not response.is_success:
            why = plain(harmless(read(SYSTEM, _Refusal, answer).error)) or f"status {response.status_code}"
            raise errors.QueryRefused(system=SYSTEM, query=query, why=why, address=address)
        found = read(SYSTEM, _Answer, answer)
        if found.kind in RANGES:
            why = f"it is a {found.kind}, which has more than one value for a series, or no number"
            raise errors.QueryRefused(system=SYSTEM, query=query, why=why, address=address)
        return tuple(value for _, value in found.samples)

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()

    def _client(self, address: str) -> Http:
        if address not in self._clients:
            self._clients[address] = Http(SYSTEM, address, observe=self._observe)
        return self._clients[address]
