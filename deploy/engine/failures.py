"""Serialises a step's failure for the journal: a resumed operation must raise the same error again.

Otherwise a deploy that failed and was rolled back would, after a crash, check the app that now is healthy
again and call the deploy a success.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import astuple
from typing import Any

from deploy.core import errors
from deploy.core.bounded_json import loads
from deploy.core.errors import FiskError
from deploy.core.model import Dialog, Offer
from deploy.redis import codec


def told(error: Exception) -> FiskError:
    """A failure as people are told of it: any other exception is a mistake of fisk's own."""
    return error if isinstance(error, FiskError) else errors.Internal(kind=type(error).__name__)


def freeze(error: Exception) -> str:
    """Serialise a FiskError with its fields; any other exception as errors.Internal."""
    known = told(error)
    offers = [[offer.label, offer.command, offer.danger] for offer in known.offers]
    asks = [astuple(offer.asks) if offer.asks else None for offer in known.offers]  # an earlier fisk reads on
    frozen = {"kind": type(known).__name__, "facts": known.facts, "offers": offers, "asks": asks}
    return json.dumps(frozen, default=str)


def thaw(text: str) -> FiskError:
    """Deserialise the error. Raises codec.Unreadable where this version does not know it, or these fields of it."""
    try:
        frozen = loads(text)
        name, facts = str(frozen["kind"]), dict(frozen["facts"])
        asks = frozen.get("asks") or [None] * len(frozen["offers"])  # an earlier fisk wrote none
        offers = tuple(_offer(*each) for each in zip(frozen["offers"], asks, strict=True))
    except (ValueError, TypeError, KeyError):
        raise codec.Unreadable("no failure") from None
    for kind in errors.every_error():
        if kind.__name__ == name:
            with suppress(TypeError):
                return kind(offers=offers, **facts)
    raise codec.Unreadable(f"the failure {name[:50]} is not known")


def _offer(offer: list[Any], asks: list[Any] | None) -> Offer:
    label, command, danger = offer
    return Offer(label, command, danger=danger, asks=Dialog(*asks) if asks else None)
