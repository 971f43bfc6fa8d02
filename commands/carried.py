"""What a line said beside its commit, carried on to the deploys that are offered in its place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands import grammar
from deploy.errors import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.asking import Offer


def carried(offers: Iterable[Offer], *, force: bool, reason: str) -> tuple[Offer, ...]:
    """The same offers, where a deploy keeps the reason, and one of the same commit later keeps `--force`.

    `--force` was said of this commit, so it is not said of another one.
    """
    if not (force or reason):
        return tuple(offers)
    return tuple(_carried(offer, force=force, reason=reason) for offer in offers)


def _carried(offer: Offer, *, force: bool, reason: str) -> Offer:
    try:
        it = grammar.again(offer.command)
    except NotUnderstood:
        return offer  # an older fisk's line
    if not isinstance(it, grammar.Deploy):
        return offer
    return replace(offer, command=replace(it, force=it.force or (force and it.wait), reason=reason).line)
