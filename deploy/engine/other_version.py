"""Suspends a run that cannot read what another version of fisk has written, so that a bot of that version goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.core import errors
from deploy.core.acting import Suspended
from deploy.core.signing import Newer
from deploy.redis import codec


class OtherVersion(Suspended):
    """The run stops here, since this fisk cannot read what another version of it has journaled."""


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Within it, what is in another version's form suspends the run."""
    try:
        yield
    except (codec.Unreadable, Newer, errors.OtherVersion) as error:
        raise OtherVersion(f"{what}: {error}") from error
