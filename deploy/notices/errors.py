"""Why a channel gets no notices of builds, or none of a workflow's."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal
from deploy.core.errors.systems import SystemFailure


class BuildsHidden(SystemFailure):
    slug = "builds_hidden"
    says = "{system} has no {what}, or does not let fisk's token see it."
    hint = "Check the token's rights, and `workflow` in fisk.toml."
    what: str


class NoChannel(Refusal):
    slug = "no_channel"
    says = "A terminal is no channel, so it hears of no builds."
    hint = "Type it in the channel that it is about: `/fisk notify on`."
