"""Copying 500 variables, compared with one request per variable, one after the other."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx

from bench.apart import apart, parts_over
from bench.harness import Measured, bench
from bot.app import log as logs
from deploy.core.model import Actor, Origin
from deploy.env.kinds import COPY
from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied
from deploy.env.propose import propose, two_owners
from sandbox.world import APP_UUID, STAGING_UUID

if TYPE_CHECKING:
    from bot.app.wiring import Parts

VARIABLES = 500
LATENCY = 0.02  # seconds of the stand-in's latency per request
ROUNDS, RIVALS = 8, 1  # ours includes imports in its first round
API = "/api/v1/applications"
COOLIFY = ("bench.slow_coolify", VARIABLES, LATENCY)


@bench(f"copy {VARIABLES} variables", "s", short="env", seconds=22, bound=0.022)
async def copying() -> Measured:
    """Ours, from the confirmation to the report: plan again, back up, copy with every flag, verify, journal.
    The rival: check two applications, list, and a POST for each variable.

    Each variable has a preview, as Coolify creates them, so ours copies twice as many. There is no rate limit:
    with it, the rival would take two minutes more. Requests are counted from the typed line on.
    """
    logs.configure("error")
    rivals = [await _rival() for _ in range(RIVALS)]
    ours = [await _ours() for _ in range(ROUNDS)]
    requests = max(count for _, count in ours)
    our_rounds, rival_rounds = tuple(took for took, _ in ours), tuple(took for took, _ in rivals)
    took, theirs = min(our_rounds), min(rival_rounds)
    counts = f"{requests} requests beside {rivals[0][1]} (Coolify's limit: 200 a minute)"
    note = f"{theirs / took:.0f} times as fast; {counts}"
    return Measured(took, theirs, note, our_rounds=our_rounds, rival_rounds=rival_rounds)


async def _rival() -> tuple[float, int]:
    """The rival's seconds and number of requests."""
    async with apart(*COOLIFY) as told, _client(told["environment"]) as client:
        begun = time.perf_counter()
        for app in (APP_UUID, STAGING_UUID):
            (await client.get(f"{API}/{app}")).raise_for_status()
        rows = (await client.get(f"{API}/{APP_UUID}/envs")).raise_for_status().json()
        production = [row for row in rows if not row["is_preview"]]
        for row in production:
            body = {name: row[name] for name in ("key", "value", "is_preview", "is_literal", "is_multiline")}
            (await client.post(f"{API}/{STAGING_UUID}/envs", json=body)).raise_for_status()
        return time.perf_counter() - begun, 3 + len(production)


def _client(environment: dict[str, str]) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {environment['FISK_COOLIFY_TOKEN']}", "Accept": "application/json"}
    return httpx.AsyncClient(base_url=environment["FISK_COOLIFY_URL"], headers=headers)


async def _ours() -> tuple[float, int]:
    """Seconds from the confirmation to the report; requests from the typed line on, first plan included."""
    async with apart(*COOLIFY) as told, parts_over(told) as parts:
        before = _asked(parts)
        order = Order(*await two_owners(parts.world, "app", "staging"))
        sure = (await propose(parts.world, order)).sure
        begun = time.perf_counter()
        outcome = await _carried_out(parts, replace(order, sure=sure))
        took = time.perf_counter() - begun
        assert isinstance(outcome, EnvCopied), outcome
        assert len(outcome.lines) == 2 * VARIABLES
        return took, _asked(parts) - before


async def _carried_out(parts: Parts, order: Order) -> object:
    now = await parts.world.memory.now()
    operation = COPY.operation(order, now, actor=Actor("cli:bench"), origin=Origin("terminal"))
    await parts.engine.submit(operation)
    await parts.engine.idle()
    return (await parts.world.memory.journal.load(operation.id)).outcome


def _asked(parts: Parts) -> int:
    labels = {"system": "Coolify", "outcome": "ok"}
    return int(parts.metrics.registry.get_sample_value("fisk_requests_total", labels) or 0)
