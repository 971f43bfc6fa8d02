"""notify [on|off|failures|mentions]: which builds are announced in the channel where it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from commands.grammar import notices as grammar
from commands.record import record
from commands.reply import Reply
from deploy.builds.sight import Sight, Unseen
from deploy.notices.errors import NoChannel
from deploy.notices.policy import Rule
from deploy.notices.store import Rules

if TYPE_CHECKING:
    from commands.request import Commands, Request
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Notified(Reply):
    """The channel's rule; `typed`: set by a person, not by fisk.toml. `unseen`: fisk cannot see builds at `now`."""

    rule: Rule
    typed: bool
    unseen: Unseen | None = None
    now: float = 0


@dataclass(frozen=True, slots=True)
class NowNotified(Reply):
    """The rule was set; visible to everybody in the channel."""

    rule: Rule
    public: ClassVar[bool] = True


async def show(_asked: grammar.ShowNotify, request: Request, world: World) -> Notified:
    """The rule of this channel. Raises NoChannel at a terminal."""
    stores = world.memory.stores
    rule, typed = await stores.of(Rules).of(_channel(request))
    unseen = await stores.of(Sight).present()
    return Notified(rule, typed, unseen, await world.memory.now() if unseen else 0)


async def change(asked: grammar.SetNotify, request: Request, world: World) -> NowNotified:
    """Set the rule after writing that to the audit log. Raises NoChannel at a terminal."""
    channel, rule = _channel(request), cast("Rule", asked.rule)
    await record(request, world)
    await world.memory.stores.of(Rules).set(channel, rule)
    return NowNotified(rule)


def _channel(request: Request) -> str:
    if request.origin.kind != "slack":
        raise NoChannel
    return request.origin.channel


COMMANDS: Commands = {
    grammar.ShowNotify: show,
    grammar.SetNotify: change,
}
