from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.model import Hold, Resource
from deploy.engine.locks import HeldBy, Locks
from tests.deploy.conftest import ANA, MARKO

if TYPE_CHECKING:
    from deploy.redis.connect import State


async def test_a_hold_is_listed_until_somebody_lifts_it(state: State) -> None:
    locks = Locks(state)
    hold = await locks.hold(Resource("app", "app"), ANA, "incident 12")
    assert hold == Hold(Resource("app", "app"), ANA, "incident 12", hold.since)
    assert await locks.holds() == (hold,)
    assert await locks.unhold(Resource("app", "app"), MARKO) == hold
    assert await locks.holds() == ()


async def test_what_somebody_else_holds_stays_theirs(state: State) -> None:
    locks = Locks(state)
    hold = await locks.hold(Resource("app", "app"), ANA, "incident 12")
    with pytest.raises(HeldBy) as caught:
        await locks.hold(Resource("app", "app"), MARKO, "mine")
    assert caught.value.hold == hold


async def test_ones_own_hold_gets_the_new_reason(state: State) -> None:
    locks = Locks(state)
    await locks.hold(Resource("app", "app"), ANA, "incident 12")
    again = await locks.hold(Resource("app", "app"), ANA, "still incident 12")
    assert await locks.holds() == (again,)


async def test_lifting_what_nobody_holds_says_so(state: State) -> None:
    with pytest.raises(errors.NotHeld, match="Nobody holds app"):
        await Locks(state).unhold(Resource("app", "app"), ANA)
