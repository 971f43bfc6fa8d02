"""Answers of each system: what the stand-ins say, changed, packed, cut off, or of another kind."""

from __future__ import annotations

import gzip
import json
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import httpx
from pydantic import SecretStr

from deploy.core.errors import FiskError
from deploy.systems.buildkit import parse_cache, parse_disk, parse_listening, parse_workers
from deploy.systems.coolify.coolify import Coolify
from deploy.systems.docker import parse_container
from deploy.systems.github import GitHub
from deploy.systems.health import HealthUrl
from deploy.systems.http import Http
from deploy.systems.registry import Registry
from tests.fuzz.pieces import raw, text

SHA, WHEN, DIGEST = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c", "2023-11-14T22:13:20Z", f"sha256:{'a' * 64}"
COMMIT = {
    "sha": SHA, "html_url": f"https://github.com/x/y/commit/{SHA}", "parents": [{"sha": SHA}],
    "commit": {"message": "Round VAT\n\nmore", "author": {"name": "Ana", "date": WHEN}, "committer": {"date": WHEN}},
    "author": {"login": "ana"}, "files": [{"filename": "lib/vat.ts"}],
}  # fmt: skip
RUN = {
    "id": 7, "name": "Build", "head_branch": "main", "head_sha": SHA, "path": ".github/workflows/build.yml",
    "event": "push", "status": "completed", "conclusion": "failure", "run_attempt": 1, "display_title": "Round",
    "html_url": "https://github.com/x", "created_at": WHEN, "updated_at": WHEN, "run_started_at": WHEN,
    "actor": {"login": "ana"},
}  # fmt: skip
STEP = {"name": "Build", "status": "completed", "conclusion": "failure", "number": 1, "started_at": WHEN}
JOB = {
    "id": 9, "name": "build", "status": "completed", "conclusion": "failure", "started_at": WHEN, "steps": [STEP],
    "completed_at": WHEN, "runner_name": "vps", "labels": ["self-hosted"], "run_attempt": 1, "head_sha": SHA,
}  # fmt: skip
RUNNER = {"id": 1, "name": "vps", "status": "online", "busy": True, "labels": [{"name": "x86"}]}
APPLICATION = {
    "uuid": "abc", "name": "app", "status": "running:healthy", "build_pack": "dockerimage",
    "docker_registry_image_name": "ghcr.io/acme/app", "docker_registry_image_tag": SHA, "git_commit_sha": SHA,
    "health_check_enabled": True, "environment_id": 1, "destination": {"server": {"name": "vps"}},
}  # fmt: skip
ENTRY = {
    "command": None,
    "output": "Pulling",
    "type": "stderr",
    "hidden": False,
    "timestamp": WHEN,
    "batch": 1,
}
DEPLOYMENT = {
    "deployment_uuid": "d1", "status": "failed", "commit": SHA, "created_at": WHEN, "application_name": "app",
    "logs": json.dumps([ENTRY, ENTRY]), "application_id": "1",
}  # fmt: skip
VARIABLE = {
    "uuid": "v",
    "key": "A",
    "value": "b",
    "real_value": "'b'",
    "is_preview": False,
    "is_literal": True,
}
MANIFEST = {
    "schemaVersion": 2, "config": {"digest": DIGEST}, "layers": [], "annotations": {},
    "manifests": [{"digest": DIGEST, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}],
}  # fmt: skip
CONFIG = {"os": "linux", "architecture": "arm64", "created": WHEN, "config": {"Labels": {"a": "b"}}}
TOKEN = {"token": "t", "expires_in": 300, "issued_at": WHEN}
REFUSAL = {"message": "Validation failed.", "errors": {"a": ["b"]}, "documentation_url": "https://docs"}
CONTAINER = [{
    "Id": "a" * 64, "Name": "/app", "Image": DIGEST, "RestartCount": 0, "Created": WHEN,
    "State": {"Status": "running", "Running": True, "StartedAt": WHEN, "ExitCode": 0, "Health": {"Status": "healthy"}},
    "Config": {"Image": "ghcr.io/acme/app:1", "Env": ["A=b"], "Labels": {"x": "y"}},
    "HostConfig": {"RestartPolicy": {"Name": "always"}}, "NetworkSettings": {"Ports": {"80/tcp": None}},
}]  # fmt: skip
BODIES: tuple[Any, ...] = (
    COMMIT, [COMMIT], {"status": "ahead", "ahead_by": 1, "commits": [COMMIT], "files": [{"filename": "a"}]},
    {"total_count": 1, "workflow_runs": [RUN]}, RUN, {"total_count": 1, "jobs": [JOB]}, [{"message": "lost"}],
    {"total_count": 1, "runners": [RUNNER]}, {"id": 1, "full_name": "x/y"}, [{"path": "a.yml", "type": "file"}],
    APPLICATION, DEPLOYMENT, [DEPLOYMENT], {"count": 1, "deployments": [DEPLOYMENT]}, [VARIABLE], [APPLICATION],
    {"deployments": [{"message": "queued", "resource_uuid": "abc", "deployment_uuid": "d1"}]}, {"logs": "a\nb"},
    MANIFEST, CONFIG, TOKEN, {"errors": [{"code": "MANIFEST_UNKNOWN"}]}, REFUSAL, {"version": "1", "commit": SHA},
    "4.1.0", None,
)  # fmt: skip
PASSWORD = SecretStr("pat")
STATUSES = (200,) * 12 + (201, 204, 301, 302, 304, 400, 401, 403, 404, 409, 422, 429, 500, 503, 999)
HEADERS = (
    ("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Content-Encoding", "gzip, gzip"),
    ("Content-Encoding", "br"), ("Location", "/elsewhere"), ("Location", "https://evil.example/"), ("Location", "http://[::1"),
    ("WWW-Authenticate", 'Bearer realm="https://registry.example/token",service="r",scope="s"'),
    ("WWW-Authenticate", 'Bearer realm="https://evil.example/token"'), ("WWW-Authenticate", 'Basic realm="r"'),
    ("WWW-Authenticate", 'Bearer realm="https://[::1"'), ("Retry-After", "soon"), ("Retry-After", "1e9"),
    ("Retry-After", "-5"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "never"), ("ETag", '"e"'),
    ("Link", '<https://evil.example/>; rel="next"'), ("Link", "<"), ("Docker-Content-Digest", DIGEST),
    ("Docker-Content-Digest", "sha256:short"), ("x-ratelimit-limit", "x"),
)  # fmt: skip


