"""Why a channel gets no notices of builds."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class NoChannel(Refusal):
    slug = "no_channel"
    says = "A terminal is no channel, so it hears of no builds."
    hint = "Type it in the channel that it is about: `/fisk notify on`."
