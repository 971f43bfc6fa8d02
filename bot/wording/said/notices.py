"""notify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording.said.saying import Said, said
from commands.notify import Notified, NowNotified
from deploy.model import Offer

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from deploy.notices import Rule

HEARS: dict[Rule, str] = {
    "all": "hears of every build",
    "failures": "hears of builds that fail or leave nothing to deploy",
    "mentions": "hears of builds whose author is listed under [people]",
    "off": "hears of no builds",
}


@said.register(Notified)
def _notified(reply: Notified, voice: Voice) -> Said:
    by = "set here with `/fisk notify`" if reply.typed else "as fisk.toml says"
    turn = Offer("Turn off", "notify off") if reply.rule != "off" else Offer("Turn on", "notify on")
    return voice.say(f"This channel {HEARS[reply.rule]}, {by}."), (turn,)


@said.register(NowNotified)
def _now(reply: NowNotified, _voice: Voice) -> Said:
    return f"From now on this channel {HEARS[reply.rule]}.", ()
