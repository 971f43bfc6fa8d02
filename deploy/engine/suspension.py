"""Why a run stops before its end, to be resumed elsewhere or later.

One that cannot read what another version of fisk has written stops, too, so that a bot of that version goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.core import errors
from deploy.core.acting import Suspended
from deploy.core.signing import Newer
from deploy.engine.leases import Lost
from deploy.redis import codec

LAPSED = "the lease ran out"
TAKEN = "somebody else runs it now"
HANDED_OVER = "fisk shuts down here"
COUNTED = {LAPSED: "lapsed", TAKEN: "fenced", HANDED_OVER: "handed_over"}


class OtherVersion(Suspended):
    """The run stops here, since this fisk cannot read what another version of it has journaled."""


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Within it, what is in another version's form suspends the run."""
    try:
        yield
    except (codec.Unreadable, Newer, errors.OtherVersion) as error:
        raise OtherVersion(f"{what}: {error}") from error


def cause(reason: BaseException) -> str:
    """How deploy/core/counts.py calls the reason."""
    if isinstance(reason, OtherVersion):
        return "version"
    return "fenced" if isinstance(reason, Lost) else COUNTED.get(str(reason), "memory")
