"""The channels that wait for builds are told that fisk cannot see them, once, and when it can again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.builds.sight import Sight
from deploy.core import errors
from tests.bot.replicas import DEPLOYS, INCIDENTS, announcing, impatient, outside, play

if TYPE_CHECKING:
    from tests.bot.replicas import Announcing

__all__ = ["announcing", "impatient", "outside", "play"]

EXPIRED = errors.Unauthorized(system="GitHub", setting="FISK_GITHUB_TOKEN").failure
LOST = (
    "fisk cannot see builds any more: GitHub refuses fisk's credentials. Put a valid token in FISK_GITHUB_TOKEN and"
    " restart fisk. Until then only what GitHub tells by webhook is announced here."
)
FOUND = "fisk sees builds again. It could not for 0 s; what ended meanwhile is announced now."


async def test_each_channel_that_waits_is_told_once_by_however_many_replicas(announcing: Announcing) -> None:
    for name in ("r1", "r2"):
        announcing.announcer(name, {DEPLOYS: "all", INCIDENTS: "failures"})
    sight = Sight(announcing.state)
    for _ in range(2):
        await sight.lost(EXPIRED)
    await announcing.told()
    assert [announcing.texts(), announcing.texts("#incidents")] == [[LOST], [LOST]]
    for _ in range(2):
        await sight.found()
    await announcing.told()
    assert [announcing.texts(), announcing.texts("#incidents")] == [[LOST, FOUND], [LOST, FOUND]]


async def test_a_channel_that_hears_of_no_builds_is_not_told(announcing: Announcing) -> None:
    announcing.announcer("r1", {DEPLOYS: "all", INCIDENTS: "off"})
    await Sight(announcing.state).lost(EXPIRED)
    await announcing.told()
    assert [announcing.texts(), announcing.texts("#incidents")] == [[LOST], []]


async def test_a_channel_that_refuses_leaves_the_others(announcing: Announcing) -> None:
    announcing.announcer("r1", {"C0NOBODY": "all", DEPLOYS: "all"})
    await Sight(announcing.state).lost(EXPIRED)
    await announcing.told()
    assert announcing.texts() == [LOST]


async def test_it_is_counted(announcing: Announcing) -> None:
    announcing.announcer()
    await Sight(announcing.state).lost(EXPIRED)
    await Sight(announcing.state).found()
    await announcing.told()
    counted = announcing.metrics.text().decode()
    assert [f'fisk_sight_total{{became="{became}"}} 1.0' in counted for became in ("lost", "found")] == [
        True,
        True,
    ]


async def test_a_message_of_another_version_is_passed_over(announcing: Announcing) -> None:
    announcing.announcer()
    await announcing.state.ask("XADD", announcing.state.key("outbox"), "*", "sight", "lost {}")
    await announcing.told()
    assert announcing.texts() == []
