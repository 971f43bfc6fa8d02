"""A registry that behaves like GHCR: token challenge, manifests by tag and digest, redirected blobs."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox import images
from sandbox.serving import StandIn
from sandbox.story import PLATFORM

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.faults import Fault
    from sandbox.images import Blob

TOKEN_SECONDS = 300
BLOB_LINK_SECONDS = 600
ALWAYS = float("-inf")


@dataclass(frozen=True, slots=True)
class Shipped:
    """The real content of a digest, whatever its label says: the commit, and whether it can run.

    `config` is the digest of the config of its first platform, the id of the image in Docker's classic store.
    """

    repository: str
    digest: str
    sha: str
    platforms: tuple[str, ...]
    healthy: bool = True
    index: bool = False
    config: str = ""


def failure(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error in the format of the OCI distribution spec."""
    body = {"errors": [{"code": code, "message": message}]}
    return web.json_response(body, status=status, headers=headers)


class Storage(StandIn):
    """Blob storage: another origin with signed links, which refuses the registry's tokens."""

    def __init__(self, blobs: dict[str, Blob]) -> None:
        super().__init__()
        self._blobs = blobs
        self._links: dict[str, tuple[str, float]] = {}
        self.site.router.add_get("/blobs/{digest}", self._blob)

    def link(self, digest: str) -> str:
        signature = secrets.token_hex(8)
        self._links[signature] = (digest, time.monotonic() + BLOB_LINK_SECONDS)
        return f"{self.url}/blobs/{digest}?sig={signature}"

    async def _blob(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return web.Response(status=400, text="<Error><Code>InvalidAuthenticationInfo</Code></Error>")
        digest, until = self._links.get(request.query.get("sig", ""), ("", 0.0))
        if digest != request.match_info["digest"] or until < time.monotonic():
            return web.Response(status=403, text="<Error><Code>AuthenticationFailed</Code></Error>")
        return web.Response(body=self._blobs[digest].body, content_type="application/octet-stream")


class Registry(StandIn):
    """A registry; tests may change its attributes.

    Attributes:
        private: repositories that only `user` with `password` may read.
        hides_missing: answer for a missing repository as for a private one.
        open: no token is needed, as with a local registry.
        names_digest: send `Docker-Content-Digest`.
        before: called before each lookup of a tag, so that images of finished builds are pushed first.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.user, self.password = "fisk", "registry-password"
        self.private: set[str] = set()
        self.hides_missing = False
        self.open = False
        self.names_digest = True
        self.before: Callable[[], None] = lambda: None
        self._clock = clock
        self._blobs: dict[str, Blob] = {}
        self._shipped: dict[str, Shipped] = {}
        self._tags: dict[tuple[str, str], list[tuple[float, str]]] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self.storage = Storage(self._blobs)
        name = "{name:.+}"
        self.site.add_routes(
            [
                web.get("/v2/", self._base),
                web.get("/token", self._token),
                web.get(f"/v2/{name}/manifests/{{reference}}", self._manifest),
                web.get(f"/v2/{name}/blobs/{{digest}}", self._blob),
            ]
        )

    async def start(self, port: int = 0) -> None:
        await self.storage.start()
        await super().start(port)

    async def stop(self) -> None:
        await super().stop()
        await self.storage.stop()

    # --- pushing

    def push(
        self,
        repository: str,
        tags: Iterable[str],
        sha: str,
        *,
        platforms: tuple[str, ...] = ("linux/arm64",),
        index: bool = False,
        revision: str = "",
        created: float = 0,
        healthy: bool = True,
        source: str = images.SOURCE,
        at: float = ALWAYS,
    ) -> Shipped:
        """Push an image under its tags, visible from the story second `at` on.

        With `index`, the tags name an index with one entry for each platform, and attestations.
        """
        singles = [
            (name, images.image(name, sha, revision or sha, self._clock.iso(created), source, repository))
            for name in platforms
        ]
        top = self._index(singles) if index else singles[0][1][0]
        self._keep([top, *(blob for _, blobs in singles for blob in blobs)])
        for name, blobs in singles:
            mine = Shipped(repository, blobs[0].digest, sha, (name,), healthy, config=blobs[1].digest)
            self._shipped[mine.digest] = mine
        native = next((blobs for name, blobs in singles if name == PLATFORM), singles[0][1])
        shipped = Shipped(repository, top.digest, sha, platforms, healthy, index, native[1].digest)
        self._shipped[top.digest] = shipped
        for tag in tags:
            self.tag(repository, tag, top.digest, at=at)
        return shipped

    def push_cache(self, repository: str, tag: str = "buildcache") -> None:
        """Push a build cache: layers without an image."""
        blobs = images.cache()
        self._keep(blobs)
        self.tag(repository, tag, blobs[0].digest)

    def tag(self, repository: str, tag: str, digest: str, *, at: float = ALWAYS) -> None:
        """Point a tag at a digest from a story second on; the latest one wins."""
        moves = self._tags.setdefault((repository, tag), [])
        moves.append((at, digest))
        moves.sort(key=lambda move: move[0])

    def untag(self, repository: str, tag: str) -> None:
        self._tags.pop((repository, tag), None)

    def delete(self, digest: str) -> None:
        """Delete a manifest, as retention does: neither its digest nor any tag of it answers after that."""
        del self._blobs[digest], self._shipped[digest]

    def find(self, repository: str, reference: str) -> Shipped | None:
        """The image that a tag or digest names now, or None."""
        digest = reference if reference.startswith("sha256:") else self._named(repository, reference)
        return self._shipped.get(digest)

    def named(self, repository: str) -> dict[str, Shipped]:
        """The images by tag, the one pushed last first; what is no image, such as a build cache, is left out."""
        self.before()
        moves = [(at, tag) for (of, tag), all_ in self._tags.items() if of == repository for at, _ in all_]
        found = {tag: self.find(repository, tag) for at, tag in sorted(moves, reverse=True)}
        return {tag: shipped for tag, shipped in found.items() if shipped}

    def throttle(self, match: str = "GET /v2/*", *, retry_after: int = 1, times: int = 1) -> Fault:
        """Answer the next requests with 429."""
        body = json.dumps({"errors": [{"code": "TOOMANYREQUESTS", "message": "retry-after: 1s"}]})
        headers = {"Retry-After": str(retry_after)}
        return self.faults.queue(match, status=429, body=body, headers=headers, times=times)

    def _named(self, repository: str, tag: str) -> str:
        self.before()
        moves = self._tags.get((repository, tag), [])
        return next((digest for at, digest in reversed(moves) if self._clock.passed(at)), "")

    def _index(self, singles: list[tuple[str, tuple[Blob, ...]]]) -> Blob:
        manifests = [(platform, blobs[0]) for platform, blobs in singles]
        attestations = [(images.attestation(blob), blob) for _, blob in manifests]
        self._keep(blob for blobs, _ in attestations for blob in blobs)
        return images.index(manifests, [(blobs[0], subject) for blobs, subject in attestations])

    def _keep(self, blobs: Iterable[Blob]) -> None:
        self._blobs.update({blob.digest: blob for blob in blobs})

    # --- the token

    async def _token(self, request: web.Request) -> web.Response:
        scope = request.query.get("scope", "")
        name = scope.removeprefix("repository:").rpartition(":")[0]
        basic = request.headers.get("Authorization", "")
        if basic and basic != self._basic:
            return failure(403, "DENIED", "denied")
        if not basic and self._unseen(name):
            return failure(401, "UNAUTHORIZED", "authentication required")
        if self.hides_missing and not self._exists(name):
            return failure(403, "DENIED", "requested access to the resource is denied")
        token = secrets.token_urlsafe(24)
        self._tokens[token] = (name, time.monotonic() + TOKEN_SECONDS)
        return web.json_response({"token": token})

    @property
    def _basic(self) -> str:
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"

    def _exists(self, name: str) -> bool:
        return any(repository == name for repository, _ in self._tags)

    def _unseen(self, name: str) -> bool:
        return name in self.private or (self.hides_missing and not self._exists(name))

    def _challenge(self, request: web.Request, name: str) -> web.Response | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        granted, until = self._tokens.get(token, (None, 0.0))
        if self.open or (granted == name and until > time.monotonic()):
            return None
        challenge = f'Bearer realm="{self.url}/token",service="{self.netloc}"'
        challenge += f',scope="repository:{name}:pull"' if name else ""
        headers = {"WWW-Authenticate": challenge}
        return failure(401, "UNAUTHORIZED", "authentication required", headers)

    # --- what a client reads

    async def _base(self, request: web.Request) -> web.Response:
        return self._challenge(request, "") or web.json_response({})

    async def _manifest(self, request: web.Request) -> web.Response:
        name, reference = request.match_info["name"], request.match_info["reference"]
        if refused := self._refused(request, name):
            return refused
        digest = reference if reference.startswith("sha256:") else self._named(name, reference)
        blob = self._blobs.get(digest)
        if blob is None:
            return failure(404, "MANIFEST_UNKNOWN", "manifest unknown")
        if not _accepts(request.headers.get("Accept", ""), blob.media_type):
            message = f"{blob.media_type} found, but the Accept header does not support it"
            return failure(404, "MANIFEST_UNKNOWN", message)
        headers = {"Docker-Content-Digest": blob.digest} if self.names_digest else {}
        return web.Response(body=blob.body, content_type=blob.media_type, headers=headers)

    async def _blob(self, request: web.Request) -> web.Response:
        name, digest = request.match_info["name"], request.match_info["digest"]
        if refused := self._refused(request, name):
            return refused
        if digest not in self._blobs:
            return failure(404, "BLOB_UNKNOWN", "blob unknown to registry")
        return web.Response(status=307, headers={"Location": self.storage.link(digest)})

    def _refused(self, request: web.Request, name: str) -> web.Response | None:
        if name != name.lower():
            return failure(400, "NAME_INVALID", "invalid repository name")
        if challenge := self._challenge(request, name):
            return challenge
        if not self._exists(name):
            return failure(404, "NAME_UNKNOWN", "repository name not known to registry")
        return None


def _accepts(accept: str, media_type: str) -> bool:
    """Content negotiation: an index needs its type in Accept; a manifest also matches an empty Accept."""
    named = {part.partition(";")[0].strip() for part in accept.split(",")}
    return media_type in named or (media_type != images.OCI_INDEX and bool(named & {"", "*/*"}))
