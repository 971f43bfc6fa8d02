"""The Home tab of those who opened it lately, published anew by one replica whenever what it says has changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import DividerBlock

from bot.slack import blocks
from bot.words.home import sections
from commands.access import offered
from commands.home import AtHome, Desk, at_home, builds, chain, desk
from deploy.core import errors
from deploy.core.actor import Actor, Origin
from deploy.core.log import logger
from deploy.core.together import together

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from bot.words.registry import Text
    from deploy.redis.connect import State
    from deploy.redis.mutex import Mutex
    from deploy.stats.builds import Health
    from deploy.status.overview import Status
    from deploy.world import World

MUTEX = "home"
EVERY = 5.0  # seconds between two looks at what fisk itself knows
CHAIN_EVERY = 60.0  # seconds between two rounds of the systems, which cost GitHub's allowance
FRESH = 10.0  # seconds for which a round is good enough for whoever opens the tab
LATELY = 1800.0  # seconds for which an opened tab is kept up to date; Slack does not tell when it is closed
READERS = 40  # who opened it last; Slack takes about a hundred views a minute
BLOCKS = 100

log = logger()


class HomeTab:
    """Everybody's tab. `opened` and `work` raise nothing that is to be expected."""

    def __init__(self, world: World, state: State, speaker: Speaker, mutex: Mutex, fmt: Format) -> None:
        self._world, self._state, self._speaker, self._mutex, self._fmt = world, state, speaker, mutex, fmt
        self._readers = state.key("home")
        self._chain: tuple[Status, ...] = ()
        self._builds: Health | None = None
        self._asked = float("-inf")  # when, by the store's clock
        self._operations: list[tuple[str, str]] = []  # those under way then, and the one that ended last
        self._shown: dict[str, tuple[float, str]] = {}  # by reader: when they opened it, and what it says

    async def opened(self, reader: Actor) -> None:
        """Show what fisk knows at once, and the chain as soon as the systems have answered."""
        try:
            seen = await desk(self._world)
            await self._state.ask("ZADD", self._readers, seen.now, reader.id)
            await self._show(reader, seen.now, seen)
            if await self._ask_around(seen, FRESH):
                await self._show(reader, seen.now, seen)
        except (errors.StateUnavailable, errors.SystemFailure) as failure:
            log.warning("a Home tab is not shown", code=failure.code)

    async def work(self) -> None:
        """Keep the tabs of late up to date, until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                if await self._mutex.take(MUTEX, 3 * EVERY):
                    await self._round()
            except (errors.StateUnavailable, errors.SystemFailure) as failure:
                log.warning("the Home tabs wait", code=failure.code)
                await asyncio.sleep(getattr(failure, "retry_after", None) or 0)

    async def _round(self) -> None:
        readers = await self._lately()
        self._shown = {id_: shown for id_, shown in self._shown.items() if id_ in readers}
        if not readers:
            return  # and no system is asked
        seen = await desk(self._world)
        await self._ask_around(seen, CHAIN_EVERY)
        for reader, opened in readers.items():
            await self._show(Actor(reader), opened, seen)

    async def _lately(self) -> dict[str, float]:
        """The ids of those who opened it, and when, the latest first."""
        now = await self._state.now()
        await self._state.ask("ZREMRANGEBYSCORE", self._readers, "-inf", now - LATELY)
        found = await self._state.ask("ZREVRANGE", self._readers, 0, READERS - 1, "WITHSCORES")
        return {str(id_): float(at) for id_, at in zip(found[::2], found[1::2], strict=True)}

    async def _ask_around(self, seen: Desk, good_for: float) -> bool:
        """Ask the systems where that was longer ago, or an operation has begun or ended since; whether it did."""
        operations: list[tuple[str, str]] = [
            (each.operation.id, each.state) for each in (*seen.running, *seen.done[:1])
        ]
        if seen.now - self._asked < good_for and operations == self._operations:
            return False
        self._asked, self._operations = seen.now, operations
        self._chain, self._builds = await together(chain(self._world), builds(self._world, seen.now))
        return True

    async def _show(self, reader: Actor, opened: float, seen: Desk) -> None:
        """Publish it, unless this process did since it was opened, and it says the same."""
        it = await at_home(self._world, reader, seen, self._chain, self._builds)
        shown = view(await self._pressable(reader, it))
        says = opened, hashlib.sha256(json.dumps(shown).encode()).hexdigest()
        if self._shown.get(reader.id) != says:
            await self._speaker.publish(reader.id, shown)
            self._shown[reader.id] = says

    async def _pressable(self, reader: Actor, it: AtHome) -> list[Text]:
        """What it says, with the buttons that the reader may press."""
        return [
            (text, (await offered(offers, reader, Origin("slack"), self._world))[0])
            for text, offers in sections(it, self._fmt)
        ]


def view(told: Iterable[Text]) -> dict[str, Any]:
    """What it says as Slack takes it."""
    shown: list[dict[str, Any]] = []
    for text, offers in told:
        shown += blocks.message(text, offers)["blocks"]
        shown.append(DividerBlock().to_dict())
    return {"type": "home", "blocks": shown[:-1][:BLOCKS]}
