"""Latency from a webhook to fisk's reaction under load, and the cost of polling without changes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bench.harness import Measured, bench
from bench.heap import kept
from bench.processes import FISK, running, settings
from bot.app.settings import Settings
from bot.app.tables import ChannelSettings
from bot.app.wiring import opened
from deploy.notices.store import Notices, Rules
from deploy.notices.watch import Every, Watch
from deploy.redis.mutex import Mutex
from sandbox import story
from sandbox.clock import iso
from sandbox.github import actions
from sandbox.images import image
from sandbox.world import World

if TYPE_CHECKING:
    from bench.driver import Driver

SECRET = "bench-webhook-secret"
EACH_SECOND = 100  # webhooks
NEWS_EVERY = 50  # webhooks
WARM_UP, SECONDS = 3, 50
SETTLED_WITHIN = 10.0
UP_WITHIN = 30.0
LOOKS = 1000
Delivery = tuple[bytes, dict[str, str], str]  # body, headers, and the commit that it is news of
CHANNELS = '\n[channels.builds]\nC0DEPLOYS = "all"\n'
ANSWERS: dict[str, dict[str, Any]] = {
    "auth.test": {"team_id": "T0FISK001", "user_id": "U0FISK001", "bot_id": "B0FISK001"},
    "chat.postMessage": {"channel": "C0DEPLOYS", "ts": "1700000000.000100"},
}


@dataclass
class Outside:
    """Slack, GitHub and the registry in one, without latency; records the first request for each commit."""

    sent: dict[str, float] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    url: str = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[dict[str, str]]:
        """Serve until the end of the block; yields the settings of a bot for this server."""
        site = web.Application()
        site.add_routes(
            [
                web.post("/slack/{method}", self._slack),
                web.get("/v2/{name:.+}/manifests/{tag}", self._manifest),
                web.get("/v2/{name:.+}/blobs/{digest}", self._blob),
                web.get("/repos/{repository:.+}/commits/{sha}", self._commit),
                web.get("/repos/{repository:.+}/runs", self._runs),
            ]
        )
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield {
                "FISK_SLACK_API_URL": f"{self.url}/slack/",
                "FISK_SLACK_SIGNING_SECRET": "bench-signing-secret",
                "FISK_GITHUB_URL": self.url,
                "FISK_GITHUB_REPOSITORY": story.REPOSITORY,
                "FISK_GITHUB_WEBHOOK_SECRET": SECRET,
                "FISK_REGISTRY_URL": self.url,
            }
        finally:
            await runner.cleanup()

    async def _slack(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, **ANSWERS.get(request.match_info["method"], {})})

    async def _manifest(self, request: web.Request) -> web.Response:
        sha = request.match_info["tag"]
        self.asked.setdefault(sha, time.perf_counter())
        made, *_ = image(story.PLATFORM, sha, sha, iso(0))
        return web.Response(body=made.body, content_type=made.media_type)

    async def _blob(self, _: web.Request) -> web.Response:
        return web.json_response({"os": "linux", "architecture": "arm64"})

    async def _commit(self, request: web.Request) -> web.Response:
        inner = {"message": "Round VAT per line", "author": {"name": "Ana", "date": iso(0)}}
        return web.json_response({"sha": request.match_info["sha"], "commit": inner})

    async def _runs(self, _: web.Request) -> web.Response:
        return web.json_response({"total_count": 0, "workflow_runs": []})

    # --- GitHub's webhooks

    async def tell(self, bot: str, seconds: int) -> list[float]:
        """Send EACH_SECOND webhooks a second for `seconds`; return each answer's latency in seconds."""
        took: list[float] = []
        deliveries = self._deliveries(seconds * EACH_SECOND)
        with kept():
            await self._tell(bot, deliveries, took)
        return took

    async def _tell(self, bot: str, deliveries: Sequence[Delivery], took: list[float]) -> None:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
            asyncio.TaskGroup() as group,
        ):
            begun = time.perf_counter()
            for number, (body, headers, sha) in enumerate(deliveries):
                await asyncio.sleep(begun + number / EACH_SECOND - time.perf_counter())
                group.create_task(self._deliver(session, bot, body, headers, sha, took))

    async def _deliver(
        self,
        session: aiohttp.ClientSession,
        bot: str,
        body: bytes,
        headers: dict[str, str],
        sha: str,
        took: list[float],
    ) -> None:
        begun = time.perf_counter()
        if sha:
            self.sent[sha] = begun
        async with session.post(f"{bot}/github/webhook", data=body, headers=headers) as answer:
            assert answer.status in {200, 202}, await answer.text()
        took.append(time.perf_counter() - begun)

    def _deliveries(self, count: int) -> list[Delivery]:
        """Build all deliveries in advance: some relevant, else jobs, pushes, and runs of other branches."""
        github = World(speed=0).github
        run = actions.run(github.actions.payloads, github.runs.all[-1])
        return [self._delivery(run, next(numbers), news=place % NEWS_EVERY == 0) for place in range(count)]

    def _delivery(self, run: dict[str, Any], number: int, *, news: bool) -> Delivery:
        sha = hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest()
        event = "workflow_run" if news else ("workflow_run", "workflow_job", "push")[number % 3]
        now = iso(time.time())
        told = run | {
            "id": number, "head_sha": sha, "head_branch": story.BRANCH if news else "feature", "status": "completed",
            "conclusion": "success", "updated_at": now, "run_started_at": now,
        }  # fmt: skip
        body = json.dumps({"action": "completed", event: told, "repository": told["repository"]}).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": f"bench-{number}",
            "X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}",
        }
        return body, headers, sha if news else ""


