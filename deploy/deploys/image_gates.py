"""The gates on the image: that it exists, runs on the target, and is the commit's build. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.builds.fit import Fit, fit
from deploy.core.model import LATEST, Commit, Image, Offer, Target, short
from deploy.core.reference import brief
from deploy.deploys.errors import LeftOut, NoImage, NotItsBuild, WrongPlatform, WrongRevision
from deploy.deploys.gate_report import Situation, Verdict, refuse
from deploy.deploys.offers import to_deploy

if TYPE_CHECKING:
    from deploy.deploys.origin import Evidence

ALONE = "No commit near it has an image: push a change that builds, or `/fisk build start` builds the head."


def instead_of(target: Target, near: Commit | None) -> tuple[str, tuple[Offer, ...]]:
    """What can be deployed in its place."""
    if near is None:
        return ALONE, ()
    line = f"deploy {short(near.sha)} --to {target.name}"
    hint = f"The nearest built commit is {short(near.sha)}: `/fisk {line}`."
    return hint, (Offer(f"Deploy {short(near.sha)}", line, asks=to_deploy(target.name, near.sha)),)


def _fit(it: Situation) -> Fit:
    return fit(it.image, it.target.platform, it.commit.sha)


def image_exists(it: Situation) -> Verdict:
    if it.image is not None:
        return Verdict("image", it.image.digest[:19])
    if it.left_out:
        instead, offers = instead_of(it.target, it.ancestor)
        sha, target = short(it.commit.sha), it.target
        left = LeftOut(sha=sha, target=target.name, image=target.image, instead=instead, offers=offers)
        return refuse("image", left)
    url = it.build.url if it.build else it.commit.url
    return refuse("image", NoImage(image=it.target.image, sha=short(it.commit.sha), url=url))


def platform(it: Situation) -> Verdict:
    if it.image is None:
        return Verdict("platform", "no image to look at")
    if _fit(it).platform:
        return Verdict("platform", it.target.platform)
    found = ", ".join(it.image.platforms) or "no known platform"
    target, wanted = it.target.name, it.target.platform
    wrong = WrongPlatform(sha=short(it.commit.sha), found=found, target=target, platform=wanted)
    return refuse("platform", wrong)


def revision(it: Situation) -> Verdict:
    if it.image is None:
        return Verdict("revision", "no image to look at")
    if not it.image.revision:
        return Verdict("revision", "the image does not say which commit it was built from", warning=True)
    if not it.label_counts and not _fit(it).revision:
        return Verdict("revision", _inherited(it.image), warning=True)
    if _fit(it).revision:
        return Verdict("revision", "built from this commit")
    wrong = WrongRevision(sha=short(it.commit.sha), revision=short(it.image.revision))
    return refuse("revision", wrong)


def _inherited(image: Image) -> str:
    source = image.source or "a repository that it does not name"
    return f"the image's label names {short(image.revision)} of {source}: a base image's, so it says nothing"


def origin(it: Situation) -> Verdict:
    """What the log of its build names is its build; an image that the log does not name is none, forced or not."""
    found = it.evidence
    if it.image is None or found is None:
        return Verdict("origin", "no image to look at")
    if found.verdict == "log":
        return Verdict("origin", "its build's log names this image")
    if found.verdict == "contradicted":
        return refuse("origin", _not_its_build(it, it.image, found))
    if it.released:
        return Verdict("origin", "its build's log is not to be had; it ran here and was healthy")
    by = "only its tag says so" if found.verdict == "tag" else "nothing says so"
    told = f"whether it is the commit's build is not proven: {by} ({found.why.rstrip('.')})"
    return Verdict("origin", told, warning=True)


def _not_its_build(it: Situation, image: Image, found: Evidence) -> NotItsBuild:
    tag = LATEST if it.tag == LATEST else short(it.commit.sha)
    built = brief(found.built[-1])
    return NotItsBuild(tag=tag, sha=short(it.commit.sha), digest=brief(image.digest), built=built)
