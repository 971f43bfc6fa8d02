"""Coolify's deployment queue of one server: deduplication, concurrency limits, cancelling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.coolify import version as changes
from sandbox.coolify.deployments import CANCELLED, FINISHED, SERVER, Deployment
from sandbox.coolify.ids import new_uuid
from sandbox.coolify.job import Gate, Job

if TYPE_CHECKING:
    from sandbox.coolify.applications import App
    from sandbox.host import Host

CONCURRENT = 2
QUEUE_LIMIT = 25
PAST_SECONDS = 95.0  # that a deployment of the past took


@dataclass(frozen=True, slots=True)
class Requested:
    """What became of a request to deploy: `queued`, `skipped` or `full`, and the row if there is one."""

    what: str
    deployment: Deployment | None = None


class Queue:
    """The deployments of one server. `seconds` is a deployment's duration in real time.

    `older` says whether this Coolify is older than a version; `limit` is how many may wait; `scan` is how
    long after a deployment, in real seconds, the container scan corrects the application's status.
    """

    def __init__(self, host: Host, seconds: float, older: Callable[[str], bool]) -> None:
        self.seconds = seconds
        self.scan = seconds
        self.limit = QUEUE_LIMIT
        self.rows: list[Deployment] = []
        self._host = host
        self._older = older
        self._gate = Gate()
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(
        self, app: App, commit: str, *, force: bool = False, rollback: bool = False, limited: bool = True
    ) -> Requested:
        """Queue a deployment, unless the queue is full, or one with the same key waits or runs already."""
        app.deploys += 1
        if limited and sum(row.waiting for row in self.rows) >= self.limit:
            return Requested("full")
        same = any(row.active and row.app is app and row.commit == commit for row in self.rows)
        if same and not (force or rollback):
            return Requested("skipped")
        row = self.add(app, commit, force=force, rollback=rollback)
        self.start_next()
        return Requested("queued", row)

    def add(self, app: App, commit: str, **more: Any) -> Deployment:
        row = Deployment(len(self.rows) + 1, new_uuid(), app, commit, **more)
        self.rows.append(row)
        return row

    def remember(self, app: App, commit: str, at: float) -> Deployment:
        """Add a past deployment, asked for at an epoch second."""
        row = self.add(app, commit, created=at)
        row.say(
            f"Starting deployment of {app.reference(pins=not self._older(changes.DIGEST_TAGS))} to {SERVER}."
        )
        row.say("Rolling update completed.")
        row.status, row.updated = FINISHED, at + PAST_SECONDS
        return row

    def find(self, uuid: str) -> Deployment | None:
        return next((row for row in self.rows if row.uuid == uuid), None)

    def of(self, app: App) -> list[Deployment]:
        """An application's rows, newest first."""
        return [row for row in reversed(self.rows) if row.app is app]

    def cancel(self, row: Deployment, *, start_next: bool) -> None:
        """Mark a deployment cancelled; its job stops at its next step."""
        row.become(CANCELLED)
        row.say("Deployment cancelled by user via API.", error=True)
        if start_next:
            self.start_next()

    def start_next(self) -> None:
        """Start queued jobs within the limits: one per application, two per server."""
        working = [row for row in self.rows if row.working]
        for row in self.rows:
            if len(working) >= CONCURRENT:
                return
            if row.waiting and all(other.app is not row.app for other in working):
                row.claimed = True
                working.append(row)
                self._spawn(self._work(row))

    def freeze(self, behind: str = "") -> None:
        """Block every job at its next step until `thaw`; with `behind`, from a log line with that prefix on."""
        self._gate.shut(behind)

    @property
    def frozen(self) -> bool:
        return self._gate.is_shut

    def thaw(self) -> None:
        self._gate.open()

    async def stop(self) -> None:
        """Cancel all jobs' tasks."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, row: Deployment) -> None:
        await Job(row, self._host, self.seconds, self._gate, self._older).run()
        if row.status != CANCELLED:
            self.start_next()
        self._spawn(self._scan(row.app))

    async def _scan(self, app: App) -> None:
        await asyncio.sleep(self.scan)
        container = self._host.running.get(app.target)
        health = "healthy" if container and container.healthy else "unhealthy"
        app.status = f"running:{health}" if container else "exited"

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
