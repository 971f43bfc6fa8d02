"""The shipped command lists for a restricted ssh key, parsed as by docs/install/fisk-gate."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.systems.hosts import BuildKitSpec
from sandbox.hosts import BUILDKIT
from sandbox.world import UUIDS

if TYPE_CHECKING:
    from sandbox.hosts import Hosts

LISTS = Path(__file__).resolve().parents[1] / "docs" / "install"
MAY = "fisk-gate may "  # asks whether a command is on the list
MAY_SUDO, SUDO = "sudo -n -l ", "sudo -n "  # asks sudo likewise, where no gate is
ID = "(sha256:)?[0-9a-f]{64}"
SERVICE = "[A-Za-z0-9][A-Za-z0-9_.-]*"
WORKERS = "/opt/fiskai-workers"
PLATFORM = BuildKitSpec("vps01", "100.64.123.81")


def stray(hosts: Hosts) -> list[str]:
    """What fisk sent to a machine of the sandbox's and the list for that machine does not have."""
    return [
        f"{server.machine.name}: {line}"
        for server in hosts.sshd.values()
        for line in dict.fromkeys(server.machine.lines)
        if not allowed(server.machine.name, as_on_the_platform(line, hosts))
    ]


def as_on_the_platform(line: str, hosts: Hosts) -> str:
    """With the platform's address, port and folder, and any application as the list names it."""
    line = line.replace(str(hosts.workers), WORKERS)
    line = line.replace(f"{BUILDKIT}:{hosts.port}:", f"{PLATFORM.address}:{PLATFORM.port}:")
    for uuid in UUIDS.values():
        line = line.replace(uuid, "COOLIFY-APPLICATION-UUID")
    return line


def allowed(machine: str, line: str) -> bool:
    line = line.removeprefix(MAY).replace(MAY_SUDO, SUDO)
    listed = (LISTS / f"fisk-gate.{machine}").read_text().splitlines()
    return any(re.fullmatch(_pattern(each), line) for each in listed if each and not each.startswith("#"))


def _pattern(listed: str) -> str:
    exact = re.escape(listed).replace("<ids>", f"{ID}( {ID})*").replace("<id>", ID)
    exact = exact.replace("<services>", f"{SERVICE}( {SERVICE})*")
    return exact.replace("<n>", "[0-9]{1,4}").replace("<mb>", "[0-9]{1,7}")
