"""Who answers at a target's health URL: the container that Coolify knows, or one that somebody started past it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import Unknown
from deploy.core.errors import CommitNotFound
from deploy.core.model import Target, short
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys.answers import COMMIT
from deploy.doctor.asked import GITHUB, once
from deploy.doctor.verdicts import Judgement, broken, holds, unknown

if TYPE_CHECKING:
    from deploy.deploys.proof import Proof
    from deploy.doctor.evidence import Evidence

LONGEST = 40  # characters of a version that is quoted


@dataclass(frozen=True, slots=True)
class Answerer:
    """`answers` is the commit, or else the version, that the health answer names; `runs` the commit that the image of
    the container on the host names. `unlisted` are those of the two that are no commits of the repository.
    """

    answers: str
    runs: str
    unlisted: frozenset[str] = frozenset()


async def look_at_answerer(it: Evidence, target: Target) -> Answerer | Unknown | None:
    """None while a deployment is under way. Raises SystemFailure."""
    proven = await it.running(target)
    if proven is None or isinstance(proven, Unknown):
        return proven
    health, runs = await together(it.health(target.health), _revision(it, target, proven))
    answers = health.version
    if not runs or not COMMIT.fullmatch(answers) or runs.startswith(answers.lower()):
        return Answerer(answers, runs)
    return Answerer(answers, runs, await _unlisted(it, answers, runs))


async def _revision(it: Evidence, target: Target, proven: Proof) -> str:
    """The commit that the image on the host says that it was built from; of the target's own image alone."""
    if not proven.digest.startswith("sha256:"):
        return ""
    image = await it.image(target.image, proven.digest, target.platform)
    return image.revision.lower() if image else ""


async def _unlisted(it: Evidence, *refs: str) -> frozenset[str]:
    """A revision is inherited from a base image that has one, and a date has eight digits: neither is a commit here."""
    listed = await together(*(_is_commit(it, ref) for ref in refs))
    return frozenset(ref for ref, is_listed in zip(refs, listed, strict=True) if not is_listed)


@once(GITHUB, "the commit")
async def _is_commit(it: Evidence, ref: str) -> bool:
    try:
        await it.world.systems.github.commit(ref)
    except CommitNotFound:
        return False
    return True


def judge_answerer(target: Target, it: Answerer | Unknown | None) -> Judgement:
    """A container that somebody started by hand, with a file of the proxy's that routes to it, is nobody's release."""
    if it is None or isinstance(it, Unknown):
        return not_proven(target, it)
    if why := _why_unknown(target, it):
        return unknown(
            why, "Let the health answer name its commit as `version`, and the image as its revision."
        )
    if it.runs.startswith(it.answers.lower()):
        return holds(f"{short(it.runs)} answers, and runs")
    fix = (
        f"Look at `docker ps` on the host of {target.name}, and at the files of its proxy;"
        f" then deploy what is to run: `/fisk deploy SHA --to {target.name}`."
    )
    return broken(
        f"{short(it.answers)} answers, but {short(it.runs)} runs: a container started by hand?", fix
    )


def not_proven(target: Target, it: Unknown | None) -> Judgement:
    """Why nobody knows what runs."""
    if it is None:
        return unknown("a deployment is under way")
    return unknown(it.why, f"Look at `docker ps` on the host of {target.name}: whose container answers?")


def _why_unknown(target: Target, it: Answerer) -> str:
    """Why the two cannot be compared; empty where they can."""
    if not it.answers:
        return f"{target.health} does not say which version it is"
    version = f"{target.health} says {it.answers[:LONGEST]}"
    if not it.runs:
        return f"{version}, but the image on the host names no commit"
    if not COMMIT.fullmatch(it.answers) or it.answers in it.unlisted:
        return f"{version}, which is no commit"
    if it.runs in it.unlisted:
        return f"{version}, but the image's revision {short(it.runs)} is of another repository"
    return ""
