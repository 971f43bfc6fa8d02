"""The self-hosted runner's service on its host: what systemd says of it, and restarting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.values import dataclass
from deploy.systems.host import stdout

if TYPE_CHECKING:
    from deploy.systems.hosts import RunnerSpec
    from deploy.systems.ssh import Ssh

PROPERTIES = ("LoadState", "ActiveState", "SubState", "InvocationID", "MainPID")
RESTART_WITHIN = 90.0  # seconds; a runner gets time to end its job


@dataclass(frozen=True, slots=True)
class Service:
    """A systemd service: `state` such as `active (running)`; `run` is another one after each start."""

    state: str
    run: str

    @property
    def active(self) -> bool:
        return self.state.startswith("active")


class RunnerService:
    """The service of one runner; `ssh` is None where its host is not configured.

    Every method may raise errors.HostFailure.
    """

    def __init__(self, spec: RunnerSpec, ssh: Ssh | None) -> None:
        self.spec = spec
        self.ssh = ssh

    async def service(self) -> Service:
        """What systemd says. Raises errors.NoSuchService where it knows none."""
        show = ["systemctl", "show", f"--property={','.join(PROPERTIES)}", self.spec.service]
        shown = dict(line.partition("=")[::2] for line in (await stdout(self.host(), show)).splitlines())
        if shown.get("LoadState") == "not-found":
            raise errors.NoSuchService(system=self.host().host.name, service=self.spec.service)
        run = shown.get("InvocationID") or shown.get("MainPID", "")
        return Service(f"{shown.get('ActiveState', 'unknown')} ({shown.get('SubState', 'unknown')})", run)

    async def restart(self) -> None:
        """Returns when systemd has started it again."""
        await stdout(self.host(), self.restarting(), within=RESTART_WITHIN)

    def restarting(self) -> tuple[str, ...]:
        """The command that restarts it."""
        return self.host().host.as_root("systemctl", "restart", self.spec.service)

    def host(self) -> Ssh:
        """Its host. Raises errors.NotOnAHost where that is not configured."""
        if self.ssh is None or not self.spec.service:
            raise errors.NotOnAHost(
                what="where the runner's service is", table="[runner] with host and service"
            )
        return self.ssh
