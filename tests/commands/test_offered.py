"""Who is offered what: nobody is asked to press what would be refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.access import offered
from commands.reply import Started
from deploy.access.policy import Policy, Role
from deploy.core.model import Actor, Offer
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from tests.commands.conftest import Asking

IVO = Actor("U3", "ivo")
LOOK, DEPLOY, UNLOCK = (
    Offer("Look", "locks"),
    Offer("Deploy", "deploy 3f2a1b9"),
    Offer("Unlock", "unlock app"),
)
FORCED = Offer("Deploy it all the same", "deploy 3f2a1b9 --force")
OLD = Offer("Go", "a line that no fisk knows any more")
SHIPS = Role(frozenset({ANA.id}), frozenset({"deploy", "locks"}))


@pytest.mark.parametrize(
    ("who", "allowed", "why"),
    [
        (ANA, (LOOK, DEPLOY, UNLOCK, OLD), ("no role may force",)),
        (IVO, (LOOK, OLD), ("deploy is for role ship", "locks is for role ship")),
    ],
)
async def test_only_what_the_rules_let_them_do(
    asking: Asking, who: Actor, allowed: tuple[Offer, ...], why: tuple[str, ...]
) -> None:
    asking.access.rules = replace(asking.access.rules, policy=Policy(roles={"ship": SHIPS}))
    every = (LOOK, DEPLOY, UNLOCK, FORCED, OLD)
    assert await offered(every, who, HERE, asking.parts.world) == (allowed, why)


async def test_whoever_began_it_may_stop_it_and_others_only_where_the_rules_let_them(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    stop = Offer("Cancel", f"cancel {begun.operation.id}")
    asking.access.rules = replace(asking.access.rules, policy=Policy())
    told = [await offered((stop,), who, HERE, asking.parts.world) for who in (ANA, IVO)]
    assert told == [((stop,), ()), ((), ("no role may locks",))]
