"""Which commit an image was built from, and on what evidence.

The log of the build names the digest that it pushed. Where it is gone, the tag of forty digits counts, which is
weaker: whoever may push can move it. A label says nothing by itself, since a base image's is inherited.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from deploy.builds.pushed import pushed
from deploy.core.ask import Unknown, ask, known
from deploy.core.model import Image, Target, is_sha, short
from deploy.core.reference import brief
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.world import World

BUILDS = 5  # of one commit
RELEASES = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether an image is a commit's build.

    Attributes:
        verdict: `log`: the build's log names it. `tag`: the commit's tag does, and the log is not to be had.
            `contradicted`: the log names others only. `unknown`: nothing says so.
        why: the log is not to be had, or says nothing.
        built: the digests that the log names instead.
    """

    verdict: Literal["log", "tag", "contradicted", "unknown"]
    why: str = ""
    built: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.verdict in {"log", "tag"}


@dataclass(frozen=True, slots=True)
class Origin:
    """The commit of an image; empty where nobody can say, for which `why` is the reason.

    `weak`: why only a tag says so.
    """

    sha: str
    why: str = ""
    weak: str = ""


async def evidence(
    world: World, target: Target, sha: str, digest: str, builds: Sequence[Build] | None = None
) -> Evidence:
    """Whether `digest` was built from the commit `sha`; `builds` are its builds, where they are known already.

    Never raises for a system: what does not answer is no evidence.
    """
    listed = builds if builds is not None else await _builds(world, target, sha)
    if isinstance(listed, Unknown):
        return await _by_tag(world, target, sha, digest, listed.why)
    told = await pushed(world, target.image, listed)
    if digest in told.digests:
        return Evidence("log")
    if told.digests and not told.unread:
        return Evidence("contradicted", built=tuple(sorted(told.digests)))
    return await _by_tag(world, target, sha, digest, told.unread or "no log names an image")


async def _builds(world: World, target: Target, sha: str) -> tuple[Build, ...] | Unknown:
    return await ask("GitHub", world.systems.github.builds(target.workflow, sha=sha, limit=BUILDS))


async def _by_tag(world: World, target: Target, sha: str, digest: str, why: str) -> Evidence:
    named = known(await ask("The registry", world.systems.registry.digest(target.image, sha)))
    return Evidence("tag" if named == digest else "unknown", why)


async def commit_of(world: World, target: Target, digest: str, hints: Iterable[str] = ()) -> Origin:
    """The commit that an image was built from; never raises for a system.

    A tag alone says it only where the image's own label does not name another commit; what a log says is remembered.

    Args:
        world: where.
        target: whose image it is.
        digest: of the image.
        hints: commits that it may be of; each is believed only on evidence.
    """
    if remembered := await _remembered(world, target, digest):
        return remembered
    image = await ask("The registry", world.systems.registry.image(target.image, digest, target.platform))
    label = _label(world, known(image))
    for sha in dict.fromkeys(each for each in (label, *hints) if is_sha(each)):
        found = await evidence(world, target, sha, digest)
        if found.verdict == "log":
            await ask("fisk's memory", world.memory.cache.set(_key(digest), sha))
        if found.verdict == "log" or (found.verdict == "tag" and label in {"", sha}):
            return Origin(sha, weak=found.why)
    return Origin("", _why_not(image, label, digest))


def _key(digest: str) -> str:
    return f"commit:{digest}"


async def _remembered(world: World, target: Target, digest: str) -> Origin | None:
    """By a release that fisk judged, or by what evidence said before."""
    cached = known(await ask("fisk's memory", world.memory.cache.get(_key(digest)))) or ("",)
    if cached[0]:
        return Origin(cached[0])
    releases = known(await ask("fisk's memory", world.memory.history.releases(target.name, RELEASES))) or ()
    judged = (Origin(each.sha, weak=each.weak) for each in releases if digest in {each.digest, *each.others})
    return next(judged, None)


def _label(world: World, image: Image | None) -> str:
    return image.revision if image and is_about(world, image) else ""


def is_about(world: World, image: Image) -> bool:
    """Whether an image's label is about this repository, not inherited from a base image of another one."""
    _, _, path = image.source.removesuffix(".git").rstrip("/").partition("://")
    return path.partition("/")[2].lower() == world.systems.github.repository.lower()


def _why_not(image: Image | Unknown | None, label: str, digest: str) -> str:
    if isinstance(image, Unknown):
        return image.why
    if image is None:
        return f"the registry has no image {brief(digest)} any more"
    if label:
        return f"its label names {short(label)}, but no log and no tag of that commit names this image"
    return f"no build log and no tag says which commit {brief(digest)} was built from"
