"""Shared fixtures: markers for tools that a machine may lack, and a real Valkey."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.app import places
from deploy.engine import inbox
from deploy.redis import connect, embedded

DEBIAN = {
    "chromium": "/usr/bin/chromium",
    "docker-registry": "/usr/bin/docker-registry",
    "openssh-server": "/usr/sbin/sshd",
    "docker.io": "/usr/sbin/dockerd",
    "docker-compose": "/usr/bin/docker-compose",
    "iproute2": "/usr/sbin/ip",
    "iptables": "/usr/sbin/iptables",
    "busybox-static": "/bin/busybox",
    "prometheus": "/usr/bin/promtool",
    "redis-server": "/usr/bin/redis-server",
    "redis-sentinel": "/usr/bin/redis-sentinel",
    "systemd": "/usr/bin/systemd-analyze",
}


os.environ["TZ"] = "UTC"  # a terminal shows times in its own zone
time.tzset()


def _missing(item: pytest.Item) -> list[str]:
    packages = [name for mark in item.iter_markers("debian") for name in mark.args]
    missing = [name for name in packages if not os.path.exists(DEBIAN[name])]  # noqa: PTH110
    if item.get_closest_marker("node") and not (shutil.which("node") and shutil.which("npm")):
        missing.append("node and npm")
    if item.get_closest_marker("root") and os.geteuid() != 0:
        missing.append("root")
    return missing


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, naming them, where packages are missing; on CI that is a failure instead."""
    if missing := _missing(item):
        reason = f"needs {', '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, which CI must have", pytrace=False)
        pytest.skip(reason)


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may keep a test waiting for longer than fisk waits for its memory, except for an `outage`."""
    if not request.node.get_closest_marker("outage"):
        monkeypatch.setattr(connect, "ANSWER_WITHIN", 10.0)
        monkeypatch.setattr(connect, "START_WITHIN", 60.0)
        monkeypatch.setattr(inbox, "WITHIN", 10.0)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither /etc/fisk nor a `.env` in this clone decides a test: the folder in which it stands is the project's."""
    monkeypatch.setattr(places, "SYSTEM", Path("/nowhere"))
    monkeypatch.setattr(places, "PROJECT", Path())


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """One embedded Valkey for the whole session, by URL."""
    with tempfile.TemporaryDirectory(prefix="fisk-test-") as folder:
        server = embedded.Server(Path(folder))
        server.join()
        yield f"unix://{server.socket}"
        server.leave()


@pytest.fixture
def valkey_url(valkey_server: str) -> Iterator[str]:
    """The session's Valkey, empty; a test that leaves a key which nothing will ever remove fails."""
    with Redis.from_url(valkey_server, decode_responses=True) as redis:
        redis.flushall()
        yield valkey_server
        stray = [key for key in redis.keys("*") if not _allowed(redis, key)]
    assert stray == [], "keys outside the known index, or without the TTL that they must have"


LASTING = {
    "doctor",
    "key",
    "epoch",
    "confirmed",
    "recovered",
    "locks",
    "holds",
    "leases",
    "fence",
    "audit",
    "audit:head",
    "audit:anchor",
    "audit:sent",
    "refusals",
    "invited",
    "refusals:head",
    "refusals:anchor",
    "inbox",
    "outbox",
    "replicas",
    "home",
    "wake",
    "history",
    "builds",
    "notify",
    "follows",
    "watching",
}


def _allowed(redis: Redis, key: str) -> bool:
    """A known key: one that lasts and is trimmed, one with a TTL, or an unfinished operation's."""
    tag, _, name = key.partition(":")
    if not (tag.startswith("{") and tag.endswith("}")):
        return False
    kind, _, rest = name.partition(":")
    if name in LASTING or kind == "releases":
        return True
    if redis.ttl(key) > 0 and kind in {
        "op",
        "once",
        "build",
        "notice",
        "mutex",
        "cache",
        "sight",
        "inbox",
        "slack",
        "outbox",
        "replica",
        "steady",
    }:
        return True
    return kind == "op" and redis.zscore(f"{tag}:leases", rest.removesuffix(":events")) is not None
