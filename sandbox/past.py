"""What fisk did before the story began, as its record has it: deploys, one of which was put back, and a rollback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.core.events import Event, Finished, StepFailed, StepFinished
from deploy.core.model import Actor, Arguments, Commit, Operation, Origin, Resource
from deploy.deploys.arguments import DeployArguments, RollbackArguments
from deploy.deploys.deployers.deployer import Pointed
from deploy.deploys.errors import DeploymentFailed
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis import codec
from sandbox import story

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.redis.connect import State
    from sandbox.clock import Clock

HOUR = 60 * story.MINUTE
TOOK = 130.0  # seconds
KEPT = 90 * 86_400  # seconds
STEPS = ("resolve", "gates", "point", "trigger", "watch", "prove")
FAILS_AT, FAILS_AFTER = "watch", 90.0
SICK = DeploymentFailed(
    sha=story.SICK[:7],
    state="failed",
    why="New container is not healthy, rolling back to the old container",
    deployment="n4kw0cs8gsco4s4c",
)
ANA, MARKO = Actor("U024BE7LH", "ana"), Actor("U0MARKO01", "marko")


@dataclass(frozen=True, slots=True)
class Did:
    """An operation on the app, which ended at that second of the story."""

    id: str
    actor: Actor
    at: float
    sha: str
    previous: str = ""
    back: bool = False
    put_back: bool = False


DONE = (
    Did("d-2cfn4w", ANA, -212 * HOUR, story.COLLIDING),
    Did("d-6hk9tz", MARKO, -190 * HOUR, story.OTHER_TWIN, story.COLLIDING),
    Did("d-8mw3qd", MARKO, -94.5 * HOUR, story.MULTI_ARCH, story.OTHER_TWIN),
    Did("r-5vgx7b", ANA, -92 * HOUR, story.OTHER_TWIN, story.MULTI_ARCH, back=True),
    Did("d-9pjr4s", MARKO, -74 * HOUR, story.MULTI_ARCH, story.OTHER_TWIN),
    Did("d-3tdz8c", ANA, -25 * HOUR, story.RUNS, story.MULTI_ARCH),
    Did("d-7bqn5h", MARKO, -2.5 * HOUR, story.SICK, story.RUNS, put_back=True),
)


async def remember(state: State, clock: Clock) -> None:
    """Write it into the bots' memory."""
    journal = Journal(state, KINDS)
    for did in DONE:
        await _write(journal, did, clock)


async def _write(journal: Journal, did: Did, clock: Clock) -> None:
    """One operation, as the journal's scripts leave it, with times that are past."""
    state, ended = journal.state, clock.stamp(did.at)
    operation, outcome = _operation(did, ended - TOOK), _outcome(did, clock)
    record, at = journal.records, int(ended * 1000)
    signed = {
        "operation": record.dump_operation(operation),
        "outcome": record.dump_outcome(outcome),
        "step:point": codec.dump(Pointed, Pointed(did.sha[:7], ())),
        "step": "look" if did.put_back else "close on GitHub",
    }
    fields = {name: journal.signed(did.id, name, text) for name, text in signed.items()}
    fields |= {"state": outcome.status, "seen": str(at), "finished": str(at), "fence": "0"}
    hash_ = state.key(f"op:{did.id}")
    await state.ask("HSET", hash_, *(part for field in fields.items() for part in field))
    for moment, event in _events(did, ended, outcome):
        text = journal.told(did.id, event)
        await state.ask("XADD", f"{hash_}:events", int(moment * 1000), "event", text)
    for key in (hash_, f"{hash_}:events"):
        await state.ask("EXPIRE", key, KEPT)
    await state.ask("ZADD", state.key("history"), at, did.id)


def _operation(did: Did, begun: float) -> Operation:
    arguments: Arguments = (RollbackArguments if did.back else DeployArguments)("app", did.sha)
    kind = "rollback" if did.back else "deploy"
    line = f"{kind} app {did.sha[:7]}" if did.back else f"{kind} {did.sha[:7]}"
    app = (Resource("app", "app"),)
    return Operation(
        did.id, kind, did.actor, Origin("terminal"), arguments, app, begun, decided="team", line=line
    )


def _outcome(did: Did, clock: Clock) -> Outcome:
    if did.put_back:
        return PutBack(SICK.failure, "app", did.previous, healthy=True, redeployed=False)
    brought = () if did.back else tuple(_brought(did, clock))
    return Deployed("app", did.sha, did.previous, "", TOOK, "not proven", brought, going_back=did.back)


def _brought(did: Did, clock: Clock) -> Iterator[Commit]:
    """The commits since the previous one, oldest first, as GitHub compares."""
    mine = [story.COMMITS[did.sha]]
    while mine[-1].parent not in {"", did.previous}:
        mine.append(story.COMMITS[mine[-1].parent])
    for each in reversed(mine if did.previous else []):
        author = each.author
        at, parents = clock.stamp(each.at), (each.parent,)
        yield Commit(each.sha, each.title, author.name, author.login, at, parents=parents)


def _events(did: Did, ended: float, outcome: Outcome) -> Iterator[tuple[float, Event]]:
    """Each with its time."""
    begun = ended - TOOK
    for number, step in enumerate(STEPS):
        if did.put_back and step == FAILS_AT:
            yield begun + FAILS_AFTER, StepFailed(step, 0, SICK.failure)
            break
        yield begun + number + 1, StepFinished(step, 0)
    yield ended, Finished(0, outcome)
