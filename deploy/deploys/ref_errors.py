"""What is asked for by a name that is no commit of the branch."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class PullNotMerged(Refusal):
    slug = "pull_not_merged"
    says = "Not started: pull request #{number} {how}, so no commit of it is on {branch}."
    hint = "Merge it into {branch} first; `/fisk builds` shows when its build is done."
    number: int
    how: str
    branch: str
