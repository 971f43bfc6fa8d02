"""changes, timeline and doctor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from commands.doctor import Diagnosis
from commands.grammar import parse
from commands.grammar.doctor import Doctor
from commands.grammar.incidents import Changes, Timeline
from commands.incidents import ChangesTable, Timeline as Exported
from commands.reply import Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core.errors import NotUnderstood
from deploy.core.outcomes import Completed
from sandbox import story
from tests.commands.conftest import MARKO
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    from commands.grammar import Invocation
    from deploy.incidents.changes import Changes as Seen
    from sandbox.world import World
    from tests.commands.conftest import Asking

NOBODY = Policy()


@pytest.mark.parametrize(
    ("line", "invocation"),
    [
        ("changes", Changes(7200)),
        ("changes 30m", Changes(1800)),
        ("timeline 3D", Timeline(259_200)),
        ("timeline", Timeline(7200)),
        ("doctor", Doctor(every=False, as_json=False)),
        ("doctor --all --json", Doctor(every=True, as_json=True)),
    ],
)
def test_durations_are_words(line: str, invocation: Invocation) -> None:
    assert parse(line) == invocation


@pytest.mark.parametrize("word", ["2", "0h", "91d", "2w", "-2h", "99999m", "2h30m", "²h"])
def test_what_is_no_duration_is_not_understood(word: str) -> None:
    with pytest.raises(NotUnderstood, match=r"is no duration|is too long|No such option"):
        parse(f"changes {word}")


async def _finished(asking: Asking, created: float) -> str:
    journal, operation = asking.parts.world.memory.journal, an_operation(created=created)
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    await journal.finish(lease, operation, Completed("done"))
    return operation.id


async def test_changes_are_operations_builds_and_holds_of_that_time(asking: Asking) -> None:
    now = await asking.parts.world.memory.now()
    done = await _finished(asking, now - 60)
    await asking("lock staging we measure", MARKO)
    await asking("unlock staging", MARKO)
    await asking("deploy 3f2a1b9")
    reply = await asking("changes 3h", policy=NOBODY)
    assert isinstance(reply, ChangesTable)
    seen = reply.changes
    assert [each.operation.id for each in seen.operations][1:] == [done]
    assert seen.operations[0].state == "waiting"
    assert [(each.what, each.outcome) for each in seen.holds] == [
        ("unlock app:staging", "lifted"),
        ("lock app:staging we measure", "held"),
    ]
    assert [each.build.sha for each in seen.builds] == [
        story.BUILDING,
        story.OFF_MAIN,
        story.BUILT,
        story.SICK,
    ]
    assert [each.commit.title if each.commit else "" for each in seen.builds][:3] == [
        "Add a VAT summary to the dashboard",
        "",
        "Round VAT per line",
    ]


async def test_what_is_older_is_left_out_and_what_ended_within_is_not(asking: Asking) -> None:
    now = await asking.parts.world.memory.now()
    await _finished(asking, now - 7200)
    assert len((await _seen(asking, "changes 1m")).operations) == 1
    earlier = await asking.parts.world.memory.history.since(now + 60)
    assert earlier == ()


async def test_what_somebody_deployed_in_coolify_itself_is_told(asking: Asking, outside: World) -> None:
    """fisk's own deployments are told as operations, once."""
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    await asking.parts.engine.run_one(begun.operation.id)
    coolify = outside.coolify
    coolify.queue.remember(coolify.apps["staging"], story.RUNS, time.time() - 60)
    seen = (await _seen(asking, "changes 2h")).past_fisk
    assert [(each.target, each.deployment.commit) for each in seen] == [("staging", story.RUNS)]


@pytest.mark.parametrize("system", ["GitHub", "Coolify"])
async def test_a_silent_system_leaves_a_gap_that_is_named(
    asking: Asking, outside: World, system: str
) -> None:
    silent = outside.github if system == "GitHub" else outside.coolify
    silent.faults.queue("*", status=500, times=100)
    seen = await _seen(asking, "timeline 1h")
    assert (seen.builds == ()) is (system == "GitHub")
    assert [each.why for each in seen.missing] == [f"{system} answers 500."]


async def _seen(asking: Asking, line: str) -> Seen:
    reply = await asking(line)
    assert isinstance(reply, ChangesTable | Exported)
    return reply.changes


async def test_the_doctor_is_for_everybody_and_its_details_are_not(asking: Asking) -> None:
    assert isinstance(await asking("doctor", policy=NOBODY), Diagnosis)
    with pytest.raises(NotAllowed):
        await asking("doctor --all", policy=NOBODY)
    reply = await asking("doctor --all")
    assert isinstance(reply, Diagnosis)
    assert (reply.failed, reply.every, len(reply.rules)) == (False, True, 58)
