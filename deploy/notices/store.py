"""Stores builds' states, and the messages about them.

build:RUN         the newest state seen          14 days
notice:RUN.N      each channel's message         14 days
builds            runs to look at again, by when
notify            each channel's rule, where a person has set one
watching          since when builds are watched
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal, cast

from deploy.core.github_model import Build
from deploy.core.log import logger
from deploy.core.values import dataclass
from deploy.engine.outbox import Outbox, message
from deploy.notices.policy import RULES, WHILE_RUNNING, Rule, Stage, order
from deploy.redis import codec
from deploy.redis.idempotency import do_once

if TYPE_CHECKING:
    from deploy.redis.connect import State

RETENTION = 14 * 86_400_000  # milliseconds
DELIVERIES = 3 * 86_400  # seconds for which a delivery's id is remembered
MESSAGE = "build"
DUE = 50  # runs that one look goes through

log = logger("fisk.notices")

Noted = Literal["news", "noted", "old", "repeated"]


def run_of(about: str) -> int:
    return int(about.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Place:
    """A message about a build, and how far it has come."""

    channel: str
    ts: str
    stage: Stage


class Notices:
    """Every method may raise errors.StateUnavailable. Times are server seconds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open, self._watching = state.key("builds"), state.key("watching")

    async def see(self, build: Build, *, delivery: str = "") -> Noted:
        """Store a build's state, unless a newer one is stored; adds an outbox message where it is news.

        With `delivery` (a webhook's id) it happens at most once in three days.
        """
        return cast(
            "Noted",
            await self._state.run(
                "note_build",
                (self._build(build.id), self._open, self._state.key("outbox"), self._delivery(delivery)),
                build.id,
                build.attempt,
                order(build),
                codec.dump(Build, build),
                RETENTION,
                int(build.status in {"in_progress", "completed"}),
                int(WHILE_RUNNING * 1000) if not build.over else 0,
                DELIVERIES if delivery else 0,
                *(message(self._state, MESSAGE, f"{build.id}.{n}") for n in range(1, build.attempt + 1)),
            ),
        )

    async def known(self, run: int) -> Build | None:
        """The newest state seen of a run; None where it is forgotten, or in another version's form."""
        text = await self._text(run)
        return codec.readable(Build, text, "build") if text else None

    async def announced(self, run: int) -> Build | None:
        """The same for whoever is to tell of it. Raises codec.Unreadable."""
        text = await self._text(run)
        return codec.load(Build, text) if text else None

    async def _text(self, run: int) -> str:
        return str(await self._state.ask("HGET", self._build(run), "build") or "")

    # --- when to look again

    async def due(self) -> tuple[int, ...]:
        """The runs whose check is due, longest waiting first."""
        return tuple(int(run) for run in await self._state.run("due", (self._open,), DUE))

    async def under_way(self) -> bool:
        """Whether any build has a check scheduled."""
        return bool(await self._state.ask("ZCARD", self._open))

    async def look_again(self, run: int, at: float) -> None:
        """Schedule the next check of a run at that time; 0 for none."""
        if at:
            await self._state.ask("ZADD", self._open, int(at * 1000), run)
        else:
            await self._state.ask("ZREM", self._open, run)

    async def remind(self, about: str) -> None:
        """Post another outbox message about a run's attempt (`RUN.N`), and schedule a check of the run."""
        await self._state.ask(
            "ZADD", self._open, int((await self._state.now() + WHILE_RUNNING) * 1000), run_of(about)
        )
        await Outbox(self._state).post(MESSAGE, about)

    async def watching(self) -> float:
        """Since when builds are watched, in the store's seconds; starts now where they were not."""
        await self._state.ask("SET", self._watching, await self._state.now(), "NX")
        return float(await self._state.ask("GET", self._watching) or 0)

    async def unwatched(self) -> None:
        """Stop watching builds, so that those that end from now on are not announced later."""
        await self._state.ask("DEL", self._watching)

    # --- the messages

    async def places(self, about: str) -> dict[str, Place]:
        """The messages about a run's attempt (`RUN.N`), by channel."""
        found = await self._state.ask("HGETALL", self._notice(about))
        places = {channel: _place(text) for channel, text in found.items()}
        return {channel: place for channel, place in places.items() if place}

    async def place(self, about: str, channel: str) -> Place | None:
        text = await self._state.ask("HGET", self._notice(about), channel)
        return _place(text) if text else None

    async def placed(self, about: str, channel: str, place: Place) -> None:
        """Store where a channel's message is, and the stage that it shows."""
        text = f"{place.channel} {place.ts} {int(place.stage)}"
        await self._state.run("placed", (self._notice(about),), channel, text, RETENTION)

    async def post_once(self, about: str, what: str, act: Callable[[], Awaitable[object]]) -> None:
        """Say it, unless any replica did."""
        await do_once(self._state, f"notice:{about}:{what}", RETENTION // 1000, act)

    def _build(self, run: int) -> str:
        return self._state.key(f"build:{run}")

    def _notice(self, about: str) -> str:
        return self._state.key(f"notice:{about}")

    def _delivery(self, delivery: str) -> str:
        return self._state.key(f"once:delivery:{delivery}")


def _place(text: str) -> Place | None:
    """Parse a place; None where this version cannot read it, so that it is announced again."""
    try:
        channel, ts, stage = text.split(" ")
        return Place(channel, ts, Stage(int(stage)))
    except ValueError:
        log.warning("unreadable record", of="notice")
        return None


class Rules:
    """Which channel hears of which builds: `configured` in fisk.toml, until a person says otherwise in Slack."""

    def __init__(self, state: State, configured: Mapping[str, Rule]) -> None:
        self._state = state
        self._configured = dict(configured)
        self._key = state.key("notify")

    async def all(self) -> dict[str, Rule]:
        """Each channel's rule, those that are off too."""
        typed = await self._state.ask("HGETALL", self._key)
        return self._configured | {channel: rule for channel, rule in typed.items() if rule in RULES}

    async def of(self, channel: str) -> tuple[Rule, bool]:
        """A channel's rule, and whether a person has set it."""
        typed = await self._state.ask("HGET", self._key, channel)
        return (typed, True) if typed in RULES else (self._configured.get(channel, "off"), False)

    async def set(self, channel: str, rule: Rule) -> None:
        await self._state.ask("HSET", self._key, channel, rule)
