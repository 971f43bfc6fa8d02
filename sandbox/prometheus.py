"""Prometheus: the answers of its HTTP API to instant queries.

Its forms are those of web/api/v1/api.go: `{"status":"success","data":{"resultType","result"}}`, and 400 with `bad_data`
for what its parser refuses.
"""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from sandbox.serving import StandIn

Labels = dict[str, str]


class Prometheus(StandIn):
    """`vectors` are the queries that it understands, each with its series and their values; `scalars` likewise.

    `upcoming` are the values that a query will have, one after the other.
    """

    def __init__(self) -> None:
        super().__init__()
        self.vectors: dict[str, list[tuple[Labels, float]]] = {}
        self.scalars: dict[str, float] = {}
        self.upcoming: dict[str, list[float]] = {}
        self.site.router.add_get("/api/v1/query", self._query)

    def measure(self, query: str, *values: float) -> None:
        """From now on the query has these values."""
        self.vectors[query] = [
            ({"instance": f"app-{number}:3000"}, value) for number, value in enumerate(values)
        ]

    async def _query(self, request: web.Request) -> web.Response:
        query = request.query.get("query", "")
        if upcoming := self.upcoming.get(query):
            self.measure(query, upcoming.pop(0))
        if query in self.scalars:
            return _success("scalar", _sample(self.scalars[query]))
        if query in self.vectors:
            result = [{"metric": labels, "value": _sample(value)} for labels, value in self.vectors[query]]
            return _success("vector", result)
        if query.endswith("]"):
            return _success("matrix", [])
        why = 'invalid parameter "query": 1:1: parse error: unexpected identifier'
        return web.json_response({"status": "error", "errorType": "bad_data", "error": why}, status=400)


def _success(kind: str, result: Any) -> web.Response:
    return web.json_response({"status": "success", "data": {"resultType": kind, "result": result}})


def _sample(value: float) -> list[Any]:
    """Prometheus writes values as texts, among them NaN and +Inf."""
    names = {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}
    return [round(time.time(), 3), names.get(str(value), f"{value:g}")]
