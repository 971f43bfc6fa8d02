"""Texts of what runs in a target, and from where that is known; for `status` and `where`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Offer, Running, Target, short
from deploy.core.reference import brief
from deploy.core.units import age
from deploy.deploys.offers import deploying

if TYPE_CHECKING:
    from deploy.status.drift import Drift


def unknown(running: Running) -> str:
    """Why nobody can say what runs; empty where somebody can."""
    return "" if running.of else running.why.rstrip(".") or "nobody can say"


def image(running: Running) -> str:
    """What runs: its commit, else the beginning of its digest, else the tag that was deployed."""
    if running.sha:
        return short(running.sha)
    return f"the image {brief(running.digest)}" if running.digest else f"`{running.deployed}`"


def proven(running: Running, now: float) -> str:
    """From where it is known what runs, and why no better."""
    if running.source == "host":
        if not running.sha:
            return f"its commit is not known ({running.why.rstrip('.')})"
        return f"its commit by its tag alone ({running.weak.rstrip('.')})" if running.weak else "proven"
    when = f", {age(now - running.at)} ago" if running.at else ""
    by = "its digest" if running.digest else "its tag"
    rest = "" if running.digest or running.sha else "; which image that is, is not known"
    return f"by Coolify's log{when}, by {by}{rest}: not proven ({running.why.rstrip('.')})"


def drifted(drift: Drift, running: Running, now: float) -> list[str]:
    """What differs, a sentence each."""
    told = []
    if drift.answers:
        told.append(
            f"{short(drift.answers)} answers at the health URL: an earlier container, or one started by hand?"
        )
    if drift.set_to:
        told.append(f"Coolify is set to {drift.set_to}: the next deploy from anywhere would ship it")
    if drift.again and drift.built:
        when = f" {age(now - drift.again.created)} ago" if drift.again.created else ""
        told.append(f"it runs an earlier image of {short(running.sha)}, which was built again{when}")
    elif drift.again:
        named = brief(drift.again.digest)
        told.append(
            f"the tag {short(running.sha)} names another image now ({named}), which no build log of it names"
        )
    return told


def again(drift: Drift, running: Running, target: Target) -> tuple[Offer, ...]:
    """The way to the newer image of the commit that runs."""
    if not (drift.again and drift.built):
        return ()
    sha = short(running.sha)
    return (deploying("Deploy it again", sha, target.name, sha),)
