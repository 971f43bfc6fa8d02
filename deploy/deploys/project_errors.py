"""Failures of deploys by docker compose."""

from __future__ import annotations

from deploy.deploys.errors import DeployFailure, GateRefusal


class TagNamesOther(DeployFailure):
    """Compose pulls by tag, and nothing but the image that was judged may run."""

    slug = "tag_names_other"
    says = "{image}:{tag} names {found} now, not {digest}, which was judged."
    hint = "Build that commit again, or deploy another one."
    image: str
    tag: str
    found: str
    digest: str


class VariablesNotSet(DeployFailure):
    slug = "variables_not_set"
    says = "{folder}/.env on {host} reads back {found}."
    hint = "Somebody else is changing that file; settle that and try again."
    folder: str
    host: str
    found: str


class ComposeFailed(DeployFailure):
    slug = "compose_failed"
    says = "`{what}` of docker compose on {host} failed: {why}."
    hint = "Try it there by hand, with the same file."
    what: str
    host: str
    why: str


class NotUp(DeployFailure):
    slug = "not_up"
    says = "{sha} does not come up on {host}: {how}."
    hint = "Look at what it printed: `/fisk logs {target}`."
    sha: str
    host: str
    how: str
    target: str


class OtherParts(DeployFailure):
    slug = "other_parts"
    says = "compose has started {sha} on {host}, but {found}."
    hint = "See whether the compose file names its images by the variables that fisk sets."
    sha: str
    host: str
    found: str


class OtherRevision(DeployFailure):
    """What an image says of itself is only asked where fisk.toml names the variable."""

    slug = "other_revision"
    says = "{part} on {host} has {variable} {found}, not {sha}."
    hint = "Its image was built from another commit, or names none: look at the build."
    part: str
    host: str
    variable: str
    found: str
    sha: str


class OnLatest(GateRefusal):
    """A service that names its image by another tag is not deployed by the variables."""

    slug = "on_latest"
    says = "{services} on {host} run an image by the tag latest, which the variables of {target} do not set."
    hint = "In the compose file, name the image by a variable: `image: …:$IMAGE_TAG`."
    services: str
    host: str
    target: str


class ComposeAtWork(GateRefusal):
    slug = "compose_at_work"
    says = "docker compose is at work in {folder} on {host}."
    hint = "Wait for it: `/fisk deploy {sha} --to {target} --wait`."
    folder: str
    host: str
    sha: str
    target: str
