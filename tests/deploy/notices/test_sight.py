"""That builds cannot be seen is noted once, with its reason, and so is that they are seen again."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from deploy.builds.sight import FOUND, LOST, MESSAGE, Sight, told
from deploy.core import errors
from deploy.engine.outbox import Outbox
from deploy.notices.watch import SURE
from deploy.redis import codec
from sandbox import story
from tests.deploy.conftest import journal, outside, play, state
from tests.deploy.notices.watching import IDLE, Looking, looking

if TYPE_CHECKING:
    from deploy.notices.watch import Watch
    from deploy.redis.connect import State
    from sandbox.world import World as Sandbox

__all__ = ["journal", "looking", "outside", "play", "state"]

REFUSED = "GitHub refuses fisk's credentials."
NO_RIGHT = "GitHub does not let fisk's token do that: Resource not accessible by personal access token."
HIDDEN = (
    f"GitHub has no workflow {story.WORKFLOW} in {story.REPOSITORY}, or does not let fisk's token see it."
)


async def news(state: State) -> list[tuple[str, str]]:
    """What there is to tell of it, crossed off: what became of it, and the sentence."""
    outbox, found = Outbox(state), []
    while message := await outbox.take("test", 0.01):
        if message.kind == MESSAGE:
            became, unseen = told(message.about)
            found.append((became, unseen.error.sentence if unseen else ""))
        await outbox.sent(message)
    return found


async def looks(watch: Watch) -> None:
    """Often enough to be sure, and once more, as nothing may be told twice; a refused token ends a look."""
    for _ in range(SURE + 1):
        with suppress(errors.Unauthorized):
            await watch.look()


async def test_a_token_that_expired_is_told_once_and_again_when_it_works(
    looking: Looking, state: State, outside: Sandbox
) -> None:
    await looks(looking.watch)
    outside.github.allowance.tokens.clear()
    await looks(looking.watch)
    present = await Sight(state).present()
    assert present is not None
    assert present.error.hint == "Put a valid token in FISK_GITHUB_TOKEN and restart fisk."
    assert await news(state) == [(LOST, REFUSED)]
    outside.github.allowance.tokens.add(outside.github.token)
    await looks(looking.watch)
    assert (await news(state), await Sight(state).present()) == ([(FOUND, REFUSED)], None)


@pytest.mark.parametrize(("how", "sentence"), [("denied", NO_RIGHT), ("hidden", HIDDEN)])
async def test_a_right_that_is_lost_is_told_as_github_tells_it(
    looking: Looking, state: State, outside: Sandbox, how: str, sentence: str
) -> None:
    rights: set[str] = getattr(outside.github.allowance, how)
    rights.add("actions")
    await looks(looking.watch)
    rights.clear()
    await looks(looking.watch)
    assert await news(state) == [(LOST, sentence), (FOUND, sentence)]


async def test_one_such_answer_is_not_yet_believed(looking: Looking, state: State, outside: Sandbox) -> None:
    outside.github.faults.queue("GET *", status=404)
    await looks(looking.watch)
    assert await news(state) == []


async def test_a_fault_that_passes_is_no_lost_right(looking: Looking, state: State, outside: Sandbox) -> None:
    outside.github.allowance.denied.add("actions")
    await looks(looking.watch)
    outside.github.allowance.denied.clear()
    outside.github.faults.queue("GET *", status=500, times=99)
    await looks(looking.watch)
    assert [became for became, _ in await news(state)] == [LOST], "a fault does not say that it works again"


async def test_another_replica_tells_nothing_again(looking: Looking, state: State, outside: Sandbox) -> None:
    outside.github.allowance.denied.add("actions")
    await looks(looking.watch)
    await looking.watch.rest()
    await looks(Looking(looking.world, state, "r2").watch)
    assert [became for became, _ in await news(state)] == [LOST]


async def test_where_nobody_waits_for_builds_any_more_it_is_forgotten(
    looking: Looking, state: State, outside: Sandbox
) -> None:
    outside.github.allowance.denied.add("actions")
    await looks(looking.watch)
    assert await Looking(looking.world, state, "r2", rules={}).watch.look() == IDLE
    assert await Sight(state).present() is None
    assert [became for became, _ in await news(state)] == [LOST]


async def test_a_record_of_another_version_is_passed_over(state: State) -> None:
    await state.ask("SET", state.key("sight"), "{}", "PX", 1000)
    assert await Sight(state).present() is None
    with pytest.raises(codec.Unreadable):
        told("lost {}")