class Answers(httpx.AsyncBaseTransport):
    """Answers whatever is asked, each time differently, and notes who gets a password."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.told: set[str] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization", "").startswith(("Basic", "Bearer own")):
            self.told.add(request.url.host)
        random = self._random
        headers = random.sample(HEADERS, random.choice((0, 0, 1, 2)))
        body = raw(random, random.choice(BODIES))
        if ("Content-Encoding", "gzip") in headers and random.random() < 0.8:
            body = gzip.compress(body, 1)
        return httpx.Response(random.choice(STATUSES), headers=headers, stream=httpx.ByteStream(body))


async def no_sleep(_seconds: float) -> None:
    """Pauses between tries are not of interest."""


def _http(system: str, transport: Answers) -> Http:
    return Http(
        system,
        "https://own.example",
        headers={"Authorization": "Bearer own"},
        transport=transport,
        sleep=no_sleep,
    )


def _github(transport: Answers) -> GitHub:
    return GitHub(_http("GitHub", transport), "Wandeon/FiskAI")


def _coolify(transport: Answers) -> Coolify:
    return Coolify(_http("Coolify", transport))


def _registry(transport: Answers) -> Registry:
    return Registry("https://registry.example", "ana", PASSWORD, transport=transport)


Call = Callable[[Any], Awaitable[object]]
GITHUB: tuple[Call, ...] = (
    lambda github: github.commit("main"), lambda github: github.ancestors(SHA),
    lambda github: github.compare(SHA, "main"), lambda github: github.pushes("main"),
    lambda github: github.run(7), lambda github: github.jobs(7), lambda github: github.lasting_jobs(7),
    lambda github: github.log(9), lambda github: github.pushed(9), lambda github: github.annotations(9),
    lambda github: github.runners(), lambda github: github.organisation_runners(), lambda github: github.identity(),
    lambda github: github.files(".github/workflows"), lambda github: github.text("a.yml"),
    lambda github: github.rerun(7), lambda github: github.cancel(7), lambda github: github.builds("build.yml"),
)  # fmt: skip
COOLIFY: tuple[Call, ...] = (
    lambda coolify: coolify.version(), lambda coolify: coolify.application("abc"),
    lambda coolify: coolify.deployment("d1"), lambda coolify: coolify.printed("d1"),
    lambda coolify: coolify.active(), lambda coolify: coolify.deployments("abc"), lambda coolify: coolify.owners(),
    lambda coolify: coolify.variables("abc"), lambda coolify: coolify.logs("abc", 10),
    lambda coolify: coolify.deploy("abc"), lambda coolify: coolify.rights("abc"), lambda coolify: coolify.cancel("d1"),
)  # fmt: skip
REGISTRY: tuple[Call, ...] = (
    lambda registry: registry.image("registry.example/acme/app", "v1"),
    lambda registry: registry.digest("registry.example/acme/app", "v1"),
)
HEALTH: tuple[Call, ...] = (
    lambda health: health.probe("https://own.example/health"),
    lambda health: health.fetch("https://own.example/", 5),
)
HOSTS: tuple[Callable[[str], object], ...] = (
    lambda printed: parse_container("vps", printed),
    lambda printed: parse_listening(printed, 1234),
    parse_workers,
    parse_disk,
    lambda printed: parse_cache("vps", printed),
)


async def case(random: Random) -> None:
    """An answer is read, or it is a failure of that system; and no other host is told a token or a password."""
    transport = Answers(random)
    try:
        await random.choice((_ask_github, _ask_coolify, _ask_registry, _ask_health, _ask_host))(
            random, transport
        )
    except FiskError as error:
        assert error.failure.sentence  # noqa: PT017 (either is right)
    assert transport.told <= {"own.example", "registry.example"}


async def _ask_github(random: Random, transport: Answers) -> None:
    await random.choice(GITHUB)(_github(transport))


async def _ask_coolify(random: Random, transport: Answers) -> None:
    await random.choice(COOLIFY)(_coolify(transport))


async def _ask_registry(random: Random, transport: Answers) -> None:
    await random.choice(REGISTRY)(_registry(transport))


async def _ask_health(random: Random, transport: Answers) -> None:
    await random.choice(HEALTH)(HealthUrl(transport=transport))


async def _ask_host(random: Random, _: Answers) -> None:
    printed = raw(random, CONTAINER).decode("utf-8", "replace") if random.random() < 0.7 else text(random)
    random.choice(HOSTS)(printed)