numbers = itertools.count(1_000_000)


@bench(
    "webhook to the first call for it, p99 at 100 a second",
    "ms",
    short="webhook",
    seconds=56,
    bound=40,
    better="lower",
)
async def acted_upon() -> Measured:
    """From a webhook's first byte to fisk's first request to the registry for it; two a second are relevant."""
    outside = Outside()
    async with outside.serving() as more, settings(cast("Driver", _NoDriver())) as environment:
        _listen(Path(environment["FISK_CONFIG"]))
        async with running(FISK, {**environment, **more}):
            bot = f"http://{environment['FISK_BIND']}"
            await _ready(f"http://{environment['FISK_METRICS_BIND']}")
            await outside.tell(bot, WARM_UP)
            await _settled(outside)
            outside.sent.clear()
            answers = await outside.tell(bot, SECONDS)
            await _settled(outside)
    took = [outside.asked[sha] - sent for sha, sent in outside.sent.items()]
    note = (
        f"median {statistics.median(took) * 1000:.1f} ms of {len(took)}; answers to all"
        f" {len(answers):,}: median {statistics.median(answers) * 1000:.1f} ms, p99 {_p99(answers) * 1000:.1f} ms"
    )
    return Measured(_p99(took) * 1000, note=note, our_rounds=tuple(each * 1000 for each in took))


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[98]


class _NoDriver:
    """Stands in for a Driver: Outside serves Slack."""

    environment: ClassVar = {"FISK_SLACK_BOT_TOKEN": "xoxb-bench"}


def _listen(settings: Path) -> None:
    settings.write_text(settings.read_text() + CHANNELS)


async def _ready(metrics: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(UP_WITHIN):
        while True:
            try:
                async with session.get(f"{metrics}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


async def _settled(outside: Outside) -> None:
    async with asyncio.timeout(SETTLED_WITHIN):
        while set(outside.sent) - set(outside.asked):  # noqa: ASYNC110 (another process asks)
            await asyncio.sleep(0.01)


@bench(
    "calls that GitHub counts in 1,000 looks while nothing changes",
    "calls",
    short="looks",
    seconds=8,
    bound=0,
    better="lower",
)
async def looked() -> Measured:
    """Against the stand-in, which counts requests like GitHub: an authorised 304 is free."""
    with tempfile.TemporaryDirectory(prefix="fisk-bench-") as folder:
        async with World(speed=0) as outside, opened(_looking(outside, Path(folder))) as parts:
            turns = Mutex(parts.state, "bench")
            watch = Watch(
                parts.world, Notices(parts.state), parts.world.memory.stores.of(Rules), turns, Every()
            )
            await watch.look()
            window = outside.github.allowance.window(outside.github.token)
            before, begun = window.used, time.perf_counter()
            for _ in range(LOOKS):
                await watch.look()
            each = (time.perf_counter() - begun) / LOOKS
            return Measured(
                window.used - before, note=f"{each * 1000:.1f} ms a look, GitHub's stand-in included"
            )


def _looking(outside: World, folder: Path) -> Settings:
    told = outside.environment()
    target = {"image": "ghcr.io/wandeon/fiskai-app", "app": "uuid", "health": "http://127.0.0.1:1/"}
    return Settings(
        _env_file=None,
        state=folder,
        github_url=told["FISK_GITHUB_URL"],
        github_token=SecretStr(told["FISK_GITHUB_TOKEN"]),
        github_repository=story.REPOSITORY,
        targets={"app": target},
        channels=ChannelSettings(builds={"C0DEPLOYS": "all"}),
    )
