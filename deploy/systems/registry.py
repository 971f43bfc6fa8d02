"""An OCI registry: what a tag names, for which platforms it runs, and what it was built from."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
from cachetools import LRUCache

from deploy.core.errors import MissingAbility, Unauthorized, Unexpected
from deploy.core.model import Image
from deploy.core.reference import split
from deploy.systems.http import Http, Observe
from deploy.systems.oci import (
    NAME,
    UNKNOWN,
    Config,
    Entry,
    Manifest,
    Pass,
    belongs,
    digest_of,
    parse_challenge,
    parse_codes,
    parse_config,
    parse_manifest,
    parse_token,
    pick,
    platforms,
)

if TYPE_CHECKING:
    from pydantic import SecretStr

SETTING = "FISK_REGISTRY_PASSWORD"
# All four: a registry says 404 to an index that exists where the index types are left out.
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
BASIC_SECONDS = 3_600.0
CONFIGS = 200  # that are kept


class Registry:
    """Registries, each reached at the host in the image's name.

    Args:
        url: the base URL of one registry that serves every name instead.
        user: for private images, with `password`; without them it asks as anybody.
        password: with GHCR a token that may read packages.
        home: the one host that user and password are for (empty: none); every other one is asked as anybody.
        transport: stands in for the network.
        observe: told of every request (see Http).
    """

    def __init__(
        self,
        url: str = "",
        user: str = "",
        password: SecretStr | None = None,
        home: str = "",
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        observe: Observe | None = None,
    ) -> None:
        self._url = url
        self._basic = _basic(user, password)
        self._home = split(f"{home}/any")[0] if home else ""
        self._transport = transport
        self._observe = observe
        self._hosts: dict[str, Http] = {}
        self._passes: dict[tuple[str, str], Pass] = {}
        self._configs: LRUCache[str, Config] = LRUCache(CONFIGS)  # by digest, so they never change

    async def image(self, repository: str, tag: str, platform: str = "linux/arm64") -> Image | None:
        """What a tag names; None where the registry says that it has no such tag or repository.

        Of an index the revision is taken from the entry for `platform`, else from its first.

        Raises:
            Unauthorized: the registry does not let fisk look, which is not the same as "no such image".
            SystemFailure: any other, where it does not answer as a registry does.
        """
        host, name = split(repository)
        found = await self._manifest(host, name, tag)
        if found is None:
            return None
        manifest = parse_manifest(self._http(host).read(found))
        digest = _digest(found)
        entry = pick(manifest.entries, platform)
        config = await self._config(host, name, manifest, entry)
        return Image(
            repository=repository,
            tag=tag,
            digest=digest,
            platforms=platforms(manifest.entries, config.platform),
            revision=manifest.revision or config.revision,
            created=config.created,
            manifest=config.manifest or digest,
            config=config.digest,
            source=manifest.source or config.source,
        )

    async def digest(self, repository: str, tag: str) -> str | None:
        """The digest that a tag names, whatever kind of manifest that is; None where there is no such tag.

        Raises:
            Unauthorized: the registry does not let fisk look, which is not the same as "no such tag".
        """
        found = await self._manifest(*split(repository), tag)
        return None if found is None else _digest(found)

    async def aclose(self) -> None:
        for http in self._hosts.values():
            await http.aclose()

    async def _manifest(self, host: str, name: str, reference: str) -> httpx.Response | None:
        path = f"/v2/{name}/manifests/{quote(reference, safe=':')}"
        response = await self._get(host, name, path, accept=", ".join(MANIFESTS), statuses=(404,))
        if response.status_code != httpx.codes.NOT_FOUND:
            return response
        if parse_codes(self._http(host).read(response)) & UNKNOWN:
            return None
        raise Unexpected(system=NAME, why="status 404 without a registry's reason")

    async def _config(self, host: str, name: str, manifest: Manifest, entry: Entry | None) -> Config:
        """The config of a manifest, or of the entry that was picked from an index; asked for once."""
        digest = entry.digest if entry else manifest.config
        if digest not in self._configs:
            self._configs[digest] = await self._read_config(host, name, manifest, entry)
        return self._configs[digest]

    async def _read_config(self, host: str, name: str, manifest: Manifest, entry: Entry | None) -> Config:
        own = ""
        if entry is not None:
            own = entry.digest
            found = await self._manifest(host, name, entry.digest)
            if found is None:
                raise Unexpected(system=NAME, why=f"an index whose entry {entry.digest} is missing")
            manifest = parse_manifest(self._http(host).read(found))
        if not manifest.config:
            return Config()
        path = f"/v2/{name}/blobs/{manifest.config}"
        response = await self._get(host, name, path, accept="*/*")
        config = parse_config(self._http(host).read(response))
        return replace(
            config,
            revision=manifest.revision or config.revision,
            source=manifest.source or config.source,
            digest=manifest.config,
            manifest=own,
        )

    async def _get(
        self, host: str, name: str, path: str, *, accept: str, statuses: tuple[int, ...] = ()
    ) -> httpx.Response:
        """An answer, with a token where the registry challenges for one; kept until it expires."""
        known = self._passes.get((host, name))
        for one in (known, None) if known and known.until > time.monotonic() else (None,):
            response = await self._ask(host, path, accept, (*statuses, 401), one)
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return response
        new = await self._answer_challenge(host, name, response.headers.get("WWW-Authenticate", ""))
        self._passes[host, name] = new
        return await self._ask(host, path, accept, statuses, new)

    async def _ask(
        self, host: str, path: str, accept: str, statuses: tuple[int, ...], known: Pass | None
    ) -> httpx.Response:
        headers = {"Accept": accept, **({"Authorization": known.header} if known else {})}
        try:
            return await self._http(host).request("GET", path, headers=headers, accept_status=statuses)
        except MissingAbility as error:
            raise _closed(error) from None

    async def _answer_challenge(self, host: str, name: str, header: str) -> Pass:
        challenge, basic = parse_challenge(header), self._basic if self._is_home(host) else ""
        if challenge.scheme == "basic" and basic:
            return Pass(basic, time.monotonic() + BASIC_SECONDS)
        if challenge.scheme != "bearer":
            raise Unauthorized(system=NAME, setting=self._http(host).setting)
        if challenge.realm.startswith("http://") and self._http(host).base_url.startswith("https://"):
            raise Unexpected(system=NAME, why="it hands out tokens over plain http")
        asked = {"service": challenge.service, "scope": challenge.scope or f"repository:{name}:pull"}
        params = {key: value for key, value in asked.items() if value}
        headers = {"Authorization": basic} if basic else {}
        if basic and not belongs(challenge.realm, self._http(host).base_url):
            raise Unexpected(
                system=NAME, why="it sends fisk for a token to another site, where its password does not go"
            )
        try:
            answer = await self._http(host).json("GET", challenge.realm, params=params, headers=headers)
        except MissingAbility as error:
            raise _closed(error) from None
        return parse_token(answer, time.monotonic())

    def _is_home(self, host: str) -> bool:
        return bool(self._url) or host == self._home

    def _http(self, host: str) -> Http:
        if host not in self._hosts:
            self._hosts[host] = Http(
                NAME,
                self._url or f"https://{host}",
                setting=SETTING if self._is_home(host) else f"{SETTING}, {host} in FISK_REGISTRY_HOST,",
                transport=self._transport,
                observe=self._observe,
            )
        return self._hosts[host]


def _digest(found: httpx.Response) -> str:
    return digest_of(found.headers.get("Docker-Content-Digest", ""), found.content)


def _basic(user: str, password: SecretStr | None) -> str:
    if not user or password is None or not password.get_secret_value():
        return ""
    return "Basic " + b64encode(f"{user}:{password.get_secret_value()}".encode()).decode()


def _closed(error: MissingAbility) -> Unauthorized:
    """A registry says 403 for what it does not show, existing or not: a matter of credentials."""
    return Unauthorized(system=NAME, why=error.why, setting=error.setting)
