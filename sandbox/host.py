"""The server on which Coolify runs containers, and the reverse proxy that serves their health URLs."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.output import Output
from sandbox.printed import Line
from sandbox.serving import StandIn
from sandbox.story import PLATFORM

if TYPE_CHECKING:
    from sandbox.registry import Registry, Shipped

COOKIE = "traefik"
REFERENCE = re.compile(
    r"[^/@]+/(?P<repository>[^@:]+)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
LINES = 500  # kept per container
SCHEMA = ("node_modules/.bin/prisma", "migrate", "status")
# As Prisma prints them: packages/migrate/src/commands/MigrateStatus.ts
UP_TO_DATE = Output("1 migration found in prisma/migrations\n\nDatabase schema is up to date!\n")
BEHIND = Output(
    "1 migration found in prisma/migrations\nFollowing migration have not yet been applied:\n20261101_vat_per_line\n\n"
    "To apply migrations in production run prisma migrate deploy.\n",
    status=1,
)
DATABASE = "postgres://fiskai:correct-horse@db.fiskai.example/fiskai"  # as programs leak passwords


class PullFailed(Exception):
    """docker pull failed; the text is Docker's error."""


@dataclass(frozen=True, slots=True)
class Container:
    """A running container: the commit that is really in it, whatever tag it was started by.

    `image` is the reference that it was started by, `config` the digest of its image's config, `logs` the last
    lines that it printed.
    """

    sha: str
    digest: str
    healthy: bool
    answers: bool = True
    image: str = ""
    config: str = ""
    started: float = field(default_factory=time.time)
    logs: deque[Line] = field(default_factory=lambda: deque(maxlen=LINES), compare=False)

    def __post_init__(self) -> None:
        self.logs.extend(self._first_lines())

    def _first_lines(self) -> Iterator[Line]:
        if not self.answers:
            yield Line(
                self.started, "exec /usr/local/bin/docker-entrypoint.sh: exec format error", error=True
            )
            return
        yield Line(self.started, f"fiskai {self.sha[:7]} starts")
        if not self.healthy:
            yield Line(self.started, f"cannot connect to {DATABASE}", error=True)
        yield Line(self.started, "listening on 0.0.0.0:3000")

    def print(self, text: str) -> None:
        self.logs.append(Line(time.time(), text))

    @classmethod
    def of(cls, shipped: Shipped, image: str = "") -> Container:
        """Start an image. One for another platform never answers requests."""
        runs = PLATFORM in shipped.platforms
        healthy = shipped.healthy and runs
        return cls(shipped.sha, shipped.digest, healthy, answers=runs, image=image, config=shipped.config)


class Host(StandIn):
    """`running` says which container answers for each application, by its target's name.

    `names` are the names of containers whose application is set to a name of its own, by target. `guarded` are
    those whose health URL requires a login. `detours` are containers started by hand, with a file of the proxy's that
    routes to them: neither Coolify nor Docker's labels know of it. `says` are the versions that applications name,
    where that is not their commit. With `sticky` the proxy routes a request by its session cookie to the container
    named there, even after another one has taken over. `unmigrated`: the database lacks a migration that the
    containers' code needs.
    """

    def __init__(self, registry: Registry) -> None:
        super().__init__()
        self.running: dict[str, Container] = {}
        self.names: dict[str, str] = {}
        self.guarded: set[str] = set()
        self.detours: dict[str, Container] = {}
        self.says: dict[str, str] = {}
        self.sticky = self.unmigrated = False
        self._known: dict[str, Container] = {}
        self._registry = registry
        self.site.router.add_get("/{app}/api/health", self._health)

    def health_url(self, app: str) -> str:
        return f"{self.url}/{app}/api/health"

    def programs(self) -> dict[tuple[str, ...], Output]:
        """What an application's container has besides the application, and says now."""
        return {SCHEMA: BEHIND if self.unmigrated else UP_TO_DATE}

    def pull(self, image: str) -> Shipped:
        """Pull an image by its reference. Raises PullFailed for an unknown one, or an index without this platform."""
        named = REFERENCE.fullmatch(image)
        if named is None:
            raise PullFailed("invalid reference format")
        shipped = self._registry.find(named["repository"], named["digest"] or named["tag"] or "latest")
        if shipped is None:
            raise PullFailed(f"manifest for {image} not found: manifest unknown")
        if shipped.index and PLATFORM not in shipped.platforms:
            raise PullFailed(f"no matching manifest for {PLATFORM}/v8 in the manifest list entries")
        return shipped

    async def _health(self, request: web.Request) -> web.Response:
        app = request.match_info["app"]
        container = self._known.get(request.cookies.get(COOKIE, "")) or self.detours.get(
            app, self.running.get(app)
        )
        if request.match_info["app"] in self.guarded:
            return web.Response(status=302, headers={"Location": "/login"})
        if container is None or not container.answers:
            return web.Response(status=502, text="Bad Gateway")
        body = {
            "status": "ok" if container.healthy else "error",
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "version": self.says.get(app, container.sha[:7]),
            "uptime": round(time.time() - container.started, 3),
            "memory": {"rss": 183_500_800, "heapUsed": 92_274_688, "heapTotal": 121_634_816},
        }
        answer = web.json_response(body, status=200 if container.healthy else 503)
        container.print(f"GET /api/health {answer.status}")
        if self.sticky:
            self._known[container.digest] = container
            answer.set_cookie(COOKIE, container.digest)
        return answer
