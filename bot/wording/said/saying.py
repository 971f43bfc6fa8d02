"""One way to say a reply; each kind of reply registers its words."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from deploy.model import Offer

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from commands.replies import Reply

Said = tuple[str, tuple[Offer, ...]]


@singledispatch
def said(reply: Reply, _voice: Voice) -> Said:
    """A reply's text and offers."""
    raise TypeError(f"nobody has words for {type(reply).__name__}")
