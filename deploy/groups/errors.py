"""Why it is not known which commits a group is to get."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal
from deploy.deploys.errors import DeployFailure


class PartMissing(Refusal):
    slug = "part_missing"
    says = "{group} is {targets}, and no commit is given for {missing}."
    hint = "Name one for each: `/fisk deploy {line} --to {group}`."
    group: str
    targets: str
    missing: str
    line: str


class NotInGroup(Refusal):
    slug = "not_in_group"
    says = "{target} is not in {group}."
    hint = "{group} is {targets}."
    target: str
    group: str
    targets: str


class PairNotNamed(Refusal):
    """The file that says which commits go together is not there at this commit, or names none for this target."""

    slug = "pair_not_named"
    says = "{file} at {sha} does not say which commit of {target} goes with it: {why}."
    hint = "Name it yourself: `/fisk deploy {line} --to {group}`."
    file: str
    sha: str
    target: str
    why: str
    group: str
    line: str


class NoneBuilt(Refusal):
    slug = "none_built"
    says = "No commit of {target} that could go with it is built: {why}."
    hint = "Name one: `/fisk deploy {line} --to {group}`."
    target: str
    why: str
    group: str
    line: str


class TakenBack(DeployFailure):
    """A target was deployed well, and is taken back since another one of its group failed."""

    slug = "taken_back"
    says = "It was taken back with {target}: {why}"
    hint = "Deploy the group again once that is settled."
    target: str
    why: str
