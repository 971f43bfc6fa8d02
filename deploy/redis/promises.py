"""What a Redis or Valkey keeps, by its own settings, and what is not promised without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from redis.asyncio.sentinel import SentinelConnectionPool

from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from deploy.redis.servers import View

FOREVER = "noeviction"
TO_WRITE, MAX_LAG, FSYNC = "min-replicas-to-write", "min-replicas-max-lag", "appendfsync"
CONFIG = (TO_WRITE, MAX_LAG, FSYNC)
LONGEST_LAG = 5  # seconds within which a master that is cut off refuses writes
RIGHT = "Give fisk's user `+config|get`, or look yourself."


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What the server says of itself; `appends` and `policy` are None where it does not.

    Attributes:
        replicas: that follow the master; `wanted`: that must have a write before it counts; `could`: that could take
            over.
        config: what it is set to, of those in CONFIG.
    """

    appends: bool | None
    writes_well: bool
    policy: str | None
    replicas: int
    wanted: int
    could: int
    sentinel: bool
    config: Mapping[str, str] | Unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """`told` is what is so, `lost` what is not promised for it; empty where all is. Unless `known`, it may be lost."""

    told: str
    lost: str = ""
    fix: str = ""
    known: bool = True


async def server_settings(state: State) -> ServerSettings:
    """Ask the server. Raises errors.StateUnavailable."""
    sentinel = isinstance(state.redis.connection_pool, SentinelConnectionPool)
    return read(await state.about(), await _config(state), await state.look(), sentinel=sentinel)


async def _config(state: State) -> Mapping[str, str] | Unknown:
    try:
        told = await state.ask("CONFIG", "GET", *CONFIG)
    except errors.MemoryForbids:
        return Unknown("fisk's user may not use CONFIG GET")
    except errors.StateUnavailable:
        return Unknown("the server does not take CONFIG GET")
    return dict(zip(told[::2], told[1::2], strict=True))


def read(
    info: Mapping[str, Any], config: Mapping[str, str] | Unknown, view: View, *, sentinel: bool
) -> ServerSettings:
    """The server's INFO and CONFIG, and what it is among others."""
    return ServerSettings(
        appends=bool(info["aof_enabled"]) if "aof_enabled" in info else None,
        writes_well=info.get("aof_last_write_status", "ok") == "ok",
        policy=info.get("maxmemory_policy"),
        replicas=view.online,
        wanted=view.wanted,
        could=view.could,
        sentinel=sentinel,
        config=config,
    )


def findings(it: ServerSettings) -> Iterator[Finding]:
    """All that is not as it must be, or not known."""
    for found in (persists(it), keeps(it), replicates(it)):
        if found.lost:
            yield found


def sentence(it: Finding) -> str:
    """What is so, what that costs, and what to do."""
    return f"{it.told}, so it is not {'promised that' if it.known else 'known whether'} {it.lost}. {it.fix}"


def persists(it: ServerSettings) -> Finding:
    """Locks and the journal must survive a power cut."""
    lost = "what was acknowledged survives a crash of the server"
    if it.appends is None:
        return Finding(
            "it does not tell whether its append-only file is on", lost, "Look yourself.", known=False
        )
    if not it.appends:
        fix = "Set `appendonly yes` and `appendfsync always` in its configuration."
        return Finding("its append-only file is off", lost, fix)
    if not it.writes_well:
        fix = "Look at its log and at the disk that it writes to."
        return Finding("it could not write its append-only file lately", lost, fix)
    return _synced(it)


def _synced(it: ServerSettings) -> Finding:
    told, lost = "its append-only file is on", "the last second before a power cut survives it"
    if isinstance(it.config, Unknown):
        return Finding(f"{told}; {FSYNC} is not known, because {it.config.why}", lost, RIGHT, known=False)
    if (fsync := it.config.get(FSYNC)) != "always":
        return Finding(f"{told}, but {FSYNC} is {fsync}", lost, f"Set `{FSYNC} always`.")
    return Finding(told)


def keeps(it: ServerSettings) -> Finding:
    """A lock that was evicted lets two deploys run."""
    lost = "no lock is evicted, which would let two deploys run"
    if it.policy is None:
        return Finding("it does not tell its maxmemory-policy", lost, "Look yourself.", known=False)
    if it.policy != FOREVER:
        return Finding(f"maxmemory-policy {it.policy}", lost, f"Set `maxmemory-policy {FOREVER}`.")
    return Finding(f"maxmemory-policy {FOREVER}")


def replicates(it: ServerSettings) -> Finding:
    """A master that is cut off must not go on taking writes; who is alone has nobody to hand over to."""
    if it.replicas < it.wanted:
        fix = "Bring the replicas back; where one is gone for good, set FISK_REDIS_REPLICAS."
        return Finding(f"{it.replicas} of {it.wanted} replicas follow it", "an operation begins", fix)
    if it.wanted < it.could:
        told, fix = (
            f"FISK_REDIS_REPLICAS is {it.wanted}, and {it.could} replicas could take over",
            "Unset it.",
        )
        return Finding(told, "what was acknowledged survives a failover", fix)
    if not it.replicas:
        lost = "another server takes over when this one is lost" if it.sentinel else ""
        return Finding(replicas(it), lost, "Start a replica: `replicaof HOST PORT`." if lost else "")
    return _cut_off(it)


def _cut_off(it: ServerSettings) -> Finding:
    lost, needed = (
        "a master that is cut off refuses writes, which are lost at a failover",
        majority(it.replicas),
    )
    if isinstance(it.config, Unknown):
        told = f"{TO_WRITE} is not known, because {it.config.why}"
        return Finding(f"{replicas(it)}; {told}", lost, RIGHT, known=False)
    to_write, lag = int(it.config.get(TO_WRITE, 0)), int(it.config.get(MAX_LAG, 0))
    told = f"{replicas(it)}, {TO_WRITE} {to_write}, {MAX_LAG} {lag}"
    if to_write < needed or not 0 < lag <= LONGEST_LAG:
        return Finding(told, lost, f"Set `{TO_WRITE} {needed}` and `{MAX_LAG} 2` on every server.")
    return Finding(told)


def replicas(it: ServerSettings) -> str:
    """How many there are."""
    return f"{it.replicas or 'no'} replica{'' if it.replicas == 1 else 's'}"


def majority(replicas: int) -> int:
    """How many of them make a majority together with the master."""
    return (replicas + 1) // 2
