"""fisk's ways to the sandbox's machines, and the target that runs on one of them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from deploy.core.model import Target
from deploy.systems.buildkit import BuildKit
from deploy.systems.hosts import BuildKitSpec, Host
from deploy.systems.ssh import Ssh
from sandbox.hosts import BUILDKIT
from sandbox.ssh import USER

if TYPE_CHECKING:
    from sandbox.world import World as Sandbox


def ssh_to(outside: Sandbox, name: str) -> Ssh:
    """fisk's connection to one of the sandbox's machines."""
    hosts = outside.hosts
    return Ssh(
        Host(name, "127.0.0.1", USER, hosts.sshd[name].port, str(hosts.key(name)), str(hosts.known_hosts)),
        connect_within=10,
    )


def buildkit_of(outside: Sandbox, ssh: Ssh) -> BuildKit:
    return BuildKit(BuildKitSpec("vps01", address=BUILDKIT, port=outside.hosts.port), ssh)


def workers_of(outside: Sandbox) -> Target:
    """The target that compose runs, as the sandbox's fisk.toml has it."""
    table = tomllib.loads(outside.config_toml())["targets"]["workers"]
    return TypeAdapter(Target).validate_python({"name": "workers", **table})
