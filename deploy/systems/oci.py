"""What an OCI registry says, read: names, challenges, tokens, manifests and configs. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import field, replace
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from deploy.core.errors import Unexpected
from deploy.core.json_fields import OURS, Moment, Number, Text, called, read, text, texts
from deploy.core.model import is_sha
from deploy.core.values import dataclass

NAME = "The registry"
REVISION = "org.opencontainers.image.revision"
SOURCE = "org.opencontainers.image.source"
REFERENCE = "vnd.docker.reference.type"
DIGEST = re.compile(r"[a-z0-9]+:[0-9a-f]{32,}")
UNKNOWN = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN"})
TOKEN_SECONDS = 60.0  # how long a token lives that does not say
TOKEN_MARGIN = 10.0


# --- tokens


@dataclass(frozen=True, slots=True)
class Pass:
    """An Authorization header, and until when it serves (by the monotonic clock)."""

    header: str = field(repr=False)
    until: float


@dataclass(frozen=True, slots=True)
class Challenge:
    scheme: str = ""
    realm: str = ""
    service: str = ""
    scope: str = ""


def parse_challenge(header: str) -> Challenge:
    """A WWW-Authenticate header; empty where it is none that fisk can answer."""
    scheme, _, rest = header.strip().partition(" ")
    given = dict(re.findall(r'(\w+)\s*=\s*"([^"]*)"', rest))
    challenge = Challenge(scheme.lower(), *(given.get(key, "") for key in ("realm", "service", "scope")))
    if challenge.scheme == "bearer" and not challenge.realm.startswith(("https://", "http://")):
        return Challenge()
    return challenge


def belongs(realm: str, registry: str) -> bool:
    """Whether a token service is the registry's own: at its host, or below the same site (auth.docker.io and
    registry-1.docker.io, gitlab.com and registry.gitlab.com), where a site has at least two names.
    """
    try:
        service, host = (urlsplit(url).hostname or "" for url in (realm, registry))
    except ValueError:
        return False
    above = host.partition(".")[2]
    sites = {host, above} if "." in above and not above.replace(".", "").isdecimal() else {host}
    return any(service == site or service.endswith(f".{site}") for site in sites)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is handed out, under either name, and the seconds that it lives."""

    token: Text
    access_token: Text
    expires_in: Number


def parse_token(raw: Any, now: float) -> Pass:
    found = read(NAME, Token, raw)
    token = found.token or found.access_token
    if not (token and token.isascii() and token.isprintable()):
        raise Unexpected(system=NAME, why="a token that no header can carry")
    lives = float(min(found.expires_in, 86_400)) or TOKEN_SECONDS
    return Pass(f"Bearer {token}", now + lives - TOKEN_MARGIN)


# --- manifests


def _platform(raw: Any) -> str:
    """As `linux/arm64`: v8 is the only variant of arm64 in use, and goes without saying."""
    place = raw if isinstance(raw, dict) else {}
    system, architecture, variant = (text(place.get(key)) for key in ("os", "architecture", "variant"))
    if not system or not architecture:
        return ""
    implied = not variant or (architecture, variant) == ("arm64", "v8")
    return "/".join((system, architecture) if implied else (system, architecture, variant))


def _revision(label: Any) -> str:
    """The commit that a label names; anybody may write anything there, and what is no commit is none."""
    return label if is_sha(text(label)) else ""


Digest = Annotated[str, Field(pattern=f"^{DIGEST.pattern}$")]
Revision = Annotated[str, BeforeValidator(_revision)]


@dataclass(frozen=True, slots=True)
class Entry:
    """An image in an index; `platform` is empty where the index does not say. `kind` tells what is no image."""

    digest: Digest
    platform: Annotated[str, BeforeValidator(_platform), Field(default="")]
    kind: Annotated[Text, called(("annotations", REFERENCE))] = ""

    @property
    def is_image(self) -> bool:
        """Not an attestation, which buildx lists beside the image that it is about, for no platform."""
        return self.platform != "unknown/unknown" and self.kind != "attestation-manifest"


def _images(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.is_image)


@dataclass(frozen=True, slots=True)
class Manifest:
    """Either a single image, with the digest of its `config`, or an index with its `entries`."""

    config: Annotated[Digest, called(("config", "digest"))] = ""
    entries: Annotated[tuple[Entry, ...], called("manifests"), AfterValidator(_images)] = ()
    revision: Annotated[Revision, called(("annotations", REVISION))] = ""
    source: Annotated[Text, called(("annotations", SOURCE))] = ""


@dataclass(frozen=True, slots=True)
class Config:
    """An image's config; `digest` is its own, `manifest` that of the manifest that names it."""

    platform: Annotated[str, OURS] = ""
    revision: Annotated[Revision, called(("config", "Labels", REVISION))] = ""
    created: Moment = 0
    source: Annotated[Text, called(("config", "Labels", SOURCE))] = ""
    digest: Annotated[str, OURS] = ""
    manifest: Annotated[str, OURS] = ""


def parse_codes(raw: Any) -> frozenset[str]:
    """The codes in a registry's error body."""
    return frozenset(texts(read(NAME, dict, raw).get("errors"), "code"))


def parse_manifest(body: Any) -> Manifest:
    """A manifest or an index, of OCI or Docker; told apart by what it has, since its type may be missing."""
    manifest = read(NAME, Manifest, body)
    if not manifest.config and "manifests" not in body:
        kind = text(body.get("mediaType")) or "schema 1"
        raise Unexpected(system=NAME, why=f"a manifest of the kind `{kind}`")
    return manifest


def parse_config(raw: Any) -> Config:
    return replace(read(NAME, Config, raw), platform=_platform(raw))


def pick(entries: tuple[Entry, ...], platform: str) -> Entry | None:
    """The entry for a platform, else the first; None of a manifest that is no index."""
    return next((entry for entry in entries if entry.platform == platform), entries[0] if entries else None)


def platforms(entries: Iterable[Entry], configured: str) -> tuple[str, ...]:
    """Every platform that an image is for, each once: by its index, and by the config that was read."""
    return tuple(dict.fromkeys(name for name in (*(e.platform for e in entries), configured) if name))


def digest_of(header: str, body: bytes) -> str:
    """The digest of a manifest: what the registry says, else what its bytes are."""
    return header if DIGEST.fullmatch(header) else f"sha256:{hashlib.sha256(body).hexdigest()}"
