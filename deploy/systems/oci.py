"""What an OCI registry says, read: names, challenges, tokens, manifests and configs. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploy.core.model import is_sha
from deploy.systems.json_fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def parse_token(raw: Any, now: float) -> Pass:
    fields = Fields(NAME, "token", raw)
    token = fields.text("token") or fields.required_text("access_token")
    if not (token.isascii() and token.isprintable()):
        raise fields.unexpected("token that no header can carry")
    lives = float(min(fields.number("expires_in"), 86_400)) or TOKEN_SECONDS
    return Pass(f"Bearer {token}", now + lives - TOKEN_MARGIN)


# --- manifests


@dataclass(frozen=True, slots=True)
class Entry:
    """An image in an index; `platform` is empty where the index does not say."""

    digest: str
    platform: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Either a single image, with the digest of its `config`, or an index with its `entries`."""

    config: str = ""
    entries: tuple[Entry, ...] = ()
    revision: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """An image's config; `digest` is its own, `manifest` that of the manifest that names it."""

    platform: str = ""
    revision: str = ""
    created: float = 0
    source: str = ""
    digest: str = ""
    manifest: str = ""


def parse_codes(raw: Any) -> frozenset[str]:
    """The codes in a registry's error body."""
    return frozenset(error.text("code") for error in Fields(NAME, "error", raw).parts("errors", "error"))


def parse_manifest(body: Any) -> Manifest:
    """A manifest or an index, of OCI or Docker; told apart by what it has, since its type may be missing."""
    fields = Fields(NAME, "manifest", body)
    annotations = fields.part("annotations")
    revision, source = _revision(annotations), annotations.text(SOURCE)
    if "manifests" in fields:
        listed = fields.required_parts("manifests", "index entry")
        entries = tuple(_entry(each) for each in listed if _is_image(each))
        return Manifest(entries=entries, revision=revision, source=source)
    if "config" not in fields:
        raise fields.unexpected(f"a manifest of the kind `{fields.text('mediaType') or 'schema 1'}`")
    return Manifest(config=_digest(fields.part("config")), revision=revision, source=source)


def _entry(fields: Fields) -> Entry:
    return Entry(_digest(fields), _platform(fields.part("platform")))


def _digest(fields: Fields) -> str:
    digest = fields.required_text("digest")
    if not DIGEST.fullmatch(digest):
        raise fields.unexpected(f"{fields.name} whose digest is none")
    return digest


def _is_image(entry: Fields) -> bool:
    """Not an attestation, which buildx lists beside the image that it is about, for no platform."""
    platform = entry.part("platform")
    unknown = (platform.text("os"), platform.text("architecture")) == ("unknown", "unknown")
    return not unknown and entry.part("annotations").text(REFERENCE) != "attestation-manifest"


def parse_config(raw: Any) -> Config:
    fields = Fields(NAME, "image config", raw)
    labels = fields.part("config").part("Labels")
    return Config(_platform(fields), _revision(labels), fields.moment("created"), labels.text(SOURCE))


def _revision(labels: Fields) -> str:
    """The commit that a label names; anybody may write anything there, and what is no commit is none."""
    text = labels.text(REVISION)
    return text if is_sha(text) else ""


def _platform(fields: Fields) -> str:
    """As `linux/arm64`: v8 is the only variant of arm64 in use, and goes without saying."""
    system, architecture, variant = fields.text("os"), fields.text("architecture"), fields.text("variant")
    if not system or not architecture:
        return ""
    implied = not variant or (architecture, variant) == ("arm64", "v8")
    return "/".join((system, architecture) if implied else (system, architecture, variant))


def pick(entries: tuple[Entry, ...], platform: str) -> Entry | None:
    """The entry for a platform, else the first; None of a manifest that is no index."""
    return next((entry for entry in entries if entry.platform == platform), entries[0] if entries else None)


def platforms(entries: Iterable[Entry], configured: str) -> tuple[str, ...]:
    """Every platform that an image is for, each once: by its index, and by the config that was read."""
    return tuple(dict.fromkeys(name for name in (*(e.platform for e in entries), configured) if name))


def digest_of(header: str, body: bytes) -> str:
    """The digest of a manifest: what the registry says, else what its bytes are."""
    return header if DIGEST.fullmatch(header) else f"sha256:{hashlib.sha256(body).hexdigest()}"
