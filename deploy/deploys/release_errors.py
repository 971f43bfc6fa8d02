"""A way back that cannot be begun."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class RunsUnknown(Refusal):
    slug = "runs_unknown"
    says = "Which commit runs in {target} is not known: {why}."
    hint = "Deploy a commit by its digits: `/fisk deploy SHA --to {target}`."
    target: str
    why: str


class NothingToRollBackTo(Refusal):
    slug = "nothing_to_roll_back_to"
    says = "fisk has no release of {target} from before what runs{later}."
    hint = "Name a commit: `/fisk rollback {target} SHA` for a release, `/fisk deploy SHA --to {target}` for any."
    target: str
    later: str = ""  # the releases after it, where there are any


class ReleaseGone(Refusal):
    slug = "release_gone"
    says = "The registry no longer has the image of {sha} ({image}): {instead}."
    hint = "Build {sha} again to have it back: `/fisk build rerun {sha}`."
    sha: str
    image: str
    instead: str
    target: str


class NotARelease(Refusal):
    slug = "not_a_release"
    says = "{sha} was never proven healthy in {target}."
    hint = "Proven releases: {known}. Any other commit: `/fisk deploy {sha} --to {target} --force`."
    sha: str
    target: str
    known: str
