"""notify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Invocation, near, verb
from deploy.core.errors import NotUnderstood

WORDS = {"on": "all", "all": "all", "off": "off", "failures": "failures", "mentions": "mentions"}


@dataclass(frozen=True, slots=True)
class ShowNotify(Invocation):
    verb: ClassVar[str] = "see notices"


@dataclass(frozen=True, slots=True)
class SetNotify(Invocation):
    """`rule` is one of deploy.notices.RULES."""

    rule: str
    verb: ClassVar[str] = "change notices"
    changes: ClassVar[bool] = True


@verb("notify")
@click.argument("rule", default="", metavar="[on|off|failures|mentions]")
def notify(rule: str) -> ShowNotify | SetNotify:
    """Which builds this channel hears of."""
    word = rule.lower()
    if word and word not in WORDS:
        raise NotUnderstood(what=f"`{rule}` is not on, off, failures or mentions.{near(word, WORDS)}")
    return SetNotify(WORDS[word]) if word else ShowNotify()
