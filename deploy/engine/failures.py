"""A step's failure as the journal keeps it: a story that runs again must meet the same failure again.

Otherwise a deploy that failed and was put back would, after a crash, look at the app that now is healthy
again and call the deploy a success.
"""

from __future__ import annotations

import json
from contextlib import suppress

from deploy.core import errors
from deploy.core.errors import FiskError
from deploy.core.model import Offer


def freeze(error: Exception) -> str:
    """An error of fisk's with its facts; anything else as errors.Internal, which is all that is shown."""
    known = error if isinstance(error, FiskError) else errors.Internal(kind=type(error).__name__)
    offers = [[offer.label, offer.command, offer.danger] for offer in known.offers]
    return json.dumps({"kind": type(known).__name__, "facts": known.facts, "offers": offers}, default=str)


def thaw(text: str) -> FiskError:
    """The error again. One that this fisk does not know, or not with these fields, is errors.Internal."""
    frozen = json.loads(text)
    offers = tuple(Offer(*offer) for offer in frozen["offers"])
    for kind in errors.every_error():
        if kind.__name__ == frozen["kind"]:
            with suppress(TypeError):
                return kind(offers=offers, **frozen["facts"])
    return errors.Internal(kind=frozen["kind"])
