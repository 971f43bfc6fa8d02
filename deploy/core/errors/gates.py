"""A gate said no: why this commit does not go on."""

from __future__ import annotations

from typing import ClassVar

from deploy.core.errors.refusals import Refusal


class GateRefusal(Refusal):
    """A gate said no."""

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
    forceable = True  # its image may have been pushed all the same; whether there is one is another gate
    sha: str
    conclusion: str
    url: str


class DocsOnly(GateRefusal):
    slug = "docs_only"
    says = "{sha} changed only docs, so nothing was built for it."
    hint = "The nearest built commit before it is {ancestor}: `/fisk deploy {ancestor} --to {target}`."
    sha: str
    ancestor: str
    target: str


class DocsOnlyAlone(GateRefusal):
    slug = "docs_only_alone"
    says = (
        "{sha} changed only docs, so nothing was built for it, and no commit shortly before it has an image."
    )
    hint = "Push a change that builds, or start the build workflow on GitHub."
    sha: str


class NoImage(GateRefusal):
    slug = "no_image"
    says = "{image} has no tag {sha}."
    hint = "Build it: push it to main, or rerun its build on GitHub: {url}"
    image: str
    sha: str
    url: str


class LatestUnknown(GateRefusal):
    slug = "latest_unknown"
    says = "{image}:latest does not say which commit it was built from."
    hint = "Deploy a commit by its digits instead."
    image: str


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
    hint = "Wait until it is over, or cancel it in Coolify."
    target: str
    deployment: str
    state: str


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
