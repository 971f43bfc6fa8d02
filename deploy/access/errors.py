"""Nobody allowed it, or not enough people did."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class NotAllowed(Refusal):
    slug = "not_allowed"
    says = "You may look but not {verb}: {why}."
    hint = "To allow it, {line} in fisk.toml."
    verb: str
    why: str
    line: str


class MayNotLook(Refusal):
    slug = "may_not_look"
    says = "You may not use fisk: {why}."
    hint = "To allow it, {line} in fisk.toml."
    why: str
    line: str


class NoLongerAllowed(Refusal):
    slug = "no_longer_allowed"
    says_not_begun = True
    says = "Not begun: {who} may not {verb}: {why}."
    hint = "Rights are looked at once more when it is to begin. To allow it, {line} in fisk.toml."
    who: str
    verb: str
    why: str
    line: str
