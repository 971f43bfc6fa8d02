"""The steps of Coolify's deployment job for an image application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.coolify import version as changes
from sandbox.coolify.deployments import CANCELLED, FAILED, FINISHED, IN_PROGRESS, SERVER, Deployment
from sandbox.host import Container, Host, PullFailed

if TYPE_CHECKING:
    from sandbox.coolify.applications import App
    from sandbox.registry import Shipped

ATTEMPTS = 4
RULE, LINE = "=" * 40, "-" * 40

# Each step's share of a deployment's whole time.
WAIT, PREPARE, PULL, START, ATTEMPT, REMOVE = 0.1, 0.1, 0.25, 0.15, 0.1, 0.1

# The status column between a deployment and the next container scan: the job writes a bare
# `running`, which the API then reads as this.
UNSCANNED = "running:unhealthy"


class Cancelled(Exception):
    """The deployment was cancelled."""


class Failed(Exception):
    """A command of the deployment has failed, with this output."""

    def __init__(self, command: str, error: str) -> None:
        super().__init__(error)
        self.error = error
        self.whole = f"Command execution failed (exit code 1): {command}\nError: {error}"


class Unhealthy(Exception):
    """The new container did not become healthy; the old one goes on."""


class Gate:
    """Blocks jobs before each step while it is shut."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._behind = ""

    def shut(self, behind: str = "") -> None:
        """Shut now, or when a job's log has a line with the prefix `behind`."""
        self._behind = behind
        if not behind:
            self._open.clear()

    @property
    def is_shut(self) -> bool:
        return not self._open.is_set()

    def open(self) -> None:
        self._behind = ""
        self._open.set()

    async def passed(self, row: Deployment, seconds: float) -> None:
        if self._behind and any(line["output"].startswith(self._behind) for line in row.lines):
            self.shut()
        await asyncio.sleep(seconds)
        await self._open.wait()


class Job:
    """One run of the job, which takes about `seconds`, and passes the gate before each step."""

    def __init__(
        self, row: Deployment, host: Host, seconds: float, gate: Gate, older: Callable[[str], bool]
    ) -> None:
        self._row, self._host, self._seconds, self._gate, self._older = row, host, seconds, gate, older

    @property
    def _app(self) -> App:
        return self._row.app

    async def run(self) -> None:
        try:
            await self._deploy()
        except Cancelled:
            return
        except Failed as failed:
            self._log_failure(failed)
            self._row.become(FAILED)
        except Unhealthy:
            self._row.say("New container is not healthy, rolling back to the old container.")
            self._row.become(FAILED)

    def _log_failure(self, failed: Failed) -> None:
        """As each version marks the cause (ApplicationDeploymentJob, failed; ExecuteRemoteCommand)."""
        if self._older(changes.FAILURE_IN_ONE_ENTRY):
            self._row.say("Oops something is not okay, are you okay? 😢", error=True)
            self._row.say(f"{failed.error}\nexit status 1", error=True)
        elif self._older(changes.FAILURE_BETWEEN_RULES):
            self._row.say(f"Deployment failed: {failed.whole}", error=True)
        else:
            step = "Rolling update failed (App\\Exceptions\\DeploymentException)"
            self._row.say(RULE, error=True)
            self._row.say(f"Deployment failed: {step}: {failed.whole}", error=True)
            self._row.say("Error code: 1", error=True, hidden=True)
            self._row.say(RULE, error=True)
        self._row.say("Deployment failed. Removing the new version of your application.", error=True)
        self._row.say(f"Gracefully shutting down build container: {self._row.uuid}")

    async def _deploy(self) -> None:
        await self._pause(WAIT)
        self._row.become(IN_PROGRESS)
        image = self._app.reference(
            pins=not self._older(changes.DIGEST_TAGS)
        )  # read now, not when it was queued
        self._row.say(f"Starting deployment of {image} to {SERVER}.")
        await self._pause(PREPARE)
        rolling = self._app.rolling
        if not rolling:
            await self._stop_old()
        shipped = await self._pull(image)
        container = await self._start(shipped, image)
        if rolling and self._app.columns["health_check_enabled"]:
            await self._check(container)
        await self._take_over(container)
        self._finish()

    async def _stop_old(self) -> None:
        self._row.say("Removing old containers: this application cannot be updated by rolling.")
        self._host.running.pop(self._app.target, None)
        self._app.status = "exited"
        await self._pause(0)

    async def _pull(self, image: str) -> Shipped:
        self._row.say(f"Pulling image {image}.")
        self._row.say("", command=f"docker pull {image}", hidden=True)
        await self._pause(PULL)
        try:
            return self._host.pull(image)
        except PullFailed as failed:
            command = f"docker exec {self._row.uuid} bash -c 'docker compose pull'"
            raise Failed(command, f"Error response from daemon: {failed}") from failed

    async def _start(self, shipped: Shipped, image: str) -> Container:
        self._row.say("Rolling update started." if self._app.rolling else "Starting the application.")
        self._row.say("", command="docker compose up -d --force-recreate", hidden=True)
        await self._pause(START)
        container = Container.of(shipped, image)
        self._row.say("New container started.")
        return container

    async def _check(self, container: Container) -> None:
        """Wait for the new container's health; the old one keeps running meanwhile."""
        try:
            await self._attempts(container)
        except Cancelled:
            if self._app.taken_over_when_cancelled:
                self._host.running[self._app.target] = container
            raise

    async def _attempts(self, container: Container) -> None:
        self._row.say("Waiting for healthcheck to pass on the new container.")
        for attempt in range(1, ATTEMPTS + 1):
            await self._pause(ATTEMPT)
            health = "healthy" if container.healthy and attempt > 1 else "starting"
            self._row.say(f"Attempt {attempt} of {ATTEMPTS} | Healthcheck status: {health}")
            if health == "healthy":
                return
        self._row.say("Healthcheck logs: GET /api/health answered 503 | Return code: 1")
        self._row.say("New container is unhealthy.", error=True)
        self._show_logs(container)
        raise Unhealthy

    def _show_logs(self, container: Container) -> None:
        """Whatever the application printed, as stderr."""
        self._row.say(LINE)
        self._row.say("Container logs:")
        printed = "\n".join(line.text for line in container.logs)
        self._row.say(printed, command=f"docker logs -n 100 {self._app.uuid}", error=True)
        self._row.say(LINE)

    async def _take_over(self, container: Container) -> None:
        self._row.say("Removing old containers.")
        await self._pause(REMOVE)
        self._host.running[self._app.target] = container
        self._app.status = UNSCANNED

    def _finish(self) -> None:
        """Set `finished` before the post-deployment command, as Coolify does, whatever its result."""
        self._row.say("Rolling update completed." if self._app.rolling else "Application started.")
        self._row.become(FINISHED)
        if command := self._app.columns["post_deployment_command"]:
            self._row.say("Executing the post-deployment command.")
            self._row.say("", command=f"docker exec {self._app.name} sh -c '{command}'", hidden=True)

    async def _pause(self, share: float) -> None:
        await self._gate.passed(self._row, share * self._seconds)
        if self._row.status == CANCELLED:
            raise Cancelled
