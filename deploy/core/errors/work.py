"""An operation went wrong, was stopped, or could not be written down."""

from __future__ import annotations

from deploy.core.errors.root import FiskError


class DeployFailure(FiskError):
    """The deployment itself went wrong."""


class Unhealthy(DeployFailure):
    slug = "unhealthy"
    says = "{sha} did not become healthy: {path} answered {status} for {seconds:g} s."
    hint = "Look at the app's own log in Coolify."
    sha: str
    path: str
    status: int | str
    seconds: float


class OtherImage(DeployFailure):
    slug = "other_image"
    says = "Coolify says that {sha} is deployed, but {host} runs {found}."
    hint = "Somebody deployed past fisk, or Coolify kept an old image: look at the containers named {app} on {host}."
    sha: str
    host: str
    found: str
    app: str


class DeploymentFailed(DeployFailure):
    slug = "deployment_failed"
    says = "Coolify's deployment of {sha} ended as {state}: {why}."
    hint = "The whole log is in Coolify, deployment {deployment}."
    sha: str
    state: str
    why: str
    deployment: str


class NeverQueued(DeployFailure):
    slug = "never_queued"
    says = "Coolify accepted the deployment of {sha} but it never existed: {why}."
    hint = "Another deployment of the app was under way; wait until it is over and try again."
    sha: str
    why: str


class NotPointed(DeployFailure):
    slug = "not_pointed"
    says = "Coolify took the tag {tag} but reads back {found}."
    hint = "Somebody else is changing the app in Coolify; settle that and try again."
    tag: str
    found: str


class TookTooLong(DeployFailure):
    slug = "took_too_long"
    says = "Coolify did not finish the deployment of {sha} within {minutes:g} min; it is {state}."
    hint = "Look at the deployment {deployment} in Coolify."
    sha: str
    minutes: float
    state: str
    deployment: str


class GaveUpWaiting(DeployFailure):
    slug = "gave_up_waiting"
    says = "Waited {minutes:g} min for {what}, without an end."
    hint = "Ask again when it is done."
    minutes: float
    what: str


class CancelRequested(FiskError):
    slug = "cancelled"
    says = "{by} asked to stop it."
    hint = ""
    by: str


class StateUnavailable(FiskError):
    slug = "state_unavailable"
    says = "fisk cannot reach its own memory ({where}), so it begins nothing."
    hint = "Start Redis or Valkey again; what was under way resumes by itself."
    where: str


class MaybeBegun(StateUnavailable):
    slug = "maybe_begun"
    says = "fisk's memory stopped answering ({where}), so a bot may yet take {operation} up."
    hint = "Once the memory is back, `/fisk op {operation}` tells, and `/fisk cancel {operation}` stops it."
    where: str
    operation: str


class ReplicasMissing(FiskError):
    slug = "replicas_missing"
    says = "Only {found} of {wanted} Redis replicas took the lock in time, so nothing was begun."
    hint = "Look at the replicas; a failover now could lose the lock."
    found: int
    wanted: int


class BadSettings(FiskError):
    slug = "bad_settings"
    says = "The settings do not fit: {why}."
    hint = "`.env.example` and `fisk.example.toml` list every setting; `fisk check` tries them."
    why: str


class Internal(FiskError):
    slug = "internal"
    says = "fisk made a mistake of its own ({kind})."
    hint = "Its log has the details under the operation's id; please report it."
    kind: str
