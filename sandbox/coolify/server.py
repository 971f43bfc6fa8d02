"""Coolify's API for deploying image applications, with the real one's pitfalls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.coolify import endpoints, env_endpoints, version as changes
from sandbox.coolify.access import Access, Endpoint
from sandbox.coolify.applications import App
from sandbox.coolify.queue import Queue
from sandbox.serving import StandIn

if TYPE_CHECKING:
    from sandbox.faults import Handler
    from sandbox.host import Host


class Coolify(StandIn):
    """Coolify with one server. The API is under `/api/v1` of `url`.

    Attributes:
        version: the version that it reports and behaves as; tests may change it at any time.
        apps: by the target's name.
        access: tokens and switches of the API.
        queue: all deployments, and their duration.
        held: a bulk request waits for the first of these before it saves, even if its client has gone.
        active_as_object: answer GET /deployments as an object with numeric keys.
    """

    def __init__(self, host: Host, *, version: str = "4.3.11", seconds: float = 2.5) -> None:
        super().__init__()
        self.version = version
        self.apps: dict[str, App] = {}
        self.access = Access()
        self.queue = Queue(host, seconds, self.older)
        self.host = host
        self.held: list[asyncio.Event] = []
        self.active_as_object = False
        self.site.add_routes(self._routes())

    async def stop(self) -> None:
        await self.queue.stop()
        await super().stop()

    def older(self, than: str) -> bool:
        return changes.order(self.version) < changes.order(than)

    def add(self, target: str, uuid: str, name: str, **columns: Any) -> App:
        """Add an application; `columns` override the defaults."""
        app = App(len(self.apps) + 1, uuid, name, target, columns)
        self.apps[target] = app
        return app

    def running(self, target: str) -> str:
        """The sha of the commit that really runs; empty if none does."""
        container = self.host.running.get(target)
        return container.sha if container else ""

    def find(self, uuid: str) -> App | None:
        return next((app for app in self.apps.values() if app.uuid == uuid), None)

    def _routes(self) -> list[web.RouteDef]:
        api = "/api/v1"
        app = f"{api}/applications/{{uuid}}"
        return [
            web.get("/api/health", self._bound(endpoints.health)),
            web.get(f"{api}/health", self._bound(endpoints.health)),
            web.get(f"{api}/version", self._bound(endpoints.version)),
            web.get(f"{api}/applications", self._bound(endpoints.applications)),
            web.get(app, self._bound(endpoints.application)),
            web.patch(app, self._bound(endpoints.change)),
            web.get(f"{app}/logs", self._bound(endpoints.logs)),
            web.get(f"{app}/envs", self._bound(env_endpoints.listed)),
            web.post(f"{app}/envs", self._bound(env_endpoints.create)),
            web.patch(f"{app}/envs", self._bound(env_endpoints.update)),
            web.patch(f"{app}/envs/bulk", self._bound(env_endpoints.bulk)),
            web.delete(f"{app}/envs/{{variable}}", self._bound(env_endpoints.delete)),
            web.route("*", f"{api}/deploy", self._acting(endpoints.deploy)),
            web.route("*", f"{app}/start", self._acting(endpoints.start)),
            web.route("*", f"{app}/restart", self._acting(endpoints.start)),
            web.route("*", f"{app}/stop", self._acting(endpoints.stop)),
            web.post(f"{app}/rollback", self._bound(endpoints.rollback)),
            web.get(f"{api}/deployments", self._bound(endpoints.active)),
            web.get(f"{api}/deployments/{{uuid}}", self._bound(endpoints.deployment)),
            web.post(f"{api}/deployments/{{uuid}}/cancel", self._bound(endpoints.cancel)),
            web.get(f"{api}/deployments/applications/{{uuid}}", self._bound(endpoints.history)),
            web.route("*", "/{path:.*}", self._bound(endpoints.nothing)),
        ]

    def _bound(self, endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await endpoint(self, request)

        return handle

    def _acting(self, endpoint: Endpoint) -> Handler:
        """Wrap an endpoint that takes POST, and GET on versions that still allow it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            if request.method == "GET" and not self.older(changes.POST_ONLY):
                return endpoints.wrong_method(request)
            if request.method not in {"GET", "POST"}:
                return await endpoints.nothing(self, request)
            return await endpoint(self, request)

        return handle
