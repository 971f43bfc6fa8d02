"""A container of a service: what its program does once it is started."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sandbox.printed import Line

if TYPE_CHECKING:
    from sandbox.container import Container
    from sandbox.registry import Shipped

EXPECTED, BAKED = "EXPECTED_GIT_SHA", "GIT_SHA"  # the commit that is wanted, and that of the image
PLATFORMS = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}
KEEPS_GOING = {"always", "unless-stopped", "on-failure"}


def start(container: Container, shipped: Shipped, processor: str, *, crashes: bool) -> None:
    """Start a worker: it runs, or says why not and exits, and Docker starts it again and again."""
    container.started = time.time()
    why = _why_not(container.variables, shipped, processor, crashes=crashes)
    if not why:
        container.status = "running"
        container.logs.append(Line(time.time(), f"worker {shipped.sha[:7]} waits for jobs"))
        return
    container.status = "restarting" if container.policy in KEEPS_GOING else "exited"
    container.exit_code = 1
    container.logs.append(Line(time.time(), why, error=True))


def _why_not(variables: dict[str, str], shipped: Shipped, processor: str, *, crashes: bool) -> str:
    """The platform's workers compare the commit that is wanted with their own (facts/platform.md)."""
    if PLATFORMS[processor] not in shipped.platforms:
        return "exec /usr/local/bin/docker-entrypoint.sh: exec format error"
    wanted, own = variables.get(EXPECTED, ""), shipped.sha
    if wanted and wanted != own:
        return f"expected {wanted}, but this image is {own}: exiting"
    if crashes or not shipped.healthy:
        return "TypeError: Cannot read properties of undefined (reading 'url')"
    return ""
