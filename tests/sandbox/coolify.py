"""Corrections of Coolify's published contract, and helpers for requests to the stand-in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from sandbox.coolify import App
from sandbox.coolify.deployments import ACTIVE
from sandbox.world import World
from tests.sandbox.asking import JSON, Asking, bearer
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.coolify import Deployment
    from sandbox.coolify.queue import Queue

API = "/api/v1"

# Each pattern is what the contract says of an answer that the real Coolify gives.
DIFFERENCES = {
    r"^\$\.build_pack: 'dockerimage' is not one of": "a build pack that exists, and that fisk needs",
    r"^\$\.(install|build|start)_command: None is not of type": "empty where there is nothing to build",
    r"^\$\.publish_directory: None is not of type": "likewise",
    r"^\$(\[\d+\])?\.(commit_message|current_process_id|git_type|logs): None is not of type": "null at first",
    r"^\$: \{'count': .* is not of type 'array'": "history is an object with a count",
    r"^\$: \{'0': .* is not of type 'array'": "active deployments may be an object with numeric keys",
    r"^\$\.errors\.\w+: '.*' is not of type 'array'": "some errors are a bare string",
    r"documents no (403|405|429|500)$": "no operation mentions abilities, verbs, limits or crashes",
    r"PATCH \S+ documents no 422$": "unknown and malformed fields are a 422",
    r"POST \S+/envs documents no (409|422)$": "so are a variable that exists, and what does not fit",
    r"^\$\[\d+\]\.(real_)?value: None is not of type": "null where it is empty, or shown only once",
    r"POST /api/v1/deploy documents no 404$": "and unknown applications a 404",
    r"GET /api/v1/deployments/applications/\w+ documents no 404$": "likewise",
    r"POST \S+/rollback documents no 302$": "a browser is sent back",
    r"^(GET|DELETE|PUT) \S+ is not documented$": "what is not there is a 404 of its own form",
}


@dataclass
class Asker:
    """One token's way to the stand-in; `app` is the application that the short forms are about."""

    world: World
    client: httpx.AsyncClient
    token: str
    app: App
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**bearer(self.token), **self.headers}
        asking = Asking(self.client, self.world.coolify.url, "coolify", headers, DIFFERENCES)
        return await asking(method, API + path, **options)

    def may(self, *abilities: str) -> Asker:
        """The same with a token of fewer abilities."""
        token = self.world.coolify.access.issue(*abilities)
        return Asker(self.world, self.client, token, self.app, self.headers)

    def as_a_browser(self) -> Asker:
        return Asker(self.world, self.client, self.token, self.app, {"Accept": "text/html"})

    async def get(self) -> dict[str, Any]:
        return dict((await self("GET", f"/applications/{self.app.uuid}")).json())

    async def patch(self, **fields: Any) -> httpx.Response:
        return await self("PATCH", f"/applications/{self.app.uuid}", json=fields)

    async def point(self, sha: str) -> None:
        answer = await self.patch(docker_registry_image_tag=sha, git_commit_sha=sha)
        assert (answer.status_code, answer.json()) == (200, {"uuid": self.app.uuid})

    async def deploy(self, **query: str) -> dict[str, str]:
        """The one entry that a deploy of the application answers."""
        answer = await self("POST", "/deploy", params={"uuid": self.app.uuid, **query})
        assert answer.status_code == 200, answer.text
        (entry,) = answer.json()["deployments"]
        return dict(entry)

    async def deployment(self, uuid: str) -> httpx.Response:
        return await self("GET", f"/deployments/{uuid}")

    async def printed(self, **query: str) -> str:
        """The last lines of the application's container."""
        answer = await self("GET", f"/applications/{self.app.uuid}/logs", params=query)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["logs"])

    async def cancel(self, uuid: str) -> httpx.Response:
        return await self("POST", f"/deployments/{uuid}/cancel")

    async def lines(self, uuid: str) -> list[dict[str, Any]]:
        """The log, which is JSON in a string."""
        return list(json.loads((await self.deployment(uuid)).json()["logs"]))

    async def release(self, sha: str) -> str:
        """Point, deploy and wait for the end; the deployment's status then."""
        await self.point(sha)
        return await self.ended((await self.deploy())["deployment_uuid"])

    async def ended(self, uuid: str) -> str:
        row = self.row(uuid)
        await until(lambda: row.status not in ACTIVE)
        return row.status

    async def reached(self, uuid: str, output: str) -> None:
        """Wait until a deployment's log has a line that begins so."""
        row = self.row(uuid)
        await until(lambda: any(line["output"].startswith(output) for line in row.lines))

    def row(self, uuid: str) -> Deployment:
        row = self.queue.find(uuid)
        assert row is not None
        return row

    @property
    def queue(self) -> Queue:
        return self.world.coolify.queue

    @property
    def runs(self) -> str:
        return self.world.coolify.running(self.app.target)
