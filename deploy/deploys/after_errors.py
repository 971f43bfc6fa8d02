"""Why a target does not take an image that has not run long enough elsewhere."""

from __future__ import annotations

from deploy.deploys.errors import GateRefusal


class NotLongEnough(GateRefusal):
    slug = "not_long_enough"
    says = "{source} has run {sha} healthy for {ran}, since {since}; {target} wants {span}: {left} to go."
    hint = "Wait for it, or go past it: `/fisk deploy {sha} --to {target} --force`."
    forceable = True
    sha: str
    source: str
    target: str
    ran: str
    since: str
    span: str
    left: str


class NotOnTrial(GateRefusal):
    slug = "not_on_trial"
    says = "{target} takes only what {source} has run healthy for {span}: {why}."
    hint = "Deploy it there first: `/fisk deploy {sha} --to {source}`."
    forceable = True
    sha: str
    source: str
    target: str
    span: str
    why: str


class TrialUnknown(GateRefusal):
    slug = "trial_unknown"
    says = "Whether {source} has run {sha} healthy for {span} is not known: {why}."
    hint = "fisk looks each 30 s while it runs, and the time counts anew; `/fisk status {source}` shows how it is."
    forceable = True
    sha: str
    source: str
    target: str
    span: str
    why: str
