"""What a story raises: its outcome, its failed step, and what the journal keeps of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core import errors
from deploy.core.events import Finished, StepFailed
from deploy.core.model import Commit, Dialog, Done, Offer
from deploy.core.outcomes import Completed, Failed, Outcome, Refused
from deploy.deploys.errors import OffMain, Unhealthy
from deploy.deploys.release_errors import NothingToRollBackTo
from deploy.engine.failures import freeze, thaw
from deploy.redis import codec
from tests.deploy.conftest import MakeEngine, an_operation, ended, events
from tests.deploy.engine.stories import done, never

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.engine.journal import Journal


async def test_a_failure_that_was_journaled_is_met_again(engines: MakeEngine, journal: Journal) -> None:
    """Or else a deploy that failed, and was put back, would after a crash find the app healthy."""
    operation = an_operation()
    await journal.start(operation)
    lease = await journal.claim("gone")
    assert lease
    error = Unhealthy(sha="e02d8aa", path="/api/health", status=503, seconds=60.0)
    await journal.checkpoint_failure(lease, freeze(error), StepFailed("prove", 0, error.failure))
    await journal.hand_over(lease)

    async def story(op: Op) -> Outcome:
        await op.step("prove", Commit, never)
        return Completed()

    await engines(story).run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Failed(error.failure)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NothingToRollBackTo(target="app"), Refused),
        (OffMain(sha="3f2a1b9", branch="main"), Refused),
        (errors.TimedOut(system="Coolify", seconds=10), Failed),
    ],
)
async def test_what_a_story_raises_becomes_its_outcome(
    engines: MakeEngine, journal: Journal, error: errors.FiskError, outcome: type[Refused | Failed]
) -> None:
    async def story(_: Op) -> Outcome:
        raise error

    operation = an_operation()
    await engines(story).submit(operation)
    assert (await ended(journal, operation.id)).outcome == outcome(error.failure)


async def test_a_mistake_in_a_story_is_told_without_its_text(engines: MakeEngine, journal: Journal) -> None:
    async def story(_: Op) -> Outcome:
        raise KeyError("s3cret")

    operation = an_operation()
    await engines(story).submit(operation)
    expected = Failed(errors.Internal(kind="KeyError").failure)
    assert (await ended(journal, operation.id)).outcome == expected


async def test_a_failed_step_is_told_and_the_story_decides(engines: MakeEngine, journal: Journal) -> None:
    error = errors.TimedOut(system="Coolify", seconds=10.0)

    async def fails() -> Done:
        raise error

    async def story(op: Op) -> Outcome:
        with suppress(errors.SystemFailure):
            await op.step("trigger", Done, fails)
        await op.step("put back", Done, done)
        return Failed(error.failure)

    operation = an_operation()
    await engines(story).submit(operation)
    told = await events(journal, operation.id)
    assert [event for event in told if isinstance(event, StepFailed)] == [
        StepFailed("trigger", told[2].at, error.failure)
    ]
    assert told[-1] == Finished(told[-1].at, Failed(error.failure))


@pytest.mark.parametrize("kind", list(errors.every_error()), ids=lambda kind: kind.__name__)
def test_every_error_survives_the_journal(kind: type[errors.FiskError]) -> None:
    names = [each.name for each in fields(kind) if each.name != "offers"]
    facts: dict[str, Any] = {name: "GitHub" if name == "system" else 1.5 for name in names}
    asks = Dialog("app runs 3f2a1b9. Deploy it again?", "Deploy it", "Keep it")
    offers = (Offer("Again", "deploy", danger=True, asks=asks), Offer("Show it", "op d-1"))
    error = kind(offers=offers, **facts)
    again = thaw(freeze(error))
    assert (type(again), again.failure) == (kind, error.failure)


def test_what_an_earlier_fisk_offered_has_no_dialog() -> None:
    text = '{"kind":"NotHeld","facts":{"target":"app"},"offers":[["Again","deploy",true]]}'
    assert thaw(text).offers == (Offer("Again", "deploy", danger=True),)


def test_what_is_no_error_of_fisks_survives_as_a_mistake_of_its_own() -> None:
    assert thaw(freeze(KeyError("s3cret"))).failure == errors.Internal(kind="KeyError").failure


@pytest.mark.parametrize(
    "text",
    [
        '{"kind":"FromANewerFisk","facts":{},"offers":[]}',
        '{"kind":"TimedOut","facts":{"since":1},"offers":[]}',
        "{}",
    ],
)
def test_a_failure_of_another_version_is_not_taken_for_another_one(text: str) -> None:
    with pytest.raises(codec.Unreadable):
        thaw(text)
