"""The names of who typed a line and of whom it mentions, since in threads Slack sends their ids alone."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from commands import grammar
from deploy.core.actor import Actor
from deploy.core.errors import NotUnderstood

if TYPE_CHECKING:
    from bot.slack.typed_line import TypedLine
    from deploy.access.access import Access

USER = re.compile(r"(?<![\w@-])[UW](?=[A-Z]*\d)[A-Z0-9]{6,31}(?![\w-])")
MOST = 5  # people in a line who are asked for


async def named(asked: TypedLine, access: Access) -> TypedLine:
    """A line with names in place of ids, but where it goes by ids or fisk wrote it; what has no name stays."""
    actor = asked.actor if asked.actor.name else await _named(asked.actor, access)
    line = asked.line if asked.written or grammar.by_ids(asked.line) else await _line(asked.line, access)
    if line != asked.line:
        with suppress(NotUnderstood):  # it became too long
            return replace(asked, actor=actor, line=line, invocation=grammar.parse(line))
    return replace(asked, actor=actor)


async def _named(actor: Actor, access: Access) -> Actor:
    return replace(actor, name=await access.name(actor))


async def _line(line: str, access: Access) -> str:
    ids = list(dict.fromkeys(USER.findall(line)))[:MOST]
    names = {each: await access.name(Actor(each)) for each in ids}
    return USER.sub(lambda found: f"@{name}" if (name := names.get(found[0])) else found[0], line)
