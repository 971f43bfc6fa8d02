"""Texts of `replicas`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.replicas import ReplicasTable
from deploy.core.units import age
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.engine.replicas import Replica
    from deploy.engine.snapshot import Snapshot


@reply_text.register(ReplicasTable)
def _replicas(reply: ReplicasTable, fmt: Format) -> Text:
    lines = [] if reply.replicas else ["No bot gives a sign of life."]
    for replica in reply.replicas:
        lines += [_alive(replica, reply.now, fmt), *_runs(reply.running, replica.runner, fmt)]
    bots = {replica.runner for replica in reply.replicas}
    others = sorted({each.runner for each in reply.running} - bots)
    for runner in others:
        lines += [_other(runner, fmt), *_runs(reply.running, runner, fmt)]
    return "\n".join(lines), ()


def _alive(replica: Replica, now: float, fmt: Format) -> str:
    if not replica.version:
        return f"{_name(replica.runner, fmt)}   alive, of another version of fisk"
    return (
        f"{_name(replica.runner, fmt)}   fisk {fmt.escape(replica.version)}, for {age(now - replica.since)}"
    )


def _other(runner: str, fmt: Format) -> str:
    if not runner:
        return "Waiting for a runner:"
    return f"{_name(runner, fmt)}   no bot that is alive: a terminal, or its lease runs out"


def _name(runner: str, fmt: Format) -> str:
    """`HOST:PID:RANDOM` as people know it."""
    host, _, rest = runner.partition(":")
    return fmt.escape(f"{host} (process {rest.partition(':')[0]})")


def _runs(running: Iterable[Snapshot], runner: str, fmt: Format) -> list[str]:
    return [_run(each, fmt) for each in running if each.runner == runner]


def _run(snapshot: Snapshot, fmt: Format) -> str:
    operation = snapshot.operation
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    busy = fmt.escape(f"{KINDS.busy(operation)}, {step}")
    return f"      {operation.id}: {fmt.person(operation.actor)} {busy}"
