"""Sends HTTP requests to a stand-in, and validates each answer against the published contract."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.contracts import contract

JSON = {"Accept": "application/json"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@dataclass
class Asking:
    """A way to a stand-in. `differences` are patterns of what its contract gets wrong, and the truth."""

    client: httpx.AsyncClient
    url: str
    contract: str
    headers: Mapping[str, str] = field(default_factory=dict)
    differences: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.headers, **options.pop("headers", {})}
        answer = await self.client.request(method, self.url + path, headers=headers, **options)
        assert self._unexplained(method, answer) == []
        return answer

    async def get(self, path: str, **options: Any) -> Any:
        """The JSON of a GET that must be 200."""
        answer = await self("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _unexplained(self, method: str, answer: httpx.Response) -> list[str]:
        json = "json" in answer.headers.get("Content-Type", "")
        body = answer.json() if json and answer.content else None
        faults = contract(self.contract).response(method, answer.url.path, answer.status_code, body)
        return [fault for fault in faults if not any(re.search(known, fault) for known in self.differences)]
