"""Two hundred operations under way on one replica: how late its loop turns, and how late Slack shows that one ended.

Each deploys to a target of its own, and waits in Coolify's queue, which works on two deployments at a time. Slack takes
50 edits a minute and a post a second in each channel, Coolify 200 requests a minute.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bench.fleet import Fleet, Kind
from bench.harness import Measured, bench
from bench.staged import journal_of
from bot.slack.messages import TS
from sandbox.coolify.access import PER_MINUTE
from sandbox.github.stories import APP
from sandbox.slack.cast import FISK, Channel
from sandbox.stage import Stage
from sandbox.story import BUILT, RUNS

if TYPE_CHECKING:
    from deploy.engine.journal import Journal
    from deploy.engine.snapshot import Snapshot
    from sandbox.bot import Bot
    from sandbox.slack import Workspace

UNDER_WAY = 200
LASTS = 25.0  # seconds of the measurement
BEGUN = UNDER_WAY + 22  # so many end before it is over
LAG, SHOWN = 0.020, 3.0  # seconds: the bounds of the loop's lag, p99, and of the latest end that Slack shows
TAKES = 2.9  # seconds of a deployment, of which the stand-in spends nine tenths: 46 of them end in a minute
STARTING = 24  # operations on their way to Coolify's queue
CHANNELS = tuple(Channel(f"C0MANY{n:03}", f"many-{n}", members={FISK.id, "U024BE7LH"}) for n in range(20))
METRIC = "fisk_loop_lag_seconds_bucket"
LOOK_EVERY = 0.1
WITHIN = 60.0
SETTINGS = {  # fisk's defaults, but that one person types all the lines
    "FISK_LINES_PER_MINUTE": "0",
    "FISK_POLL_SECONDS": "2",
    "FISK_HEALTHY_SECONDS": "10",
    "FISK_HEALTHY_WITHIN": "120",
    "FISK_DEPLOY_WITHIN": "900",
}
Buckets = Mapping[float, float]  # how many turns of the loop came at most so many seconds late


@bench("200 operations under way, lag and ends shown", "of a bound", short="many", seconds=70, bound=1.0)
async def many() -> Measured:
    """What is nearer to its bound: the lag of the loop, p99, or the latest final state in Slack."""
    fleet = Fleet(deploy_seconds=TAKES, kinds=(Kind("app", BEGUN, APP, (RUNS,)),))
    stage = Stage(world=fleet, settings=SETTINGS)
    stage.slack.workspace.channels |= {each.id: each for each in CHANNELS}
    async with stage, journal_of(stage) as journal:
        await _begin(stage, fleet)
        fleet.coolify.access.limit(PER_MINUTE)
        await _first_end(journal)
        lag, shown = await _measured(stage, journal)
        await stage.bots[0].kill()  # rather than wait for two hundred deployments
    figures = f"lag {lag * 1000:.1f} ms, p99; the latest end was shown after {shown:.2f} s"
    return Measured(max(lag / LAG, shown / SHOWN), note=figures)


async def _begin(stage: Stage, fleet: Fleet) -> None:
    """Begin them all, as fast as they reach Coolify's queue, in which nothing is worked on before."""
    fleet.coolify.queue.freeze()
    lines = zip(fleet.places, itertools.cycle(CHANNELS), strict=False)
    begun = 0
    async with asyncio.timeout(WITHIN):
        while (queued := sum(row.active for row in fleet.coolify.queue.rows)) < BEGUN:
            some = [*itertools.islice(lines, STARTING - (begun - queued))]
            await asyncio.gather(*(_deploy(stage, target, channel) for target, channel in some))
            begun += len(some)
            await asyncio.sleep(LOOK_EVERY)
    fleet.coolify.queue.thaw()


async def _deploy(stage: Stage, target: str, channel: Channel) -> None:
    receipt = await stage.slack.command("ana", channel.id, "/fisk", f"deploy {BUILT} --to {target}")
    assert not receipt.error, receipt


async def _first_end(journal: Journal) -> None:
    async with asyncio.timeout(WITHIN):
        while len(await journal.running()) == BEGUN:  # noqa: ASYNC110 (another process has no Event)
            await asyncio.sleep(LOOK_EVERY)


async def _measured(stage: Stage, journal: Journal) -> tuple[float, float]:
    """The loop's lag, p99, and how long Slack did not show that an operation had ended, at worst; both in seconds."""
    everything = [each.operation.id for each in await journal.running()]
    begun, before = await journal.now(), await _turns(stage.bots[0])
    await asyncio.sleep(LASTS)
    over, after = await journal.now(), await _turns(stage.bots[0])
    assert len(await journal.running()) >= UNDER_WAY, "too few were under way"
    await asyncio.sleep(SHOWN)
    ended = [each for id_ in everything if begun <= (each := await journal.load(id_)).finished < over]
    now = await journal.now()
    lag = quantile(0.99, {edge: count - before[edge] for edge, count in after.items()})
    return lag, max(_shown_at(stage.slack.workspace, each, now) - each.finished for each in ended)


async def _turns(bot: Bot) -> Buckets:
    async with aiohttp.ClientSession() as session, session.get(f"{bot.metrics_url}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    samples = (sample for family in families for sample in family.samples if sample.name == METRIC)
    return {float(sample.labels["le"]): sample.value for sample in samples}


def quantile(share: float, buckets: Buckets) -> float:
    """By a straight line through the bucket that it is in, as Prometheus has it; of the last one its lower edge."""
    rank, below, least = share * max(buckets.values()), 0.0, 0.0
    for edge, count in sorted(buckets.items()):
        if count >= rank:
            return least if edge == inf else least + (edge - least) * (rank - below) / (count - below)
        below, least = count, edge
    return least


def _shown_at(workspace: Workspace, ended: Snapshot, now: float) -> float:
    """When its live message became its outcome, which alone is signed with its id; now, where it has not yet."""
    channel, _, ts = ended.marks[TS].partition(" ")
    signed = f"_{ended.operation.id} · "
    versions = workspace.find(channel, ts).versions if ts else ()
    return next((each.at for each in versions if signed in each.text), now)
