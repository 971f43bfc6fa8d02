"""Image manifests as a registry stores them: raw bytes under their real sha256 digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"
IN_TOTO = "application/vnd.in-toto+json"
SOURCE = "https://github.com/Wandeon/FiskAI"  # the label that says which repository an image is about


@dataclass(frozen=True, slots=True)
class Blob:
    """A piece of content; a manifest is one too."""

    media_type: str
    body: bytes

    @property
    def digest(self) -> str:
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"

    @property
    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "digest": self.digest, "size": len(self.body)}


def _json(media_type: str, content: dict[str, Any]) -> Blob:
    return Blob(media_type, json.dumps(content, separators=(",", ":")).encode())


def _platform(platform: str) -> dict[str, str]:
    os, architecture = platform.split("/")[:2]
    return {"architecture": architecture, "os": os}


def config(platform: str, layer: Blob, revision: str, created: str, source: str = SOURCE) -> Blob:
    """The config blob, which alone has the platform and revision of a single manifest."""
    labels = {
        "org.opencontainers.image.revision": revision,
        "org.opencontainers.image.source": source,
    }
    content = {
        **_platform(platform),
        "created": created,
        "config": {"Cmd": ["node", "server.js"], "ExposedPorts": {"3000/tcp": {}}, "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
    }
    return _json(OCI_CONFIG, content)


def manifest(config: Blob, layers: Iterable[Blob]) -> Blob:
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor,
        "layers": [layer.descriptor for layer in layers],
    }
    return _json(OCI_MANIFEST, content)


def image(
    platform: str, sha: str, revision: str, created: str, source: str = SOURCE, of: str = ""
) -> tuple[Blob, ...]:
    """All blobs of a single image, its manifest first. It is of the commit `sha`, whatever its label says; `of` tells
    it from other images of that commit.
    """
    layer = Blob(OCI_LAYER, f"layer of {sha} for {platform}{of and f' in {of}'}".encode())
    blob = config(platform, layer, revision, created, source)
    return manifest(blob, [layer]), blob, layer


def attestation(of: Blob) -> tuple[Blob, ...]:
    """The provenance manifest that buildx pushes with an image; its platform is `unknown/unknown`."""
    statement = Blob(IN_TOTO, json.dumps({"subject": of.digest}).encode())
    empty = _json(OCI_CONFIG, {"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {}})
    return manifest(empty, [statement]), empty, statement


def index(images: Iterable[tuple[str, Blob]], attestations: Iterable[tuple[Blob, Blob]]) -> Blob:
    """An index of (platform, manifest) and (attestation, the manifest that it is for)."""
    entries = [{**blob.descriptor, "platform": _platform(platform)} for platform, blob in images]
    for blob, subject in attestations:
        about = {
            "vnd.docker.reference.digest": subject.digest,
            "vnd.docker.reference.type": "attestation-manifest",
        }
        unknown = {"architecture": "unknown", "os": "unknown"}
        entries.append({**blob.descriptor, "annotations": about, "platform": unknown})
    return _json(OCI_INDEX, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})


def cache() -> tuple[Blob, ...]:
    """BuildKit's registry cache: an index of layers, with a cache config."""
    layer = Blob(OCI_LAYER, b"a cached layer")
    records = _json(CACHE_CONFIG, {"layers": [{"blob": layer.digest}], "records": [{"digest": layer.digest}]})
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [layer.descriptor, records.descriptor],
    }
    return _json(OCI_INDEX, content), layer, records
