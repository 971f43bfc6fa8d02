"""GitHub's webhooks: signed, each with an id that a redelivery keeps, and never retried automatically.

Changes of builds are detected by polling the story's state, and delivered to one address.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox import story
from sandbox.github import actions

if TYPE_CHECKING:
    from sandbox.github.payloads import Payloads
    from sandbox.github.repository import Repository
    from sandbox.github.runs import Run
    from sandbox.github.server import GitHub

SECRET = "sandbox-webhook-secret"  # noqa: S105 (it opens this stand-in's bots only)
LOOK_EVERY = 0.02  # seconds
WITHIN = 10.0  # seconds that GitHub waits for an answer
STATUSES = ("queued", "in_progress", "completed")
ACTIONS = {"queued": "requested"}  # a run's first action differs from its status; a job's does not


@dataclass
class Delivery:
    """One delivery. `status` is the answer's (0: no answer, or lost), after `seconds`."""

    event: str
    action: str
    body: bytes
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: int = 0
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def headers(self, secret: str) -> dict[str, str]:
        signature = hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/44a1ba6",
            "X-GitHub-Delivery": self.id,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": "512044871",
            "X-GitHub-Hook-Installation-Target-Type": "repository",
            "X-Hub-Signature-256": f"sha256={signature}",
        }


class Webhooks:
    """Sends webhooks; tests may change these attributes.

    Attributes:
        url: the receiver; empty without a webhook.
        deliveries: all of them, oldest first, lost ones included.
        lose: how many of the next ones are lost.
        repeat: how often each is delivered.
        hold: hold them back until `release`, which sends them in reverse order.
    """

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self.url = ""
        self.secret = SECRET
        self.deliveries: list[Delivery] = []
        self.lose = 0
        self.repeat = 1
        self.hold = False
        self._held: list[Delivery] = []
        self._told: dict[tuple[int, int], int] = {}
        self._heads: dict[str, str] = {}
        self._working: asyncio.Task[None] | None = None

    async def start(self, url: str) -> None:
        """Deliver all events from now on to a URL."""
        self.url = url
        list(self._news())
        self._working = asyncio.create_task(self._work(), name="webhooks")

    async def stop(self) -> None:
        if self._working:
            self._working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._working

    async def release(self) -> None:
        """Send the deliveries that were held back, newest first."""
        self.hold = False
        held, self._held = self._held[::-1], []
        for delivery in held:
            await self.send(delivery)

    async def send(self, delivery: Delivery) -> None:
        """Deliver, or redeliver as a user can on the webhook's page."""
        begun = time.monotonic()
        timeout = aiohttp.ClientTimeout(total=WITHIN)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                headers = delivery.headers(self.secret)
                async with session.post(self.url, data=delivery.body, headers=headers) as answer:
                    delivery.status = answer.status
        delivery.seconds = time.monotonic() - begun

    async def _work(self) -> None:
        while True:
            for delivery in list(self._news()):
                await self._deliver(delivery)
            await asyncio.sleep(LOOK_EVERY)

    async def _deliver(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self.lose:
            self.lose -= 1
        elif self.hold:
            self._held.append(delivery)
        else:
            for _ in range(self.repeat):
                await self.send(delivery)

    # --- events

    def _news(self) -> Iterator[Delivery]:
        """New pushes, and each status of each attempt once, including statuses passed between two polls."""
        for repository in self._github.repositories:
            yield from self._news_of(repository)

    def _news_of(self, repository: Repository) -> Iterator[Delivery]:
        payloads, head = repository.actions.payloads, repository.history.heads[story.BRANCH]
        if head != self._heads.get(repository.name):
            self._heads[repository.name] = head
            yield _push(payloads, repository.history.commits[head])
        for run in repository.runs.shown:
            attempt = run.newest.number
            now = STATUSES.index(run.whole.status(payloads.clock))
            for place in range(self._told.get((run.id, attempt), -1) + 1, now + 1):
                yield of_run(payloads, run, STATUSES[place])
                yield _of_job(payloads, run, STATUSES[place])
            self._told[run.id, attempt] = now


def of_run(payloads: Payloads, run: Run, status: str) -> Delivery:
    """What is told of a run that comes to a status."""
    told = _at(actions.run(payloads, run), status)
    more = {"workflow_run": told, "workflow": actions.workflow(payloads)}
    return _made(payloads, "workflow_run", ACTIONS.get(status, status), more)


def _of_job(payloads: Payloads, run: Run, status: str) -> Delivery:
    job = _at(actions.job(payloads, run, run.newest), status)
    return _made(payloads, "workflow_job", status, {"workflow_job": job})


def _push(payloads: Payloads, commit: story.StoryCommit) -> Delivery:
    told = {"id": commit.sha, "message": commit.message, "author": {"name": commit.author.name}}
    more = {
        "ref": f"refs/heads/{story.BRANCH}",
        "before": commit.parent,
        "after": commit.sha,
        "head_commit": told,
    }
    return _made(payloads, "push", "", {**more, "commits": [told]})


def _made(payloads: Payloads, event: str, action: str, more: dict[str, Any]) -> Delivery:
    common = {
        "repository": payloads.full_repository() | {"has_downloads": False},
        "sender": payloads.user(story.ANA),
    }
    body = {**({"action": action} if action else {}), **more, **common}
    return Delivery(event, action, json.dumps(body).encode())


def _at(payload: dict[str, Any], status: str) -> dict[str, Any]:
    """The payload with an earlier status."""
    conclusion = payload["conclusion"] if status == "completed" else None
    return {**payload, "status": status, "conclusion": conclusion}
