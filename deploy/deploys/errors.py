"""Refusals and failures of deploys."""

from __future__ import annotations

from typing import ClassVar

from deploy.core.errors.refusals import Refusal
from deploy.core.errors.root import FiskError


class GateRefusal(Refusal):
    """A gate refused."""

    forceable: ClassVar[bool] = False


class OffMain(GateRefusal):
    slug = "off_main"
    says = "{sha} is not on {branch}."
    hint = "Merge it first, or pass this gate with --force."
    forceable = True
    sha: str
    branch: str


class BuildRunning(GateRefusal):
    slug = "build_running"
    says = "{sha} is still building ({doing}), so it has no image yet."
    hint = "Deploy it when it is done: `/fisk deploy {sha} --to {target} --wait`."
    sha: str
    doing: str
    target: str


class BuildFailed(GateRefusal):
    slug = "build_failed"
    says = "The build of {sha} ended as {conclusion}."
    hint = "Look at it: `/fisk build {sha}`, {url}"
    forceable = True  # its image may have been pushed nevertheless, which another gate checks
    sha: str
    conclusion: str
    url: str


class NotBuilt(GateRefusal):
    """`instead` names the nearest commit before it that has an image, if there is one."""

    slug = "not_built"
    says = "{sha} {why}, so nothing was built for it."
    hint = "{instead}"
    sha: str
    why: str
    instead: str


class LeftOut(GateRefusal):
    """`instead` names the nearest commit before it that has an image, if there is one."""

    slug = "left_out"
    says = "The build of {sha} was not about {target}: no job of it pushed {image}."
    hint = "{instead}"
    sha: str
    target: str
    image: str
    instead: str


class NoBuild(GateRefusal):
    """`instead` names the nearest commit before it that has an image, if there is one."""

    slug = "no_build"
    says = "GitHub lists no build of {sha}, and there is no image of it; why is not known: {why}."
    hint = "{instead}"
    sha: str
    why: str
    instead: str


class NoImage(GateRefusal):
    slug = "no_image"
    says = "{image} has no tag {sha}."
    hint = "Build it: push it to main, or rerun its build on GitHub: {url}"
    image: str
    sha: str
    url: str


class LatestUnknown(GateRefusal):
    slug = "latest_unknown"
    says = "Which commit {image}:latest was built from is not known: {why}."
    hint = "Deploy a commit by its digits instead."
    image: str
    why: str


class WrongPlatform(GateRefusal):
    slug = "wrong_platform"
    says = "{sha} has an image for {found} only; {target} runs on {platform}."
    hint = "Build it again on the remote BuildKit: `/fisk build rerun {sha}`."
    sha: str
    found: str
    target: str
    platform: str


class WrongRevision(GateRefusal):
    slug = "wrong_revision"
    says = "The image tagged {sha} says that it was built from {revision}."
    hint = "Build it again: `/fisk build rerun {sha}`; do not deploy an image that is not what its tag says."
    sha: str
    revision: str


class NotItsBuild(GateRefusal):
    slug = "not_its_build"
    says = "The tag {tag} names {digest}, but the build of {sha} pushed {built}: it is another image."
    hint = "Somebody moved the tag. Build it again: `/fisk build rerun {sha}`; no option passes this."
    tag: str
    sha: str
    digest: str
    built: str


class RunsAlready(GateRefusal):
    slug = "runs_already"
    says = "{sha} runs in {target} already, and {where} is set to it: a deploy would only start it anew."
    hint = "For new variables, say: `/fisk deploy {sha} --to {target} --force`."
    forceable = True
    sha: str
    target: str
    where: str


class Downgrade(GateRefusal):
    slug = "downgrade"
    says = "{sha} is {behind} behind {running}, which runs now: this would go back in time."
    hint = "To go back: `/fisk rollback {target}`, or pass this gate with --force."
    forceable = True
    sha: str
    behind: str
    running: str
    target: str


class CoolifyBusy(GateRefusal):
    slug = "coolify_busy"
    says = "Coolify is already deploying {target} ({deployment}, {state}), and fisk did not start it."
    hint = "{instead}."
    target: str
    deployment: str
    state: str
    instead: str


class CoolifyHangs(GateRefusal):
    slug = "coolify_hangs"
    says = (
        "Coolify is already deploying {target} ({deployments}), with no sign of life for {silent};"
        " finished ones took {longest} at most."
    )
    hint = "Go past it, which cancels it in Coolify: `/fisk {line}`."
    forceable = True
    target: str
    deployments: str
    silent: str
    longest: str
    line: str


class WrongBuildPack(GateRefusal):
    slug = "wrong_build_pack"
    says = "Coolify builds {target} itself (build pack `{build_pack}`) instead of running an image."
    hint = "In Coolify: Configuration → Build Pack → Docker Image, image {image}. Its API cannot do that."
    target: str
    build_pack: str
    image: str


class WrongImageName(GateRefusal):
    slug = "wrong_image_name"
    says = "Coolify runs {target} from {found}, not from {image}."
    hint = "Set the image name to {image} in Coolify, or correct `image` in fisk.toml."
    target: str
    found: str
    image: str


class TokenUnable(GateRefusal):
    slug = "token_unable"
    says = "Coolify's token lacks what a deploy needs: {missing}."
    hint = "Give the token in FISK_COOLIFY_TOKEN read, read:sensitive, write and deploy."
    missing: str


class DeployFailure(FiskError):
    """The deployment itself failed."""


class Unhealthy(DeployFailure):
    slug = "unhealthy"
    says = "{sha} failed its health check: {path} answered {status} for {seconds:g} s."
    hint = "Look at the app's own log in Coolify."
    sha: str
    path: str
    status: int | str
    seconds: float


class OtherImage(DeployFailure):
    slug = "other_image"
    says = "Coolify says that {sha} is deployed, but by {by} it is {found}."
    hint = "Somebody deployed past fisk, or Coolify kept an old image: look at the containers of {app}."
    sha: str
    by: str
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


class NotCancelled(DeployFailure):
    slug = "not_cancelled"
    says = "Coolify was asked to cancel {deployments}, but {why}."
    hint = "Look at it in Coolify; where it hangs, its helper container on the server has to be stopped."
    deployments: str
    why: str


class NotPointed(DeployFailure):
    slug = "not_pointed"
    says = "Coolify took {image} but reads back {found}."
    hint = "Somebody else is changing the app in Coolify; settle that and try again."
    image: str
    found: str


class TagMoved(DeployFailure):
    slug = "tag_moved"
    says = "The tag {tag} names {found} now, not {digest}, which was judged, and Coolify {version} takes no digest."
    hint = "Build that commit again, or deploy another one; a newer Coolify takes digests."
    tag: str
    found: str
    digest: str
    version: str


class TookTooLong(DeployFailure):
    slug = "took_too_long"
    says = "Coolify did not finish the deployment of {sha} within {minutes:g} min; it is {state}."
    hint = "Look at the deployment {deployment} in Coolify."
    sha: str
    minutes: float
    state: str
    deployment: str
