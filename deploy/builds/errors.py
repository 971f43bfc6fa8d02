"""Refusals and failures of queries and operations on builds."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal
from deploy.core.errors.root import FiskError


class BuildNotFound(Refusal):
    slug = "build_not_found"
    says = "GitHub has no build {build} in {repository}: it never existed, or was deleted."
    hint = "`/fisk builds` lists the newest ones."
    build: int
    repository: str


class NeverBuilt(Refusal):
    slug = "never_built"
    says = "GitHub lists no build of {sha}{why}."
    hint = "`/fisk builds` lists the newest ones; `/fisk build start` builds the head of {branch}."
    sha: str
    why: str
    branch: str


class BuildOver(Refusal):
    slug = "build_over"
    says = "The build of {sha} is over already: it ended as {conclusion}."
    hint = "To run it again: `/fisk build rerun {build}`."
    sha: str
    conclusion: str
    build: int


class BuildUnderWay(Refusal):
    slug = "build_under_way"
    says = "The build of {sha} is not over yet ({doing}), so it cannot be run again."
    hint = "Wait for it, or stop it: `/fisk build cancel {build}`."
    sha: str
    doing: str
    build: int


class NothingFailed(Refusal):
    slug = "nothing_failed"
    says = "No job of the build of {sha} failed."
    hint = "To run all of it again: `/fisk build rerun {build}`."
    sha: str
    build: int


class BuildNotShown(FiskError):
    """GitHub accepted the request but does not show its effect in time; the outcome describes the state."""

    slug = "build_not_shown"
    says = "GitHub took it, but after {minutes:g} min it still shows {state}."
    hint = "Look at it before you try again: {url}"
    minutes: float
    state: str
    url: str
