"""Texts about who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.access import Explained

if TYPE_CHECKING:
    from bot.words.format import Format


@reply_text.register(Explained)
def _explained(reply: Explained, fmt: Format) -> Text:
    who, line = fmt.person(reply.who), fmt.escape(reply.line)
    decision = reply.decision
    may = "may" if decision.allowed else "may not"
    lines = [f"{who} {may} type `{line}` here: {fmt.escape(decision.why)}."]
    if reply.to_add:
        lines.append(f"To allow it, {fmt.escape(reply.to_add)} in fisk.toml.")
    if reply.stale:
        lines.append(
            f"These rules are older than fisk.toml, which could not be read: {fmt.escape(reply.stale)}."
        )
    return "\n".join(lines), ()
