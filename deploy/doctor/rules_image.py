"""Images: which tags there are, for which platform, and whether `latest` is the latest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from deploy.builds.fit import fit
from deploy.core.model import Image, Target, short
from deploy.core.reference import brief
from deploy.doctor.evidence import Digests, Evidence, Latest
from deploy.doctor.releases import LastReleases, last_releases
from deploy.doctor.rule import Look, Rule
from deploy.doctor.rules_workflow import name_of, one_for_each_image
from deploy.doctor.verdicts import Judgement, broken, holds, must, unknown

if TYPE_CHECKING:
    from deploy.world import World

CACHE = "buildcache"
BUILD = "Build the branch's tip: `/fisk build start`."


def rules(world: World) -> Iterator[Rule]:
    """Those of each image that a target runs, and of each worker's image."""
    for target in one_for_each_image(world.its_targets):
        yield from _of(target)
    for target in world.targets.values():
        title = f"The images of the last releases of {target.name} are in the registry"
        look = partial(last_releases, target=target)
        yield Rule(f"image.releases:{target.name}", title, look, still_there)
    for image, platform in world.targets.workers.items():
        title, judge = f"The worker image {image} is for {platform} alone", partial(worker, image, platform)
        newest = partial(Evidence.image, repository=image, tag="latest", platform=platform)
        yield Rule(f"worker.platform:{name_of(image)}", title, newest, judge)


def _of(target: Target) -> Iterator[Rule]:
    image, platform = target.image, target.platform
    latest = partial(Evidence.latest, target=target)
    tags, newest = partial(Evidence.newest_tags, target=target), partial(Evidence.newest_image, target=target)
    cached = partial(Evidence.tagged, repository=image, tag=CACHE)
    by_both = "The newest good build is tagged by its seven and by its forty digits"
    judged: tuple[tuple[str, str, Look[Any], Callable[..., Judgement]], ...] = (
        ("latest", f"{image}:latest is there, for {platform} alone", latest, partial(latest_fits, target)),
        ("fresh", f"{image}:latest is the newest good build", latest, fresh),
        ("tags", by_both, tags, tagged),
        ("platform", f"The newest good build is for {platform} alone", newest, partial(fits, target)),
        ("cache", f"{image}:{CACHE} keeps the layers", cached, partial(cached_layers, image)),
    )
    for rule, title, look, judge in judged:
        yield Rule(f"image.{rule}:{name_of(image)}", title, look, judge)


# --- judging


def latest_fits(target: Target, seen: Latest) -> Judgement:
    """`latest` exists and runs on the target's host."""
    return _for(target.platform, seen.image, f"{target.image} has no tag latest", BUILD)


def fits(target: Target, seen: tuple[str, Image | None]) -> Judgement:
    """The image of the newest good build runs on the target's host."""
    sha, image = seen
    again = f"Build it again: `/fisk build rerun {short(sha)}`."
    return _for(target.platform, image, f"{target.image} has no tag {sha}", again)


def worker(image: str, platform: str, seen: Image | None) -> Judgement:
    """A worker's image runs elsewhere, on another processor."""
    take_out = "Build it, or take it out of `workers` under `[doctor]` in fisk.toml."
    return _for(platform, seen, f"{image} has no tag latest", take_out)


def _for(platform: str, image: Image | None, missing: str, build: str) -> Judgement:
    if image is None:
        return broken(missing, build)
    found = ", ".join(image.platforms) or "a platform that it does not name"
    fix = f"Build it on a builder for {platform}, with `platforms: {platform}` and no other."
    alone = fit(image, platform).platform and len(image.platforms) == 1
    return must(alone, f"{image.tag[:12]} is for {found}", fix)


def fresh(seen: Latest) -> Judgement:
    """A deploy of a stale `latest` ships what nobody meant; while a newer build runs it may be ahead."""
    if seen.image is None:
        return broken("there is no latest", BUILD)
    if not seen.image.revision:
        return unknown("its image does not say which commit it was built from")
    if not seen.built:
        return unknown("there is no good build among the newest")
    told = (
        f"latest was built from {short(seen.image.revision)}, the newest good build is of {short(seen.built)}"
    )
    good = seen.image.revision in {seen.built, *seen.newer}
    return must(good, told, f"Build it again: `/fisk build rerun {short(seen.built)}`.")


def tagged(seen: Digests) -> Judgement:
    """Both tags name the same image."""
    missing = [
        tag for tag, digest in ((short(seen.sha), seen.short), (seen.sha, seen.long)) if digest is None
    ]
    fix = f"Build it again: `/fisk build rerun {short(seen.sha)}`; if that does not help, correct the workflow's tags."
    if missing:
        return broken(f"there is no tag {' and no tag '.join(missing)}", fix)
    told = f"{short(seen.sha)} is {brief(seen.short or '')}"
    return must(
        seen.short == seen.long,
        told if seen.short == seen.long else f"{told}, but the forty digits name {brief(seen.long or '')}",
        fix,
    )


def cached_layers(image: str, digest: str | None) -> Judgement:
    """Without it the next build on a new builder starts from nothing."""
    if digest:
        return holds(brief(digest))
    return broken(
        f"{image} has no tag {CACHE}",
        f"In the workflow: `cache-to: type=registry,ref={image}:{CACHE},mode=max`.",
    )


def still_there(it: LastReleases) -> Judgement:
    """Registries delete what is old or has no tag, and a rollback needs the very image."""
    if it.gone:
        named = ", ".join(
            f"{short(each.sha)} ({brief(each.digest) if each.digest else each.tag})" for each in it.gone
        )
        again = f"`/fisk build rerun {short(it.gone[0].sha)}` builds that commit anew"
        return broken(f"gone: {named}", f"Let the registry keep released images; {again}.")
    if it.unsure:
        named = ", ".join(short(each.sha) for each in it.unsure)
        return unknown(f"{named} was recorded without a digest, and its tag may name another image by now")
    if not it.all:
        return holds("fisk has recorded no release yet")
    return holds(f"{', '.join(short(each.sha) for each in it.all)} are there, by digest")
