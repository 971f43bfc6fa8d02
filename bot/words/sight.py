"""What channels that wait for builds are told where fisk cannot see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.units import age, minutes

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.builds.sight import Unseen


def lost(unseen: Unseen, fmt: Format) -> str:
    why = f"{unseen.error.sentence} {unseen.error.hint}".strip()
    return fmt.escape(
        f"fisk cannot see builds any more: {why} Until then only what GitHub tells by webhook is announced here."
    )


def found(unseen: Unseen, now: float, fmt: Format) -> str:
    return fmt.escape(
        f"fisk sees builds again. It could not for {minutes(max(0.0, now - unseen.since))}; what ended meanwhile is"
        " announced now."
    )


def unseen_line(unseen: Unseen, now: float, fmt: Format) -> str:
    """For status and notify."""
    since, why = age(max(0.0, now - unseen.since)), f"{unseen.error.sentence} {unseen.error.hint}".strip()
    return fmt.escape(f"fisk has not seen builds for {since}: {why}")
