"""Failures that a target's own checks find after a deploy, and refusals to go back by them."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal
from deploy.deploys.errors import DeployFailure


class CheckFailed(DeployFailure):
    slug = "check_failed"
    says = "{sha} failed {checks}: {why}."
    hint = "The command, URL or query stands in fisk.toml, under [[targets.{target}.checks]]."
    sha: str
    checks: str
    why: str
    target: str


class AnsweredByAnother(DeployFailure):
    """A container that somebody started by hand, with a route to it in the proxy, or an earlier one that still runs."""

    slug = "answered_by_another"
    says = "{sha} is deployed, but {path} is answered by {version}."
    hint = "Look at `docker ps` on the host of {target} and at the routes of its proxy: `/fisk doctor` compares them."
    sha: str
    path: str
    version: str
    target: str


class NotGoneBack(Refusal):
    """A check failed later, but what it would be put back from is not what is there."""

    slug = "not_gone_back"
    says = "{sha} is not put back: {why}."
    hint = "Look at what runs: `/fisk status {target}`."
    sha: str
    why: str
    target: str
