"""Every failure that a person can meet: a code, one plain sentence, and what to do next.

    FiskError
    ├── NotUnderstood               the grammar does not know the line
    ├── Refusal                     nothing was begun
    │   ├── NotAllowed, Stranger, ChannelNotAllowed          by rights
    │   ├── UnknownTarget, UnknownOperation, CommitNotFound  by name
    │   ├── Locked, OnHold, NotHeld, NotCancellable          by somebody else's work
    │   ├── NothingToRollBackTo, AlreadyHandled, Draining
    │   └── GateRefusal             by a gate; `forceable` where --force passes it
    ├── SystemFailure               GitHub, the registry, Coolify, the app or Slack did not do its part
    ├── DeployFailure               the deployment itself went wrong
    ├── CancelRequested             a person asked the operation to stop
    ├── StateUnavailable            Redis or Valkey does not answer
    └── Internal                    a fault of fisk's own

A class gives its sentence and hint as templates; an instance fills them with its facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from deploy.model import Failure, Offer

if TYPE_CHECKING:
    from collections.abc import Iterator


class FiskError(Exception):
    """The root. `facts` fill the templates; keep secrets out of them, since they are journaled and shown."""

    slug: ClassVar[str] = ""
    says: ClassVar[str] = ""
    hint: ClassVar[str] = ""

    def __init__(self, *, offers: tuple[Offer, ...] = (), **facts: object) -> None:
        self.facts = facts
        self.offers = offers
        super().__init__(self.says.format(**facts))

    @property
    def code(self) -> str:
        return self.slug

    @property
    def failure(self) -> Failure:
        """This error as a value for the journal and the views."""
        return Failure(self.code, str(self), self.hint.format(**self.facts), self.offers)


def every_error(root: type[FiskError] = FiskError) -> Iterator[type[FiskError]]:
    """All concrete errors: those with a code."""
    for kind in root.__subclasses__():
        if kind.slug:
            yield kind
        yield from every_error(kind)


class NotUnderstood(FiskError):
    slug = "not_understood"
    says = "{what}"
    hint = "`/fisk help` lists the commands."


# --- refusals


class Refusal(FiskError):
    """Nothing was begun; the exit status is 3."""


class NotAllowed(Refusal):
    slug = "not_allowed"
    says = "You may look but not {verb}."
    hint = "To allow it, add `{actor}` to `deployers` under `[access]` in fisk.toml."


class ChannelNotAllowed(Refusal):
    slug = "channel_not_allowed"
    says = "Nobody may {verb} from this channel."
    hint = "Do it in {channels}, or add `{channel}` to `channels` under `[access]` in fisk.toml."


class Stranger(Refusal):
    slug = "stranger"
    says = "{who} cannot use fisk: {why}."
    hint = "Ask a member of this workspace to do it."


class UnknownTarget(Refusal):
    slug = "unknown_target"
    says = "There is no target `{target}`."
    hint = "Known targets: {known}."


class UnknownOperation(Refusal):
    slug = "unknown_operation"
    says = "There is no operation `{operation}`."
    hint = "`/fisk history` lists the latest ones; they are kept for {days} days."


class CommitNotFound(Refusal):
    slug = "commit_not_found"
    says = "GitHub knows no single commit `{ref}` in {repository}: it is unknown or ambiguous."
    hint = "Give more of its digits, or check that it was pushed."


class Locked(Refusal):
    slug = "locked"
    says = "Not started: {holder} {activity}."
    hint = "Wait for it, or look at it: `/fisk op {operation}`."


class OnHold(Refusal):
    slug = "on_hold"
    says = "Not started: {holder} holds {target} since {since}: {reason}."
    hint = "When it is over: `/fisk unlock {target}`."


class NotHeld(Refusal):
    slug = "not_held"
    says = "Nobody holds {target}."
    hint = "`/fisk locks` shows who holds what."


class NotLocked(Refusal):
    slug = "not_locked"
    says = "No operation works on {target}, so there is no lock to take away."
    hint = "A person's hold is lifted with `/fisk unlock {target}`."


class NotCancellable(Refusal):
    slug = "not_cancellable"
    says = "{operation} is already over: {state}."
    hint = "`/fisk op {operation}` shows how it ended."


class NothingToRollBackTo(Refusal):
    slug = "nothing_to_roll_back_to"
    says = "fisk has no release of {target} that was proven healthy, other than what runs."
    hint = "Name a commit: `/fisk deploy SHA --to {target} --force`."


class NotARelease(Refusal):
    slug = "not_a_release"
    says = "{sha} was never proven healthy in {target}."
    hint = "Proven releases: {known}. Any other commit: `/fisk deploy {sha} --to {target} --force`."


class Draining(Refusal):
    slug = "draining"
    says = "fisk is shutting down and takes no new work."
    hint = "Ask again in a minute, or from a terminal: `fisk {line}`."


# --- gates


class GateRefusal(Refusal):
    """A gate said no."""

    forceable: ClassVar[bool] = False


class OffMain(GateRefusal):
    slug = "off_main"
    says = "{sha} is not on {branch}."
    hint = "Merge it first, or pass this gate with --force."
    forceable = True


class BuildRunning(GateRefusal):
    slug = "build_running"
    says = "{sha} is still building ({doing}), so it has no image yet."
    hint = "Deploy it when it is done: `/fisk deploy {sha} --to {target} --wait`."


class BuildFailed(GateRefusal):
    slug = "build_failed"
    says = "The build of {sha} ended as {conclusion}."
    hint = "Look at it: {url}"
    forceable = True  # its image may have been pushed all the same; whether there is one is another gate


class DocsOnly(GateRefusal):
    slug = "docs_only"
    says = "{sha} changed only docs, so nothing was built for it."
    hint = "The nearest built commit before it is {ancestor}: `/fisk deploy {ancestor} --to {target}`."


class DocsOnlyAlone(GateRefusal):
    slug = "docs_only_alone"
    says = (
        "{sha} changed only docs, so nothing was built for it, and no commit shortly before it has an image."
    )
    hint = "Push a change that builds, or start the build workflow on GitHub."


class NoImage(GateRefusal):
    slug = "no_image"
    says = "{image} has no tag {sha}."
    hint = "Build it: push it to main, or rerun its build on GitHub: {url}"


class LatestUnknown(GateRefusal):
    slug = "latest_unknown"
    says = "{image}:latest does not say which commit it was built from."
    hint = "Deploy a commit by its digits instead."


class WrongPlatform(GateRefusal):
    slug = "wrong_platform"
    says = "{sha} has an image for {found} only; {target} runs on {platform}."
    hint = "Build it again on the remote BuildKit."


class WrongRevision(GateRefusal):
    slug = "wrong_revision"
    says = "The image tagged {sha} says that it was built from {revision}."
    hint = "Build {sha} again; do not deploy an image that is not what its tag says."


class Downgrade(GateRefusal):
    slug = "downgrade"
    says = "{sha} is {behind} behind {running}, which runs now: this would go back in time."
    hint = "To go back: `/fisk rollback {target}`, or pass this gate with --force."
    forceable = True


class CoolifyBusy(GateRefusal):
    slug = "coolify_busy"
    says = "Coolify is already deploying {target} ({deployment}, {state}), and fisk did not start it."
    hint = "Wait until it is over, or cancel it in Coolify."


class WrongBuildPack(GateRefusal):
    slug = "wrong_build_pack"
    says = "Coolify builds {target} itself (build pack `{build_pack}`) instead of running an image."
    hint = "In Coolify: Configuration → Build Pack → Docker Image, image {image}. Its API cannot do that."


class WrongImageName(GateRefusal):
    slug = "wrong_image_name"
    says = "Coolify runs {target} from {found}, not from {image}."
    hint = "Set the image name to {image} in Coolify, or correct `image` in fisk.toml."


class TokenUnable(GateRefusal):
    slug = "token_unable"
    says = "Coolify's token lacks what a deploy needs: {missing}."
    hint = "Give the token in FISK_COOLIFY_TOKEN read, read:sensitive, write and deploy."


# --- systems


class SystemFailure(FiskError):
    """A system did not do its part. Its code is `SYSTEM_slug`, as in `coolify_timed_out`.

    Facts: `system` ("GitHub", "The registry", "Coolify", "Slack", …), `doing` (what fisk was about),
    and what the subclass's template names.
    """

    @property
    def code(self) -> str:
        system = str(self.facts.get("system", "system")).lower().removeprefix("the ")
        return f"{system.replace(' ', '_')}_{self.slug}"


class Unreachable(SystemFailure):
    slug = "unreachable"
    says = "{system} cannot be reached ({why})."
    hint = "Check that it is up and that its address in the settings is right."


class TimedOut(SystemFailure):
    slug = "timed_out"
    says = "{system} did not answer within {seconds:g} s."
    hint = "Try again; if it stays so, look at the system itself."


class Unauthorized(SystemFailure):
    slug = "unauthorized"
    says = "{system} refuses fisk's credentials."
    hint = "Put a valid token in {setting} and restart fisk."


class MissingAbility(SystemFailure):
    slug = "missing_ability"
    says = "{system} does not let fisk's token do that: {why}."
    hint = "Give the token in {setting} the missing right."


class RateLimited(SystemFailure):
    """`retry_after` in seconds."""

    slug = "rate_limited"
    says = "{system} asks fisk to slow down for {retry_after:g} s."
    hint = "Try again after that."


class ServerFault(SystemFailure):
    slug = "server_fault"
    says = "{system} answers {status}."
    hint = "It is a fault on its side; try again, and look at its own logs."


class NotJson(SystemFailure):
    slug = "not_json"
    says = "{system} answered {what} where fisk expected JSON."
    hint = "Something else answers at that address (a login page, a proxy): check it in the settings."


class Rejected(SystemFailure):
    slug = "rejected"
    says = "{system} rejected the request: {why}."
    hint = "fisk and this version of {system} do not fit; please report it with the operation's id."


class NotThere(SystemFailure):
    slug = "not_found"
    says = "{system} has no {what}."
    hint = "Check its name or id in fisk.toml."


class Unexpected(SystemFailure):
    slug = "unexpected"
    says = "{system} answered something that fisk does not understand: {why}."
    hint = "Please report it with the operation's id."


# --- deployments


class DeployFailure(FiskError):
    """The deployment itself went wrong."""


class Unhealthy(DeployFailure):
    slug = "unhealthy"
    says = "{sha} did not become healthy: {path} answered {status} for {seconds:g} s."
    hint = "Look at the app's own log in Coolify."


class DeploymentFailed(DeployFailure):
    slug = "deployment_failed"
    says = "Coolify's deployment of {sha} ended as {state}: {why}."
    hint = "The whole log is in Coolify, deployment {deployment}."


class NeverQueued(DeployFailure):
    slug = "never_queued"
    says = "Coolify accepted the deployment of {sha} but it never existed: {why}."
    hint = "Another deployment of the app was under way; wait until it is over and try again."


class NotPointed(DeployFailure):
    slug = "not_pointed"
    says = "Coolify took the tag {tag} but reads back {found}."
    hint = "Somebody else is changing the app in Coolify; settle that and try again."


class TookTooLong(DeployFailure):
    slug = "took_too_long"
    says = "Coolify did not finish the deployment of {sha} within {minutes:g} min; it is {state}."
    hint = "Look at the deployment {deployment} in Coolify."


class GaveUpWaiting(DeployFailure):
    slug = "gave_up_waiting"
    says = "Waited {minutes:g} min for {what}, without an end."
    hint = "Ask again when it is done."


class CancelRequested(FiskError):
    slug = "cancelled"
    says = "{by} asked to stop it."
    hint = ""


# --- fisk's own


class StateUnavailable(FiskError):
    slug = "state_unavailable"
    says = "fisk cannot reach its own memory ({where}), so it begins nothing."
    hint = "Start Redis or Valkey again; what was under way resumes by itself."


class ReplicasMissing(FiskError):
    slug = "replicas_missing"
    says = "Only {found} of {wanted} Redis replicas took the lock in time, so nothing was begun."
    hint = "Look at the replicas; a failover now could lose the lock."


class BadSettings(FiskError):
    slug = "bad_settings"
    says = "The settings do not fit: {why}."
    hint = "`.env.example` and `fisk.example.toml` list every setting; `fisk check` tries them."


class Internal(FiskError):
    slug = "internal"
    says = "fisk made a mistake of its own ({kind})."
    hint = "Its log has the details under the operation's id; please report it."
