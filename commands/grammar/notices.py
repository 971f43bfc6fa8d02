"""notify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import Invocation, near, verb
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission

WORDS = {"": "", "on": "all", "all": "all", "off": "off", "failures": "failures", "mentions": "mentions"}


def _rule(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    word = value.lower()
    if word in WORDS:
        return WORDS[word]
    raise NotUnderstood(what=f"`{value}` is not on, off, failures or mentions.{near(word, WORDS)}")


@verb("notify", "change notices", "builds")
@click.argument("rule", default="", metavar="[on|off|failures|mentions]", callback=_rule)
@dataclass(frozen=True, slots=True)
class Notify(Invocation):
    """Which builds this channel hears of.

    `rule` is one of deploy.notices.RULES to set, or empty to see it.
    """

    rule: str

    @property
    def reads(self) -> Permission | None:
        return None if self.rule else "look"
