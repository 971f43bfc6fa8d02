"""Serialises a step's failure for the journal: a resumed operation must raise the same error again.

Otherwise a deploy that failed and was rolled back would, after a crash, check the app that now is healthy
again and call the deploy a success.
"""

from __future__ import annotations

import json
from contextlib import suppress

from deploy.core import errors
from deploy.core.bounded_json import loads
from deploy.core.errors import FiskError
from deploy.core.model import Offer
from deploy.redis import codec


def told(error: Exception) -> FiskError:
    """A failure as people are told of it: any other exception is a mistake of fisk's own."""
    return error if isinstance(error, FiskError) else errors.Internal(kind=type(error).__name__)


def freeze(error: Exception) -> str:
    """Serialise a FiskError with its fields; any other exception as errors.Internal."""
    known = told(error)
    offers = [[offer.label, offer.command, offer.danger] for offer in known.offers]
    return json.dumps({"kind": type(known).__name__, "facts": known.facts, "offers": offers}, default=str)


def thaw(text: str) -> FiskError:
    """Deserialise the error. Raises codec.Unreadable where this version does not know it, or these fields of it."""
    try:
        frozen = loads(text)
        name, facts = str(frozen["kind"]), dict(frozen["facts"])
        offers = tuple(Offer(*offer) for offer in frozen["offers"])
    except (ValueError, TypeError, KeyError):
        raise codec.Unreadable("no failure") from None
    for kind in errors.every_error():
        if kind.__name__ == name:
            with suppress(TypeError):
                return kind(offers=offers, **facts)
    raise codec.Unreadable(f"the failure {name[:50]} is not known")
