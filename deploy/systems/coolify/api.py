"""One way to Coolify's API: its headers, its version, and what a refused token looks like."""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deploy.core.errors import MissingAbility, NotJson, Rejected
from deploy.systems.coolify.parsing import NAME, VERSION, lacking, parse_version, refused
from deploy.systems.error_mapping import is_html, plain

if TYPE_CHECKING:
    import httpx

    from deploy.systems.http import Http

API = "/api/v1"
INLINE = 2**18  # bytes of JSON that are read on the event loop; a deployment brings its whole log


class Api:
    """What every part of Coolify's API is asked through. Every method may raise any SystemFailure.

    Args:
        http: the way to it; its headers carry the token, its base URL ends before `/api/v1`.
    """

    def __init__(self, http: Http) -> None:
        self.version_text = ""
        self._http = http

    @property
    def now(self) -> float:
        """The time by Coolify's clock, as its newest answer says; by fisk's own where it says none."""
        try:
            return parsedate_to_datetime(self._http.newest_headers.get("Date", "")).timestamp()
        except (ValueError, TypeError):
            return time.time()

    async def version(self) -> tuple[int, ...]:
        """Coolify's version as numbers that compare; `version_text` keeps it as Coolify wrote it."""
        response = await self._ask("GET", "/version", headers={"Accept": "application/json, text/plain"})
        if is_html(response) and not VERSION.fullmatch(response.text.strip()):
            raise NotJson(system=NAME, what="an HTML page")
        self.version_text = plain(response.text).strip('"')
        return parse_version(self.version_text)

    async def _json(self, method: str, path: str, **options: Any) -> Any:
        response = await self._ask(method, path, **options)
        if len(response.content) <= INLINE:
            return self._http.read(response)
        return await asyncio.to_thread(self._http.read, response)

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        # Without this header Coolify answers errors as pages and redirects.
        options.setdefault("headers", {"Accept": "application/json"})
        try:
            return await self._http.request(method, API + path, **options)
        except Rejected as error:
            raise refused(error, self._http.setting) from None
        except MissingAbility as error:
            raise lacking(error) from None


def app_path(uuid: str) -> str:
    return f"/applications/{quote(uuid, safe='')}"
