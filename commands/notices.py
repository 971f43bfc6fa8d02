"""notify [on|off|failures|mentions]: which builds are announced in the channel where it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from commands.grammar import notices as grammar
from commands.record import record
from commands.reply import Reply
from commands.request import Request, runs
from deploy.builds.sight import Sight, Unseen
from deploy.core.actor import Actor
from deploy.core.values import dataclass
from deploy.notices.errors import NoChannel
from deploy.notices.policy import Rule
from deploy.notices.store import Rules

if TYPE_CHECKING:
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
    by: Actor
    public: ClassVar[bool] = True


@runs(grammar.Notify)
async def notify(asked: grammar.Notify, request: Request, world: World) -> Notified | NowNotified:
    """The rule of this channel; or set it, after writing that to the audit log. Raises NoChannel at a terminal."""
    channel, stores = _channel(request), world.memory.stores
    if asked.rule:
        rule = cast("Rule", asked.rule)
        await record(request, world)
        await stores.of(Rules).set(channel, rule)
        return NowNotified(rule, request.actor)
    rule, typed = await stores.of(Rules).of(channel)
    unseen = await stores.of(Sight).present()
    return Notified(rule, typed, unseen, await world.memory.now() if unseen else 0)


def _channel(request: Request) -> str:
    if request.origin.kind != "slack":
        raise NoChannel
    return request.origin.channel
