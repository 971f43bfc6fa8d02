"""The registry client against Debian's docker-registry with real images."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import socket
import subprocess
import tarfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.core.model import Image
from deploy.systems.registry import Registry
from sandbox import images
from sandbox.images import Blob
from sandbox.ports import free_port

pytestmark = pytest.mark.debian("docker-registry")

NAME, REVISION = "wandeon/fiskai-app", "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"
CREATED, AT = "2023-11-14T22:13:20.123456789Z", 1_700_000_000.123456
OCI = (images.OCI_MANIFEST, images.OCI_CONFIG, images.OCI_LAYER, images.OCI_INDEX)
DOCKER = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
CONFIG = """
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@pytest.fixture
def registry_url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    config = tmp_path / "config.yml"
    config.write_text(CONFIG.format(folder=tmp_path / "data", port=port))
    clean = {key: value for key, value in os.environ.items() if not key.startswith("REGISTRY_")}
    server = subprocess.Popen(
        ["/usr/bin/docker-registry", "serve", str(config)],
        env={**clean, "OTEL_TRACES_EXPORTER": "none"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            assert server.poll() is None, "docker-registry ended at once"
            assert time.monotonic() < until, "docker-registry does not listen"
        else:
            return


@pytest.fixture
async def client(registry_url: str) -> AsyncIterator[Registry]:
    registry = Registry(registry_url)
    yield registry
    await registry.aclose()


def layer() -> tuple[bytes, str]:
    """A layer with one file, and the digest of what it unpacks to."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        content = b"console.log('fiskai')\n"
        member = tarfile.TarInfo("server.js")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return gzip.compress(tar.getvalue(), mtime=0), f"sha256:{hashlib.sha256(tar.getvalue()).hexdigest()}"


def image(types: tuple[str, str, str, str], architecture: str = "arm64") -> tuple[Blob, Blob, Blob]:
    """A manifest, its config and its layer."""
    packed, diff_id = layer()
    config = Blob(
        types[1],
        json.dumps(
            {
                "architecture": architecture,
                "os": "linux",
                "created": CREATED,
                "config": {
                    "Cmd": ["node", "server.js"],
                    "Labels": {"org.opencontainers.image.revision": REVISION},
                },
                "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            }
        ).encode(),
    )
    packed_layer = Blob(types[2], packed)
    manifest = _json(types[0], {"config": config.descriptor, "layers": [packed_layer.descriptor]})
    return manifest, config, packed_layer


def _json(media_type: str, content: dict[str, Any]) -> Blob:
    return Blob(media_type, json.dumps({"schemaVersion": 2, "mediaType": media_type, **content}).encode())


def push(url: str, tag: str, manifest: Blob, *blobs: Blob) -> None:
    """As a builder does it: the blobs first, then what refers to them."""
    with httpx.Client(base_url=url) as http:
        for blob in blobs:
            where = http.post(f"/v2/{NAME}/blobs/uploads/").raise_for_status().headers["Location"]
            target = httpx.URL(where).copy_merge_params({"digest": blob.digest})
            headers = {"Content-Type": "application/octet-stream"}
            http.put(target, content=blob.body, headers=headers).raise_for_status()
        headers = {"Content-Type": manifest.media_type}
        path = f"/v2/{NAME}/manifests/{tag}"
        http.put(path, content=manifest.body, headers=headers).raise_for_status()


@pytest.mark.parametrize("types", [OCI, DOCKER], ids=["oci", "docker"])
async def test_a_single_arm64_image_is_read_whole(
    client: Registry, registry_url: str, types: tuple[str, str, str, str]
) -> None:
    manifest, *blobs = image(types)
    push(registry_url, REVISION, manifest, *blobs)
    repository = f"ghcr.io/{NAME}"
    assert await client.image(repository, REVISION) == Image(
        repository=repository,
        tag=REVISION,
        digest=manifest.digest,
        platforms=("linux/arm64",),
        revision=REVISION,
        created=AT,
        manifest=manifest.digest,
        config=blobs[0].digest,
    )


async def test_an_index_with_an_attestation_is_for_one_platform(client: Registry, registry_url: str) -> None:
    manifest, *blobs = image(OCI)
    attestation, *evidence = images.attestation(manifest)
    push(registry_url, "arm64", manifest, *blobs)
    push(registry_url, "attestation", attestation, *evidence)
    index = images.index([("linux/arm64", manifest)], [(attestation, manifest)])
    push(registry_url, "latest", index)
    repository = f"ghcr.io/{NAME}"
    assert await client.image(repository, "latest") == Image(
        repository=repository,
        tag="latest",
        digest=index.digest,
        platforms=("linux/arm64",),
        revision=REVISION,
        created=AT,
        manifest=manifest.digest,
        config=blobs[0].digest,
    )


async def test_dockers_manifest_list_is_for_both_platforms(client: Registry, registry_url: str) -> None:
    listed = []
    for architecture in ("amd64", "arm64"):
        manifest, *blobs = image(DOCKER, architecture)
        push(registry_url, architecture, manifest, *blobs)
        platform = {"os": "linux", "architecture": architecture}
        listed.append({**manifest.descriptor, "platform": platform})
    both = _json(DOCKER[3], {"manifests": listed})
    push(registry_url, "both", both)
    repository = f"ghcr.io/{NAME}"
    assert await client.image(repository, "both") == Image(
        repository=repository,
        tag="both",
        digest=both.digest,
        platforms=("linux/amd64", "linux/arm64"),
        revision=REVISION,
        created=AT,
        manifest=manifest.digest,
        config=blobs[0].digest,
    )


async def test_an_unknown_tag_and_an_unknown_name_are_no_image(client: Registry, registry_url: str) -> None:
    manifest, *blobs = image(OCI)
    push(registry_url, "latest", manifest, *blobs)
    assert await client.image(f"ghcr.io/{NAME}", "nope") is None
    assert await client.image("ghcr.io/wandeon/nope", "latest") is None
