"""The doctor's scheduled rounds: changes since the last one are reported once across replicas."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.doctor.changes import Change, News, compare
from deploy.doctor.last_verdicts import MESSAGE, LastVerdicts
from deploy.doctor.rounds import MUTEX, Rounds
from deploy.doctor.verdicts import Finding, Verdict
from deploy.engine.outbox import Outbox
from deploy.redis import codec
from deploy.redis.mutex import Mutex

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient


def rounds(patient: Patient, replica: str = "r1") -> Rounds:
    state = patient.parts.state
    return Rounds(patient.parts.world, LastVerdicts(state), Mutex(state, replica), hours=1)


async def later(patient: Patient) -> None:
    """An hour has passed."""
    await patient.parts.state.ask("DEL", patient.parts.state.key("once:doctor"))


async def messages(patient: Patient) -> list[News]:
    outbox, found = Outbox(patient.parts.state), []
    while message := await outbox.take("r1", 0.01):
        assert message.kind == MESSAGE
        found.append(codec.load(News, message.about))
        await outbox.sent(message)
    return found


def told(news: News) -> list[tuple[Verdict, str, Verdict]]:
    return [(change.was, change.finding.id, change.finding.verdict) for change in news.changes]


async def test_only_what_changed_is_news(patient: Patient) -> None:
    doctor, network = rounds(patient), patient.outside.hosts.vps01.network
    assert await doctor.look() is None
    guarded = list(network.chains["INPUT"])
    network.chains["INPUT"] = ["-P INPUT ACCEPT"]
    await later(patient)
    await doctor.look()
    await later(patient)
    await doctor.look()
    network.chains["INPUT"] = guarded
    await later(patient)
    await doctor.look()
    assert [told(news) for news in await messages(patient)] == [
        [("holds", "buildkit.input", "broken")],
        [("broken", "buildkit.input", "holds")],
    ]


async def test_at_the_first_look_all_that_does_not_hold_is_news(patient: Patient) -> None:
    patient.outside.github.runs.online = False
    patient.outside.registry.faults.queue("*", status=500, times=100)
    await rounds(patient).look()
    (news,) = await messages(patient)
    assert ("holds", "runner.online", "broken") in told(news)
    assert {verdict for *_, verdict in told(news)} == {"broken", "unknown"}


async def test_it_looks_when_it_is_due_and_not_before(patient: Patient) -> None:
    doctor = rounds(patient)
    await doctor.look()
    patient.outside.github.runs.online = False
    assert await doctor.look() is None
    await later(patient)
    assert await doctor.look() is not None


async def test_replicas_that_look_at_once_tell_it_once(patient: Patient) -> None:
    patient.outside.github.runs.online = False
    await asyncio.gather(*(rounds(patient, replica).look() for replica in ("r1", "r2", "r3")))
    assert len(await messages(patient)) == 1


async def test_a_replica_that_died_in_its_look_holds_nobody_up_for_good(patient: Patient) -> None:
    patient.outside.github.runs.online = False
    dead = Mutex(patient.parts.state, "dead")
    assert await dead.take(MUTEX, 60)
    assert await rounds(patient).look() is None
    await patient.parts.state.ask("DEL", patient.parts.state.key(f"mutex:{MUTEX}"))  # its time is over
    assert await rounds(patient).look() is not None
    assert len(await messages(patient)) == 1


async def test_a_look_that_was_overtaken_changes_nothing(patient: Patient) -> None:
    """It began before another one was written down, and ends after it."""
    seen = await patient.look()
    last_verdicts = LastVerdicts(patient.parts.state)
    await last_verdicts.keep(seen, 60)
    state = patient.parts.state
    before = await state.ask("GET", state.key("doctor"))
    assert (
        await state.run("last_verdicts", (state.key("doctor"), state.key("outbox")), "other", "x", "y") == 0
    )
    assert await state.ask("GET", state.key("doctor")) == before


@pytest.mark.parametrize(
    ("before", "verdict", "change"),
    [
        ({}, "holds", None),
        ({}, "broken", "holds"),
        ({"a.b": "broken"}, "broken", None),
        ({"a.b": "broken", "gone": "broken"}, "holds", "broken"),
        ({"a.b": "holds"}, "unknown", "holds"),
    ],
)
def test_a_change_is_another_verdict(
    before: dict[str, Verdict], verdict: Verdict, change: Verdict | None
) -> None:
    finding = Finding("a.b", "It is so", verdict, "seen")
    assert compare(before, [finding]) == ((Change(change, finding),) if change else ())
