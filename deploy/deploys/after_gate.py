"""The gate on images that must have run elsewhere first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import After, Offer, short
from deploy.core.reference import brief
from deploy.core.units import instant, minutes
from deploy.deploys.after_errors import NotLongEnough, NotOnTrial, TrialUnknown
from deploy.deploys.gate_report import Situation, Verdict, refuse
from deploy.deploys.offers import although

if TYPE_CHECKING:
    from deploy.deploys.errors import GateRefusal
    from deploy.deploys.steady import Steady

GATE = "after"


def tried(it: Situation) -> Verdict:
    """What goes back ran here, and must not wait for what runs elsewhere."""
    wanted, trial = it.target.after, it.trial
    if wanted is None or it.going_back:
        return Verdict(GATE, "it ran here before")
    if it.image is None:
        return Verdict(GATE, "no image to look at")
    if trial is None or trial.steady is None:
        return _refused(it, _unknown(it, wanted, "fisk has not looked there yet"))
    if not trial.steady.known(trial.now):
        return _refused(it, _unknown(it, wanted, f"nobody has looked since {instant(trial.steady.seen)}"))
    return _judged(it, wanted, trial.steady, trial.now)


def _judged(it: Situation, wanted: After, steady: Steady, now: float) -> Verdict:
    if not is_image(it, steady.digest):
        runs = f"it runs {brief(steady.digest)}, another image" if steady.digest else steady.why
        return _refused(it, _other(it, wanted, runs))
    ran = now - steady.since
    if ran < wanted.seconds:
        return _refused(it, _too_short(it, wanted, steady, ran))
    return Verdict(GATE, f"{wanted.target} ran it healthy for {minutes(ran)}")


def is_image(it: Situation, digest: str) -> bool:
    """Whether a digest is that of the image that was judged, by whichever of its names."""
    return it.image is not None and digest in {it.image.digest, it.image.manifest}


def _refused(it: Situation, refusal: GateRefusal) -> Verdict:
    """With the way past it."""
    sha, target, runs = short(it.commit.sha), it.target.name, short(it.running.sha)
    line = f"deploy {sha} --to {target} --force" + (f" --when-ran {runs}" if runs else "")
    asks = although((str(refusal),), target, sha, runs)
    refusal.offers = (Offer("Deploy it all the same", line, danger=True, asks=asks),)
    return refuse(GATE, refusal)


def _unknown(it: Situation, wanted: After, why: str) -> TrialUnknown:
    return TrialUnknown(sha=short(it.commit.sha), source=wanted.target, span=minutes(wanted.seconds), why=why)


def _other(it: Situation, wanted: After, why: str) -> NotOnTrial:
    return NotOnTrial(
        sha=short(it.commit.sha),
        source=wanted.target,
        target=it.target.name,
        span=minutes(wanted.seconds),
        why=why,
    )


def _too_short(it: Situation, wanted: After, steady: Steady, ran: float) -> NotLongEnough:
    why = f" ({steady.why})" if steady.why else ""
    return NotLongEnough(
        sha=short(it.commit.sha),
        source=wanted.target,
        target=it.target.name,
        ran=minutes(ran),
        since=f"{instant(steady.since)}{why}",
        span=minutes(wanted.seconds),
        left=minutes(wanted.seconds - ran),
    )
