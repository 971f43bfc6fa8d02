"""The self-hosted runner's service on its host: what systemd says of it, and restarting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.hosts import RunnerSpec
    from deploy.systems.ssh import Ssh


class RunnerService:
    """The service of one runner; `ssh` is None where its host is not configured."""

    def __init__(self, spec: RunnerSpec, ssh: Ssh | None) -> None:
        self.spec = spec
        self.ssh = ssh
