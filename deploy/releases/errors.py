"""Why nothing goes from one target to another."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class SameTarget(Refusal):
    slug = "same_target"
    says = "{target} cannot be promoted to itself."
    hint = "Name where from and where to: `/fisk promote FROM TO`. Targets: {known}."
    target: str
    known: str


class OtherRepository(Refusal):
    slug = "other_repository"
    says = "{source} runs {image}, and {target} another image: {other}."
    hint = "Deploy a commit of {target}'s own: `/fisk deploy SHA --to {target}`."
    source: str
    image: str
    target: str
    other: str


class NotProvenThere(Refusal):
    """What runs there is not the release that was proven last, so nobody has seen it run healthy."""

    slug = "not_proven_there"
    says = "What {source} runs is not proven: {why}."
    hint = "Deploy it there first: `/fisk deploy SHA --to {source}`."
    source: str
    why: str


class NotHealthyThere(Refusal):
    slug = "not_healthy_there"
    says = "{source} runs {sha}, but is not healthy: {why}."
    hint = "Look at it: `/fisk logs {source}`. To promote it all the same, add `--force`."
    source: str
    sha: str
    why: str


class NotFollowing(Refusal):
    """It was begun by itself, and waited; meanwhile somebody switched that off, or an operation was put back."""

    slug = "not_following"
    says = "{target} does not follow any more, so {ref} is not deployed by itself."
    hint = "Deploy it: `/fisk deploy {ref} --to {target}`, or go on with `/fisk follow {target} on`."
    target: str
    ref: str
