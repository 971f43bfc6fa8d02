"""The store of builds: recorded and put into the outbox atomically and once, in any order, by any replica."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.engine.outbox import Outbox
from deploy.notices.policy import Stage
from deploy.notices.store import MESSAGE, Notices, Place, Rules
from deploy.redis.mutex import Mutex
from tests.deploy.notices.test_policy import STATES, a_build
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from tests.deploy.relay import Relay

DONE = a_build("completed", "success")


@pytest.fixture
def notices(state: State) -> Notices:
    return Notices(state)


async def messages(state: State) -> list[str]:
    """Every message about a build, crossed off."""
    outbox, about = Outbox(state), []
    while message := await outbox.take("test", 0.01):
        assert message.kind == MESSAGE
        about.append(message.about)
        await outbox.sent(message)
    return about


async def test_a_build_is_news_when_it_begins_and_when_it_ends(notices: Notices, state: State) -> None:
    noted = [await notices.see(a_build(status)) for status in ("queued", "in_progress", "completed")]
    assert noted == ["noted", "news", "news"]
    assert await messages(state) == ["77.1", "77.1"]


async def test_what_is_known_never_goes_back(notices: Notices, state: State) -> None:
    assert [await notices.see(build) for build in (DONE, a_build(), a_build("queued"), DONE)] == [
        "news",
        "old",
        "old",
        "old",
    ]
    assert await notices.known(77) == DONE
    assert await messages(state) == ["77.1"]


@pytest.mark.parametrize("seed", range(5))
async def test_in_any_order_from_any_replica_the_end_is_one_letter(
    notices: Notices, state: State, seed: int
) -> None:
    came = STATES[:3] * 3
    random.Random(seed).shuffle(came)  # noqa: S311 (no secret)
    await asyncio.gather(*(notices.see(build) for build in came))
    assert await notices.known(77) == STATES[2]
    told = await messages(state)
    assert told in (["77.1"], ["77.1", "77.1"]), "its beginning where that came first, and its end"


async def test_a_delivery_counts_once_whatever_it_says(notices: Notices, state: State) -> None:
    assert await notices.see(a_build(), delivery="d-1") == "news"
    assert await notices.see(DONE, delivery="d-1") == "repeated"
    assert await notices.see(DONE, delivery="d-2") == "news"
    assert await state.ask("TTL", state.key("once:delivery:d-1")) == 3 * 86_400


async def test_the_end_of_an_attempt_that_nobody_saw_is_told_with_the_next_one(
    notices: Notices, state: State
) -> None:
    await notices.see(a_build())
    await notices.see(a_build(attempt=2))
    assert await messages(state) == ["77.1", "77.1", "77.2"]


async def test_an_attempt_that_was_told_to_its_end_is_left_alone(notices: Notices, state: State) -> None:
    await notices.see(DONE)
    await notices.see(a_build(attempt=2))
    assert await messages(state) == ["77.1", "77.2"]


async def test_a_late_word_about_an_earlier_attempt_is_old(notices: Notices) -> None:
    await notices.see(a_build("queued", attempt=2))
    assert await notices.see(DONE) == "old"


async def test_all_is_forgotten_after_two_weeks(notices: Notices, state: State) -> None:
    await notices.see(DONE)
    await notices.placed("77.1", "C1", Place("C1", "1.2", Stage.OVER))
    ages = [await state.ask("TTL", state.key(key)) for key in ("build:77", "notice:77.1")]
    assert ages == [14 * 86_400, 14 * 86_400]


async def test_a_build_is_looked_after_until_it_ends(notices: Notices) -> None:
    await notices.see(a_build())
    assert (await notices.under_way(), await notices.due()) == (True, ())
    await notices.look_again(77, 1.0)
    assert await notices.due() == (77,)
    await notices.see(DONE)
    assert (await notices.under_way(), await notices.due()) == (False, ())


async def test_who_reminds_of_a_build_is_not_asked_again_at_once(notices: Notices, state: State) -> None:
    await notices.see(a_build())
    await notices.look_again(77, 1.0)
    await notices.remind("77.1")
    assert await notices.due() == ()
    assert await messages(state) == ["77.1", "77.1"]


async def test_watching_begins_once(notices: Notices) -> None:
    since = await notices.watching()
    assert await notices.watching() == since
    await notices.unwatched()
    assert await notices.watching() > since


async def test_each_channel_has_its_place(notices: Notices) -> None:
    here, there = Place("C1", "1.2", Stage.RUNNING), Place("D7", "3.4", Stage.OVER)
    await notices.placed("77.1", "C1", here)
    await notices.placed("77.1", "U7", there)
    assert await notices.places("77.1") == {"C1": here, "U7": there}
    assert (await notices.place("77.1", "C1"), await notices.place("77.2", "C1")) == (here, None)


async def test_a_place_is_forgotten_in_time_though_fisk_died_once_it_was_kept(
    far: State, state: State, relay: Relay
) -> None:
    relay.lose("C1 1.2", times=2)
    with pytest.raises(errors.StateUnavailable):
        await Notices(far).placed("77.1", "C1", Place("C1", "1.2", Stage.RUNNING))
    assert await state.ask("TTL", state.key("notice:77.1")) == 14 * 86_400


async def test_what_people_say_wins_over_the_file(state: State) -> None:
    rules = Rules(state, {"C1": "all", "C2": "failures"})
    await rules.set("C1", "off")
    await rules.set("C3", "mentions")
    assert await rules.all() == {"C1": "off", "C2": "failures", "C3": "mentions"}
    assert [await rules.of(channel) for channel in ("C1", "C2", "C4")] == [
        ("off", True),
        ("failures", False),
        ("off", False),
    ]


async def test_a_turn_is_one_replicas_until_it_gives_it_back_or_falls_silent(state: State) -> None:
    one, other = Mutex(state, "r1"), Mutex(state, "r2")
    assert [await one.take("watch", 60), await other.take("watch", 60)] == [True, False]
    assert await one.take("watch", 60), "its own"
    await other.give_back("watch")
    assert not await other.take("watch", 60), "only its holder gives it back"
    await one.give_back("watch")
    assert await other.take("watch", 60)
    await state.ask("PEXPIRE", state.key("mutex:watch"), 1)
    async with one.alone("watch", 60):
        assert not await other.take("watch", 60)


async def test_a_mutex_is_renewed_while_it_is_made_use_of(state: State) -> None:
    key = state.key("mutex:tell")
    async with Mutex(state, "r1").alone("tell", 0.03):
        await state.ask("DEL", key)  # as if it had lapsed
        await until(lambda: state.ask("EXISTS", key))
    await until(lambda: _free(state, key))


async def _free(state: State, key: str) -> bool:
    return not await state.ask("EXISTS", key)


@pytest.mark.parametrize("text", ["", "{", "C0DEPLOYS 1.2", "C0DEPLOYS 1.2 a-newer-stage"])
async def test_a_notice_that_cannot_be_read_leaves_the_others_and_is_told_anew(
    notices: Notices, state: State, text: str
) -> None:
    place = Place("C0DEPLOYS", "1.2", Stage.OVER)
    await notices.placed("77.1", "C0DEPLOYS", place)
    await state.ask("HSET", state.key("notice:77.1"), "C0INCIDNT", text)
    assert await notices.places("77.1") == {"C0DEPLOYS": place}
    assert await notices.place("77.1", "C0INCIDNT") is None


async def test_a_build_that_cannot_be_read_is_one_that_nobody_knows(notices: Notices, state: State) -> None:
    await notices.see(DONE)
    await state.ask("HSET", state.key("build:77"), "build", '{"id": "from a newer fisk"}')
    assert await notices.known(77) is None
