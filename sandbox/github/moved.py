"""A repository that was renamed or moved (facts/github.md): its old address redirects to the one by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.github.allowance import DOCS
from sandbox.github.stories import APP

if TYPE_CHECKING:
    from sandbox.faults import Handler

OLD = f"/repos/{APP.name}"
BY_ID = f"/repositories/{APP.id}"
RENAMED = "Wandeon/FiskNext"


class Moved:
    """`name` is the repository's present one. Under an old name a GET is answered 301, everything else 307."""

    def __init__(self) -> None:
        self.name = APP.name

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.name == APP.name or not f"{request.path}/".startswith(f"{OLD}/"):
            return await handler(request)
        url = request.url.with_path(BY_ID + request.path.removeprefix(OLD)).with_query(request.query)
        status, text = (301, "Moved Permanently") if request.method == "GET" else (307, "Temporary Redirect")
        body = {"message": text, "url": str(url), "documentation_url": DOCS}
        return web.json_response(body, status=status, headers={"Location": str(url)})
